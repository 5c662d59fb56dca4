"""Which exchanges a fault strikes: the pure decision, its counts and its chance."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qarnot_mock.faults.fault import Fault
from qarnot_mock.faults.plan import InForce, Occasion, decide

HERE = Occasion("rest", "tasks_create", "tenant-a", at=100, exchange=0)


def struck(plan: Sequence[InForce], occasions: Sequence[Occasion], seed: int = 0) -> list[int]:
    """The places of the occasions that are struck."""
    found = []
    for place, occasion in enumerate(occasions):
        hit, plan = decide(plan, occasion, seed)
        if hit is not None:
            found.append(place)
    return found


def repeated(count: int, occasion: Occasion = HERE) -> list[Occasion]:
    return [attrs.evolve(occasion, exchange=place) for place in range(count)]


@pytest.mark.parametrize(
    ("selectors", "places"),
    [
        ({}, [0, 1, 2, 3, 4, 5]),
        ({"ordinals": frozenset({1, 4})}, [0, 3]),
        ({"every": 3}, [2, 5]),
        ({"every": 3, "ordinals": frozenset({1})}, [0, 2, 5]),
        ({"times": 2}, [0, 1]),
        ({"every": 2, "times": 1}, [1]),
        ({"exchanges": frozenset({3})}, [3]),
        ({"probability": 0.0}, []),
        ({"since": 100, "until": 101}, [0, 1, 2, 3, 4, 5]),
        ({"since": 101}, []),
        ({"until": 100}, []),
        ({"tenant": "tenant-b"}, []),
        ({"services": ("s3",)}, []),
        ({"operations": ("tasks_*",)}, [0, 1, 2, 3, 4, 5]),
        ({"operations": ("task_*",)}, []),
    ],
)
def test_every_selector_narrows_what_is_struck(selectors: dict[str, object], places: list[int]) -> None:
    plan = [InForce(1, Fault("refused", **selectors))]  # type: ignore[arg-type]
    assert struck(plan, repeated(6)) == places


def test_a_fault_of_a_tenant_strikes_nobody_else() -> None:
    plan = [InForce(1, Fault("refused"), owner="tenant-b")]
    assert struck(plan, [HERE, attrs.evolve(HERE, tenant="tenant-b")]) == [1]


def test_ordinals_are_counted_for_each_tenant() -> None:
    other = attrs.evolve(HERE, tenant="tenant-b")
    plan = [InForce(1, Fault("refused", ordinals=frozenset({2})))]
    assert struck(plan, [HERE, other, other, HERE]) == [2, 3]


def test_a_fault_behind_one_that_strikes_counts_all_the_same() -> None:
    plan = [InForce(1, Fault("refused", ordinals=frozenset({1}))), InForce(2, Fault("slow", ordinals=frozenset({2})))]
    assert struck(plan, repeated(3)) == [0, 1]


@given(st.integers(0, 2**32), st.integers(1, 5))
def test_chance_is_the_same_in_every_run(seed: int, number: int) -> None:
    plan = [InForce(number, Fault("refused", probability=0.5))]
    assert struck(plan, repeated(50), seed) == struck(plan, repeated(50), seed)


def test_chance_hits_as_often_as_it_says() -> None:
    plan = [InForce(1, Fault("refused", probability=0.25))]
    hits = [len(struck(plan, repeated(100), seed)) for seed in range(40)]
    assert 900 < sum(hits) < 1100
    assert len(set(map(tuple, (struck(plan, repeated(30), seed) for seed in range(10))))) > 5, "seeds differ"


@given(st.lists(st.sampled_from(["a", "b"]), max_size=40), st.integers(1, 4), st.integers(1, 3))
def test_no_more_than_times_and_only_where_every_says(tenants: list[str], every: int, times: int) -> None:
    occasions = [attrs.evolve(HERE, tenant=tenant, exchange=place) for place, tenant in enumerate(tenants)]
    places = struck([InForce(1, Fault("refused", every=every, times=times))], occasions)
    assert len(places) <= times
    assert all(tenants[: place + 1].count(tenants[place]) % every == 0 for place in places)
