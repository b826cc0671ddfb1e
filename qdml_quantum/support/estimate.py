"""One number with an interval: what every measured or resampled figure of the toolkit is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any

from qdml_quantum.support.messages import bad_value, count
from qdml_quantum.support.typed import typed_fields

CONFIDENCE = 0.95
"""Probability that an interval holds the true value, where nothing else is asked for."""
SHOTS = 4096
"""Measurements, where nothing else is asked for: a 95 % interval of at most +-0.016."""


@typed_fields
@dataclass(frozen=True)
class Estimate:
    """A value and the interval that the true one is likely to lie in.

    Attributes:
        value: The estimate itself.
        low: Lower end of the interval; equal to `value` where nothing is uncertain.
        high: Upper end.
        confidence: Probability with which such intervals hold the true value.

    Raises:
        ValueError: The confidence is not between 0 and 1.

    >>> Estimate.exact(0.5)
    Estimate(value=0.5, low=0.5, high=0.5, confidence=0.95)
    >>> print(Estimate.of_proportion(90, 100))
    0.900 [0.826, 0.945]
    """

    value: float
    low: float
    high: float
    confidence: float = CONFIDENCE

    def __post_init__(self) -> None:
        _require_confidence(self.confidence)

    @classmethod
    def exact(cls, value: float) -> Estimate:
        """A number that is known, such as one computed from a state."""
        return cls(float(value), float(value), float(value))

    @classmethod
    def of_proportion(cls, hits: int, shots: int, confidence: float = CONFIDENCE) -> Estimate:
        """The proportion ``hits / shots`` with its Wilson score interval (doi 10.2307/2276774).

        Raises:
            ValueError: No shots, or more hits than shots.
        """
        _require_confidence(confidence)
        hits, shots = count("hits", hits, least=0), count("shots", shots)
        if hits > shots:
            raise bad_value("hits", f"be at most the {shots} shots", hits)
        # As `scipy.stats.binomtest` has it, which would take most of a second to import.
        p, z = hits / shots, quantile(confidence)
        whole = 2 * (shots + z**2)
        center = (2 * shots * p + z**2) / whole
        half = z / whole * math.sqrt(4 * shots * p * (1 - p) + z**2)
        low = 0.0 if hits == 0 else float(center - half)
        high = 1.0 if hits == shots else float(center + half)
        return cls(p, low, high, confidence)

    @classmethod
    def from_error(cls, value: float, error: float, confidence: float = CONFIDENCE) -> Estimate:
        """A mean with its standard error: the interval of a normal distribution.

        >>> found = Estimate.from_error(1.0, 0.1)
        >>> round(found.low, 3), round(found.error, 12)
        (0.804, 0.1)
        """
        half = quantile(confidence) * error
        return cls(float(value), float(value - half), float(value + half), confidence)

    @property
    def error(self) -> float:
        """Standard error: half the interval, over the normal quantile of its confidence."""
        return (self.high - self.low) / (2 * quantile(self.confidence))

    def __add__(self, other: Estimate) -> Estimate:
        """The sum of two independent estimates of the same confidence."""
        error = math.hypot(self.error, other.error)
        return Estimate.from_error(self.value + other.value, error, self.confidence)

    def to_dict(self) -> dict[str, float]:
        """Plain JSON form."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Estimate:
        """Read what `to_dict` wrote."""
        return cls(**data)

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def _require_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise bad_value("confidence", "lie between 0 and 1", confidence)


def quantile(confidence: float) -> float:
    """Standard errors from the middle to either end of a normal interval.

    >>> round(quantile(0.95), 3)
    1.96
    """
    _require_confidence(confidence)
    return -NormalDist().inv_cdf((1 - confidence) / 2)
