"""The budget of repeats: what all calls of a connection together may send again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from qarnot_hl._core.retry_budget import RetryBudget


def test_a_full_budget_allows_as_many_repeats_as_it_holds() -> None:
    budget: RetryBudget | None = RetryBudget.full(3, now=0.0)
    for _ in range(3):
        assert budget is not None
        budget = budget.after_repeat(0.0)
    assert budget is not None
    assert budget.after_repeat(0.0) is None


def test_time_and_successes_give_repeats_back() -> None:
    empty = RetryBudget(size=3, left=0.0, at=10.0)
    assert empty.after_repeat(10.5) is None
    assert empty.after_repeat(11.0) is not None
    for _ in range(11):
        empty = empty.after_success()
    assert empty.after_repeat(10.0) is not None


def test_nothing_is_gathered_beyond_the_size_and_a_stopwatch_that_jumps_back_takes_nothing() -> None:
    assert RetryBudget.full(3, 0.0).at_time(1000.0).left == 3
    assert RetryBudget(3, 2.0, 50.0).at_time(1.0).left == 2.0


def test_zero_means_no_limit() -> None:
    budget: RetryBudget | None = RetryBudget.full(0, now=0.0)
    for _ in range(100):
        assert budget is not None
        budget = budget.after_repeat(0.0)
    assert budget is not None


@given(
    size=st.integers(1, 20),
    steps=st.lists(st.tuples(st.sampled_from(["repeat", "success"]), st.floats(0, 5)), max_size=200),
)
def test_repeats_are_bounded_by_size_time_and_successes(size: int, steps: list[tuple[str, float]]) -> None:
    budget, now, repeats, successes = RetryBudget.full(size, 0.0), 0.0, 0, 0
    for step, pause in steps:
        now += pause
        if step == "success":
            budget, successes = budget.after_success(), successes + 1
        elif (rest := budget.after_repeat(now)) is not None:
            budget, repeats = rest, repeats + 1
    assert repeats <= size + now + successes / 10 + 1e-6
