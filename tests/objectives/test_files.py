"""Files of tables and curves: whatever way they were written, the same numbers; else a sentence."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qdml_quantum.objectives.files import is_table, objective_from_file, refuse_other_files
from qdml_quantum.support.messages import DamagedFileError

NUMBERS = st.floats(-1e300, 1e300, allow_subnormal=False)
WAYS = {  # ending, between columns, decimal comma
    "csv": (".csv", ",", False),
    "csv with blanks": (".csv", ", ", False),
    "spreadsheet": (".csv", ";", True),
    "semicolons": (".csv", ";", False),
    "tabs": (".dat", "\t", False),
    "tabs and commas": (".txt", "\t", True),
    "gnuplot": (".dat", "   ", False),
    "blanks and commas": (".txt", " ", True),
}


def written(value, comma, exponent):
    text = f"{value:.17e}".replace("e", exponent)
    return text.replace(".", ",") if comma else text


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tables")


@settings(max_examples=40)
@given(
    way=st.sampled_from(sorted(WAYS)),
    rows=st.lists(st.tuples(NUMBERS, NUMBERS), min_size=4, max_size=4),
    exponent=st.sampled_from("eEdD"),
    header=st.sampled_from(["", "# made\n", "R,Angstrom;E\n", "% x\n! y\n\n", "Å E/Ha\n"]),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"]),
    trailing=st.booleans(),
    quoted=st.booleans(),
)
def test_however_it_is_written_the_numbers_are_the_same(
    folder, way, rows, exponent, header, newline, encoding, trailing, quoted
):
    ending, between, comma = WAYS[way]
    quote = '"' if quoted and between.strip() else ""
    cells = [[f"{quote}{written(v, comma, exponent)}{quote}" for v in row] for row in rows]
    tail = between if trailing and between.strip() else ""
    text = header + "".join(f" {between.join(row)}{tail}\n" for row in cells)
    path = folder / f"t{ending}"
    path.write_bytes(text.replace("\n", newline).encode(encoding))
    table = objective_from_file(path, [(0, 4), (0, 2)])
    np.testing.assert_array_equal(table.function.values, rows)
    assert ("decimal commas" in table.source["read"]) == comma


@pytest.mark.parametrize(
    ("name", "text", "values"),
    [
        ("a.csv", "1,\n2,\n", [1, 2]),
        ("a.csv", "1,2,3,4", [1, 2, 3, 4]),
        ("a.txt", "1 2 3 4", [1, 2, 3, 4]),
        ("a.dat", "1.0D+00\n 2.5-101\n", [1, 2.5e-101]),
        ("a.TXT", "\N{MINUS SIGN}1\n.5\n", [-1, 0.5]),
        ("a.txt", "0, 5\n1, 3\n", None),
        ("a.csv", "0,5\n1,3\n", None),
        ("a.csv", "energy\n1\n2\n", [1, 2]),
    ],
)
def test_a_line_of_numbers_is_a_table(tmp_path, name, text, values):
    (tmp_path / name).write_text(text)
    table = objective_from_file(tmp_path / name, [(0, 1)] if values else None)
    np.testing.assert_array_equal(table.function.values, values or [5, 3])


@pytest.mark.parametrize("save", ["npy", "npz", "pair"])
def test_arrays_of_numpy(tmp_path, save):
    values = np.add.outer(np.arange(4.0), np.arange(2.0) ** 2)
    path = tmp_path / ("t.npy" if save == "npy" else "t.npz")
    if save == "pair":
        np.savez(path, r=np.array([0, 1, 3.0]), e=np.array([4.0, 0, 2]))
        curve = objective_from_file(path)
        assert curve([1.0, 3.0]).tolist() == [0, 2] and "values `e`" in curve.source["read"]
        return
    (np.save if save == "npy" else np.savez)(path, values)
    table = objective_from_file(path, [(0, 1), (0, 2)])
    np.testing.assert_array_equal(table.function.values, values)
    assert table.source["read"] == "4 x 2 values"
    once = objective_from_file(path, [(0, 1), (0, 1)])
    assert objective_from_file(path.rename(tmp_path / f"T{path.suffix.upper()}"), [(0, 1)] * 2)
    assert once.bounds == ((0, 1), (0, 1))


def curve_file(tmp_path, x, y):
    path = tmp_path / "curve.dat"
    np.savetxt(path, np.transpose([x, y]))
    return path


def test_even_positions_are_a_table_with_bounds_of_its_own(tmp_path):
    x = np.linspace(0.5, 4.25, 16)
    table = objective_from_file(curve_file(tmp_path, x, (x - 2) ** 2))
    assert table.bounds == ((0.5, 4.5),) and table.minimizers == ((2.0,),)
    assert not table.continuous and "evenly spaced" in table.source["read"]
    same = objective_from_file(tmp_path / "curve.dat", [(0.5, 4.5)])
    assert same.function.identity() == table.function.identity()


@pytest.mark.parametrize("turned", [slice(None), slice(None, None, -1)])
def test_uneven_positions_are_a_curve_and_the_interpolation_is_said(tmp_path, turned):
    """The Morse curve of H2, dense at the bottom as such curves are published."""
    x = np.concatenate([np.arange(0.3, 1.2, 0.05), np.arange(1.2, 4.1, 0.2)])[turned]
    y = (1 - np.exp(-1.9 * (x - 0.75))) ** 2
    curve = objective_from_file(curve_file(tmp_path, x, y))
    assert curve.continuous and curve.bounds == ((0.3, pytest.approx(4.0)),)
    assert curve.minimizers == ((pytest.approx(0.75),),)
    assert "unevenly spaced; between them monotone cubics (PCHIP)" in curve.source["read"]
    fine = np.linspace(0.5, 3.9, 200)
    assert np.abs(curve(fine) - (1 - np.exp(-1.9 * (fine - 0.75))) ** 2).max() < 6e-3
    part = objective_from_file(tmp_path / "curve.dat", [(1.0, 3.0)])
    assert part.minimizers == ((1.0,),)
    with pytest.raises(ValueError, match=r"`bounds` must lie within the positions, 0.3 to 4"):
        objective_from_file(tmp_path / "curve.dat", [(0.0, 3.0)])


def test_two_columns_with_bounds_of_two_axes_are_a_table(tmp_path):
    path = curve_file(tmp_path, np.arange(8), np.arange(8) ** 2)
    assert objective_from_file(path, [(0, 1), (0, 1)]).dimensions == 2
    assert objective_from_file(path, [(0, 8)]).dimensions == 1


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"\xef\xbb\xbf\n\n", "is empty"),
        ("a.csv", b"# only\n# words", "is empty"),
        ("a.csv", b"x,y\nR,E\n", "no line of numbers"),
        ("a.csv", b"1,2\n3,\n", "line 2 holds 1 number"),
        ("a.csv", b"1,2\n3,,\n", "line 2, column 2 must be a finite number, but is ``"),
        ("a.csv", b"1,2\n3,n/a\n", "line 2, column 2.*`n/a`"),
        ("a.csv", b"0,1\n1,nan\n", "line 2, column 2.*`nan`"),
        ("a.csv", b"0.5,1\n1,1e999\n", "line 2, column 2.*`1e999`"),
        ("a.csv", b"0,1\n1,2\nend,3\n", "line 3, column 1.*`end`"),
        ("a.csv", b"sep=;\n1,5\n2\n", "line 2, column 1.*`1,5`"),
        ("a.csv", b"nan,5\n2,1\n", "line 1, column 1.*`nan`"),
        ("a.csv", b",5.5\n2,1\n", "line 1, column 1.*``"),
        ("a.csv", b"x,5\n2,1\n", "line 1, column 1.*`x`"),
        ("a.dat", b"N/A 5\n2 1\n", "line 1, column 1.*`N/A`"),
        ("a.csv", b"1.234,5;2\n1;2\n2,5;3", r"line 1, column 1.*decimal comma"),
        ("a.csv", b"0,5;1.5\n", "line 1, column 2.*decimal comma"),
        ("a.txt", b"0,5\n1,5\n", "may be two numbers or one with a decimal comma"),
        ("a.csv", b"E\n1,07e+00\n2,5\n", "may be two numbers or one with a decimal comma"),
        ("a.csv", b"1,07\n2,5\n", "may be two numbers or one with a decimal comma"),
        ("a.dat", b"x;y\n1,07\n2,5\n", "may be two numbers or one with a decimal comma"),
        ("a.dat", b"0 1\n1 1_0\n", "line 2, column 2.*`1_0`"),
        ("a.dat", b"0 1\n1 0x10\n", "`0x10`"),
        ("a.dat", b"0 1\n0 2\n", "`positions` must rise"),
        ("a.txt", b"1 2\0", "is no text"),
        ("a.npy", b"", "no array of numbers"),
        ("a.npz", b"PK\x03\x04 cut", "no array of numbers"),
        ("a.npy", b"1 2 3", "no array of numbers"),
        ("a.csv", b"1,2,3\n4,5,6\n", "power of two"),
    ],
)
def test_what_cannot_be_read_is_one_sentence_with_the_file(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=words) as refused:
        objective_from_file(tmp_path / name, [(0, 1)])
    text = str(refused.value)
    assert text.startswith(f"Table `{tmp_path / name}`: ") and "\n" not in text


def test_a_table_without_positions_needs_bounds(tmp_path):
    np.save(tmp_path / "t.npy", np.zeros((4, 4)))
    with pytest.raises(ValueError, match=r"`bounds` is needed for 4 x 4 values.*-3 3 -3 3"):
        objective_from_file(tmp_path / "t.npy")
    with pytest.raises(ValueError, match=r"`bounds` must be one .* per axis of 4 x 4 values"):
        objective_from_file(tmp_path / "t.npy", [(0, 1)] * 3)


@pytest.mark.parametrize(
    "array", [np.arange(4) * 1j, np.array(["1", "2"]), np.array([0, 2], "M8[s]"), np.ones(2, "i,i")]
)
def test_arrays_of_other_kinds_are_refused(tmp_path, array):
    np.save(tmp_path / "t.npy", array)
    with pytest.raises(TypeError, match=r"t\.npy.*`values` must hold real numbers"):
        objective_from_file(tmp_path / "t.npy", [(0, 1)])


def test_several_arrays_are_named(tmp_path):
    np.savez(tmp_path / "t.npz", a=np.zeros(4), b=np.zeros((2, 2)))
    with pytest.raises(DamagedFileError, match=r"holds: a \(4,\), b \(2, 2\)"):
        objective_from_file(tmp_path / "t.npz", [(0, 1)])


@settings(max_examples=40)
@given(st.sampled_from(["npy", "npz"]), st.data())
def test_a_damaged_array_is_never_read_as_another(folder, kind, data):
    """Cut anywhere; of an ``.npz`` every byte of the numbers is covered by its checksum."""
    buffer = io.BytesIO()
    (np.save if kind == "npy" else np.savez)(buffer, np.arange(8.0))
    whole = buffer.getvalue()
    path = folder / f"cut.{kind}"
    path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with pytest.raises(ValueError, match="Table"):
        objective_from_file(path, [(0, 1)])


def test_which_names_are_files_of_tables(tmp_path, monkeypatch):
    assert is_table("a.NPZ") and is_table("dir/a.dat") and not is_table("x**2")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.xlsx").write_text("")
    with pytest.raises(ValueError, match=r"`objective` must be a file that ends in \.npy, .*xlsx"):
        refuse_other_files("a.xlsx")
    refuse_other_files("missing.xlsx")
    refuse_other_files("x" * 5000 + ".xlsx"[:0])
