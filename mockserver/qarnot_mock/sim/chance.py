"""Chance that a replay repeats: numbers from a hash of what they are for, and the distributions made of them.

No state and no generator: the same seed, tenant, object and purpose give the same number in every process.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from math import exp, log
from statistics import NormalDist

import attrs

_NORMAL = NormalDist()
_SHORTEST = 1e-6


def unit(*about: object) -> float:
    """A number between 0 and 1, both excluded, that nothing but the texts of ``about`` decides."""
    raw = hashlib.sha256("\0".join(map(str, about)).encode("utf-8", "surrogatepass")).digest()
    return (int.from_bytes(raw[:6]) + 0.5) / 2**48


@attrs.frozen
class Distribution:
    """Seconds by chance. ``shape`` is a key of :data:`SHAPES`, ``numbers`` its parameters in the order given there."""

    shape: str
    numbers: tuple[float, ...]

    def at(self, quantile: float) -> float:
        """The value below which this part of all draws lies; never less than a microsecond."""
        return max(_SHORTEST, round(SHAPES[self.shape](self.numbers, quantile), 6))


def _uniform(numbers: Sequence[float], quantile: float) -> float:
    low, high = numbers
    return low + (high - low) * quantile


def _normal(numbers: Sequence[float], quantile: float) -> float:
    mean, deviation = numbers
    return mean + deviation * _NORMAL.inv_cdf(quantile)


def _lognormal(numbers: Sequence[float], quantile: float) -> float:
    median, spread = numbers
    return median * exp(log(spread) * _NORMAL.inv_cdf(quantile))


def _choice(numbers: Sequence[float], quantile: float) -> float:
    """``numbers`` are the values, then the weight of each."""
    half = len(numbers) // 2
    values, weights = numbers[:half], numbers[half:]
    mark = quantile * sum(weights)
    return next((value for value, top in zip(values, accumulate(weights), strict=True) if mark < top), values[-1])


SHAPES: Mapping[str, Callable[[Sequence[float], float], float]] = {
    "fixed": lambda numbers, quantile: numbers[0],
    "uniform": _uniform,
    "normal": _normal,
    "lognormal": _lognormal,
    "exponential": lambda numbers, quantile: -numbers[0] * log(1 - quantile),
    "choice": _choice,
}
"""What a shape makes of its parameters and a quantile: fixed (value), uniform (low, high), normal (mean, deviation),
lognormal (median, spread: two thirds lie between median / spread and median * spread), exponential (mean), choice."""
