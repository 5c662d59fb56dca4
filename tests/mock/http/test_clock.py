"""Clocks: rates, starts, and never a step back."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qarnot_mock.clock import FIXED_EPOCH, SECOND, RealClock, ScaledClock, VirtualClock, from_iso, to_iso


def test_real_time_is_the_wall_time() -> None:
    wall = [5 * SECOND]
    clock = RealClock(lambda: wall[0])
    wall[0] = 9 * SECOND
    assert clock.now() == 9 * SECOND
    assert clock.seconds_until(11 * SECOND) == 2
    assert clock.mode == "real"


def test_scaled_time_runs_from_its_start() -> None:
    wall = [0]
    clock = ScaledClock(60, lambda: wall[0], FIXED_EPOCH)
    wall[0] = SECOND
    assert clock.now() == FIXED_EPOCH + 60 * SECOND
    assert clock.seconds_until(FIXED_EPOCH + 120 * SECOND) == 1
    assert clock.seconds_until(FIXED_EPOCH) == 0
    assert clock.mode == "x60"


@given(st.lists(st.integers(-(10**12), 10**12), min_size=2), st.floats(0.001, 10_000))
def test_time_never_runs_backwards_whatever_the_wall_does(walls: list[int], factor: float) -> None:
    readings = iter(walls)
    clock = ScaledClock(factor, lambda: next(readings))
    times = [clock.now() for _ in walls[1:]]
    assert times == sorted(times)


@pytest.mark.parametrize("factor", [0, -1, math.inf, math.nan])
def test_a_factor_is_a_number_above_zero(factor: float) -> None:
    with pytest.raises(ValueError, match="factor"):
        ScaledClock(factor)


def test_virtual_time_moves_when_told_and_only_forward() -> None:
    clock = VirtualClock()
    assert clock.now() == FIXED_EPOCH
    assert clock.advance(SECOND) == FIXED_EPOCH + SECOND
    assert clock.jump_to(0) == FIXED_EPOCH + SECOND
    assert clock.jump_to(FIXED_EPOCH + 2 * SECOND) == clock.now() == FIXED_EPOCH + 2 * SECOND
    with pytest.raises(ValueError, match="backwards"):
        clock.advance(-1)


def test_virtual_time_never_comes_by_itself() -> None:
    clock = VirtualClock(0)
    assert clock.seconds_until(1) is None
    assert clock.seconds_until(0) == 0


@given(st.integers(-62_135_596_800 * SECOND, 253_402_300_799 * SECOND))
def test_dates_survive_being_written(instant: int) -> None:
    assert from_iso(to_iso(instant)) == instant


def test_the_fixed_epoch_is_the_first_of_january() -> None:
    assert to_iso(FIXED_EPOCH) == "2026-01-01T00:00:00.000000Z"
    assert from_iso("2026-01-01") == from_iso("2026-01-01T01:00:00+01:00") == FIXED_EPOCH
