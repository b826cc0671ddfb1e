"""Arrays that people hand over: real or complex, finite, unmasked, checked before they are cast.

Masked (missing) cells, complex numbers, texts, dates and None are never turned into numbers.
"""

from __future__ import annotations

import io
import numbers
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qdml_quantum.support.messages import DamagedFileError, argument

Array = NDArray[np.float64]
"""Real numbers, of any shape."""

_KINDS = {"c": "complex", "U": "text", "S": "text", "M": "dates", "m": "times", "V": "records"}


def real_array(name: str, values: object, remedy: str = "", *, finite: bool = True) -> Array:
    """A float array of what was given, of any shape; a copy in C order.

    Args:
        name: Of the argument, for messages; a text with backticks is taken as the whole subject.
        values: Numbers: NumPy, JAX or torch arrays, nested sequences, also of Fraction, Decimal,
            large integers or SymPy numbers.
        remedy: What to do about values that are not finite.
        finite: Whether NaN and infinities are refused.

    Raises:
        TypeError: Complex numbers, texts, dates, None or other things.
        ValueError: Masked cells, ragged rows, or values that are not finite.

    >>> real_array("values", np.ma.masked_equal([1, -9999], -9999))
    Traceback (most recent call last):
    ValueError: Argument `values` must have no missing cells, but is masked at index 1. Fill \
them or leave them out.
    """
    array = unmasked(name, values)
    if array.dtype.kind == "O":
        array = _from_objects(name, array, float)
    if array.dtype.kind == "V" and np.can_cast(array.dtype, float):
        array = array.astype(float)  # bfloat16 and its like, as JAX has them
    if array.dtype.kind not in "biuf":
        _refuse_kind(name, array, "hold real numbers")
    result = np.array(array, dtype=float, order="C")
    if finite:
        _require_finite(name, result, remedy)
    return result


def complex_array(name: str, values: object) -> NDArray[np.complex128]:
    """The same for amplitudes, which may be complex.

    >>> complex_array("initial", [1, 1j]).tolist()
    [(1+0j), 1j]
    """
    array = unmasked(name, values)
    if array.dtype.kind == "O":
        array = _from_objects(name, array, complex)
    if array.dtype.kind not in "biufc":
        _refuse_kind(name, array, "hold numbers")
    result = np.array(array, dtype=complex, order="C")
    _require_finite(name, result, "")
    return result


def squared_norm(array: NDArray[Any]) -> float:
    """``sum |a|^2`` in double precision, by one thread.

    `numpy.vdot` and `numpy.linalg.norm` hand large arrays to the threads of the BLAS library, which
    go on looking for work when it is done: between transforms by threads of `scipy.fft` they keep
    the cores from these [20 steps of 2^10 x 2^10 points on two cores: 0.78 s, so 0.57 s].

    >>> squared_norm(np.array([3, 4j])), squared_norm(np.array([[3.0, 4.0], [0.0, 9.0]])[:, 0])
    (25.0, 9.0)
    """
    parts = [array]
    if np.iscomplexobj(array):
        parts = [array.real, array.imag]
        if array.flags.c_contiguous and array.ndim:  # In one go, twice as fast.
            parts = [array.view(array.real.dtype)]
    axes = list(range(array.ndim))
    return float(sum(np.einsum(part, axes, part, axes, [], dtype=float) for part in parts))


def stored_arrays(data: bytes) -> dict[str, NDArray[Any]]:
    """What `numpy.save` (under the name ``""``) or `numpy.savez` wrote; nothing is unpickled.

    Raises:
        DamagedFileError: It is something else, or truncated.
    """
    try:
        loaded = np.load(io.BytesIO(data), allow_pickle=False)
        return dict(loaded) if isinstance(loaded, np.lib.npyio.NpzFile) else {"": loaded}
    except Exception as error:  # NumPy lets zip, zlib, pickle and its own parser speak
        first = str(error).partition("\n")[0].rstrip(".")
        raise DamagedFileError(
            f"it is no array of numbers as `numpy.save` writes them ({first}). Save it again."
        ) from None


