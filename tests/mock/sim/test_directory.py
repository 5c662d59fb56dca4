"""Objects are found by uuid and by shortname, and no name outlives its object."""

from __future__ import annotations

import attrs
from hypothesis import given
from hypothesis import strategies as st

from qarnot_mock.sim.directory import Directory


@attrs.frozen
class Thing:
    uuid: str
    shortname: str


def directory(*things: Thing) -> Directory[Thing]:
    filled: Directory[Thing] = Directory()
    for thing in things:
        filled[thing.uuid] = thing
    return filled


def test_a_thing_is_found_by_both_names() -> None:
    thing = Thing("u1", "short")
    filled = directory(thing, Thing("u2", "u2"))
    assert filled.find("u1") is thing
    assert filled.find("short") is thing
    assert filled.find("other") is None
    assert set(filled.names) == {"u1", "short", "u2"}


def test_a_removed_thing_leaves_no_name() -> None:
    filled = directory(Thing("u1", "short"), Thing("u2", "u2"))
    del filled["u1"]
    del filled["u2"]
    assert not filled.names
    assert filled.find("short") is None


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), max_size=30))
def test_it_agrees_with_a_search(steps: list[tuple[bool, int]]) -> None:
    filled = directory()
    for add, number in steps:
        uuid = f"u{number}"
        if add:
            filled[uuid] = Thing(uuid, f"s{number}" if number % 2 else uuid)
        elif uuid in filled:
            del filled[uuid]
    for name in [f"{kind}{number}" for kind in "us" for number in range(6)]:
        found = next((thing for thing in filled.values() if name in (thing.uuid, thing.shortname)), None)
        assert filled.find(name) is found
