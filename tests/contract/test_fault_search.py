"""Our client under faults: a part of the search in ``benchmarks/fault_search``, and the search itself under test."""

from __future__ import annotations

import random
from collections.abc import Callable

import attrs
import pytest

import qarnot_hl
from benchmarks.fault_search.cases import Grid, Variant
from benchmarks.fault_search.search import search, undisturbed
from benchmarks.fault_search.stage import stage
from benchmarks.fault_search.verdict import DEFECTS, DUPLICATES, HANGS, LEAKS, LINES, LOST, WRONG, Run, Truth, defects
from benchmarks.fault_search.workflows import Belief, Expected, workflows

EXPECTED = Expected({"a": 1}, files={"f": "text"}, stored={"box/f": "text"}, lines=("one", "two"))
GOOD = Run(Belief({"a": 1}, {"f": "text"}, ("one", "two"), succeeded=True), {}, False, "")
TRUTH = Truth(["a"], {"a": "Success"}, {"box/f": "text"})


def believing(**changes: object) -> Run:
    assert GOOD.belief is not None
    return attrs.evolve(GOOD, belief=attrs.evolve(GOOD.belief, **changes))


@pytest.mark.parametrize(
    ("run", "truth", "found"),
    [
        (GOOD, TRUTH, []),
        (attrs.evolve(GOOD, belief=None), TRUTH, []),
        (GOOD, attrs.evolve(TRUTH, names=["a", "a"]), [DUPLICATES]),
        (attrs.evolve(GOOD, belief=None), attrs.evolve(TRUTH, names=["a", "a"]), [DUPLICATES]),
        (believing(fetched={"f": "te"}), TRUTH, [LOST]),
        (believing(fetched={}), TRUTH, [LOST]),
        (GOOD, attrs.evolve(TRUTH, stored={}), [LOST]),
        (attrs.evolve(GOOD, belief=None, on_disk={"f": "te"}), TRUTH, [LOST]),
        (believing(lines=("one",)), TRUTH, [LINES]),
        (believing(lines=("one", "two", "two")), TRUTH, [LINES]),
        (attrs.evolve(GOOD, belief=None, hang=True), TRUTH, [HANGS]),
        (GOOD, attrs.evolve(TRUTH, states={"a": "Failure"}), [WRONG]),
        (believing(succeeded=False), TRUTH, [WRONG]),
        (GOOD, attrs.evolve(TRUTH, names=[]), [WRONG]),
        (attrs.evolve(GOOD, belief=None, said="header: s3cret"), TRUTH, [LEAKS]),
    ],
)
def test_a_defect_is_what_the_client_does_not_know(run: Run, truth: Truth, found: list[str]) -> None:
    assert defects(run, truth, EXPECTED, "s3cret") == found


def test_pairs_are_near_or_far_and_none_is_left_out() -> None:
    grid = Grid(tuple((Variant(f"kind {place}"),) for place in range(6)))
    near = {tuple(place for place, _ in case) for case in grid.near_pairs()}
    far = {tuple(place for place, _ in case) for case in grid.far_pairs(100, 1)}
    assert near == {(one, other) for one in range(6) for other in range(one + 1, min(one + 4, 6))}
    assert far == {(one, other) for one in range(6) for other in range(one + 4, 6)}
    assert len(grid.singles()) == 6


@pytest.mark.slow
def test_no_single_fault_leads_our_client_astray(slow_size: Callable[[int, int], int]) -> None:
    with stage(1) as ours:
        for workflow in workflows(qarnot_hl):
            cases = undisturbed(ours, workflow).singles()
            tried = random.Random(7).sample(cases, slow_size(len(cases), 30))
            tally = search(ours, workflow, tried)
            assert not tally.defects, (workflow.name, tally.examples)
            assert tally.struck > len(tried) // 2, "most runs meet their faults"


@pytest.mark.slow
def test_the_search_finds_what_the_official_package_does(slow_size: Callable[[int, int], int]) -> None:
    import qarnot

    found = set[str]()
    with stage(1) as theirs:
        for workflow in workflows(qarnot):
            cases = undisturbed(theirs, workflow).singles()
            found |= set(search(theirs, workflow, random.Random(7).sample(cases, slow_size(len(cases), 25))).defects)
    assert found & set(DEFECTS), "a search that finds nothing in anybody has proved nothing"