def _said(name: str, must: str, actual: object, remedy: str = "") -> str:
    text = argument(name, must, actual, remedy)
    return text.replace(f"Argument `{name}`", name, 1) if "`" in name else text


def _where(bad: NDArray[np.bool_]) -> str:
    """The first place, such as ``" at index 3"``; nothing for a single number."""
    if not bad.ndim:
        return ""
    index = tuple(map(int, np.argwhere(bad)[0]))
    return f" at index {index[0] if len(index) == 1 else index}"


def unmasked(name: str, values: Any) -> NDArray[Any]:
    """An array of any kind, not copied, without missing cells.

    >>> unmasked("labels", ["a", "b"]).tolist()
    ['a', 'b']
    """
    if _holds_masked(values):
        values = np.ma.asarray(values)
        masked = np.ma.getmaskarray(values)
        if masked.dtype.names is None and masked.any():
            remedy = "Fill them or leave them out."
            actual = f"masked{_where(masked)}"
            raise ValueError(_said(name, "have no missing cells", actual, remedy))
        values = values.data
    try:
        return np.asarray(_untied(values))
    except ValueError as error:
        raise ValueError(_said(name, "be rectangular", "ragged", f"{error}.")) from error
    except Exception as error:
        actual = f"{type(values).__name__}: {error}"
        raise TypeError(_said(name, "hold numbers", actual)) from error


def _untied(values: Any) -> Any:
    """Tensors of torch, alone or in a list, without gradient and device, of a type NumPy has."""
    if isinstance(values, list | tuple):
        of_torch = len(values) > 0 and hasattr(values[0], "detach")
        return [_untied(value) for value in values] if of_torch else values
    if not hasattr(values, "detach"):
        return values
    values = values.detach().cpu()
    return values.float() if str(values.dtype) == "torch.bfloat16" else values


def _holds_masked(values: object) -> bool:
    if isinstance(values, list | tuple):
        return any(map(_holds_masked, values))
    return isinstance(values, np.ma.MaskedArray)


def _from_objects(name: str, array: NDArray[Any], kind: type) -> NDArray[Any]:
    """Numbers of Python objects, one by one."""
    result: NDArray[Any] = np.empty(array.shape, dtype=kind)
    for index, item in np.ndenumerate(array):
        at = f" at index {index[0] if len(index) == 1 else index}" if index else ""
        number = isinstance(item, numbers.Number | Decimal | np.number) or (
            hasattr(item, "__float__") and not isinstance(item, np.ndarray | np.generic)
        )
        if not number or isinstance(item, np.ma.core.MaskedConstant):
            raise TypeError(_said(name, "hold real numbers", f"{item!r}{at}"))
        try:
            result[index] = kind(item)
        except OverflowError:
            result[index] = np.inf if item > 0 else -np.inf  # too large for a float
        except Exception as error:
            actual = f"{item!r}{at}"
            raise TypeError(_said(name, "hold real numbers", actual, f"{error}.")) from error
    return result


def _refuse_kind(name: str, array: NDArray[Any], must: str) -> None:
    kind = _KINDS.get(array.dtype.kind, f"{array.dtype}")
    bad = array.imag != 0 if kind == "complex" else np.ones(array.shape, dtype=bool)
    actual, remedy = kind, "Turn texts and categories into numbers first."
    if bad.any():
        actual = f"{kind}, {np.asarray(array[bad]).flat[0]!s}{_where(bad)}"
    if kind == "complex":
        remedy = "Take the real part or the absolute value."
    raise TypeError(_said(name, must, actual, remedy))


def _require_finite(name: str, array: NDArray[Any], remedy: str) -> None:
    bad = ~np.isfinite(array)
    if bad.any():
        more = f", and not finite at {int(bad.sum())} place(s)" if array.ndim else ""
        actual = f"{array[bad].flat[0]}{_where(bad)}{more}"
        remedy = remedy or "Leave those samples out, or fill the gaps (sklearn.impute)."
        raise ValueError(_said(name, "be finite", actual, remedy))
