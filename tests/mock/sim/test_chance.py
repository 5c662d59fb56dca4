"""Chance is a function: what it is for decides it, and the distributions are what their names say."""

from __future__ import annotations

from statistics import fmean, median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qarnot_mock.sim.chance import SHAPES, Distribution, unit

QUANTILES = [unit("a test", number) for number in range(4000)]


def drawn(shape: str, *numbers: float) -> list[float]:
    distribution = Distribution(shape, numbers)
    return [distribution.at(quantile) for quantile in QUANTILES]


@given(st.lists(st.one_of(st.integers(), st.text(), st.none()), max_size=5))
def test_a_number_is_between_0_and_1_and_the_same_every_time(about: list[object]) -> None:
    assert 0 < unit(*about) < 1
    assert unit(*about) == unit(*about)


def test_what_it_is_for_tells_draws_apart() -> None:
    assert unit("ab", "c") != unit("a", "bc")
    assert len(set(QUANTILES)) == len(QUANTILES)


def test_the_numbers_are_those_of_every_other_process() -> None:
    """Written down once; a change of them changes every recorded run."""
    assert unit(7, "tenant", "uuid", 0, 1, "execution") == pytest.approx(0.1515063, abs=1e-7)


def test_draws_fill_the_interval_evenly() -> None:
    tenths = [sum(quantile < step / 10 for quantile in QUANTILES) / len(QUANTILES) for step in range(11)]
    assert tenths == pytest.approx([step / 10 for step in range(11)], abs=0.03)


def test_each_shape_has_the_moments_that_it_promises() -> None:
    uniform = drawn("uniform", 2, 6)
    assert (min(uniform), max(uniform)) == pytest.approx((2, 6), abs=0.05)
    assert fmean(drawn("normal", 100, 5)) == pytest.approx(100, rel=0.01)
    assert median(drawn("lognormal", 40, 2)) == pytest.approx(40, rel=0.05)
    within = [20 <= value <= 80 for value in drawn("lognormal", 40, 2)]
    assert fmean(within) == pytest.approx(0.68, abs=0.03)
    assert fmean(drawn("exponential", 30)) == pytest.approx(30, rel=0.05)
    assert drawn("fixed", 3) == [3] * len(QUANTILES)


def test_a_choice_goes_by_its_weights() -> None:
    values = drawn("choice", 1, 2, 3, 1, 0.5, 8.5)
    assert values.count(1) / len(values) == pytest.approx(0.1, abs=0.02)
    assert values.count(2) / len(values) == pytest.approx(0.05, abs=0.02)


@given(
    st.sampled_from(sorted(SHAPES)),
    st.floats(0, 10**9),
    st.floats(1, 1000),
    st.floats(2**-48, 1 - 2**-48),
)
def test_whatever_is_drawn_takes_some_time_and_ends(shape: str, first: float, second: float, quantile: float) -> None:
    assert 0 < Distribution(shape, (first, second)).at(quantile) < float("inf")
