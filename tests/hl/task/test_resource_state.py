"""The snapshot, the overlay of edits, and the views that write it."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qarnot_hl._core.resource_state import DictView, ListView, PairsView, ResourceState, as_pairs

KEYS = st.sampled_from(["a", "b", "c"])
SNAPSHOTS = st.dictionaries(KEYS, st.integers())


def pairs_view(state: ResourceState, key: str = "constants") -> PairsView:
    return PairsView(lambda: state.get(key), lambda value: state.edit(key, value))


def text_list(state: ResourceState) -> ListView[str]:
    return ListView(lambda: state.get("tags"), lambda value: state.edit("tags", value), str, str)


@given(st.lists(st.tuples(st.booleans(), KEYS, st.integers()) | SNAPSHOTS))
def test_a_read_shows_the_last_edit_or_else_the_last_snapshot(steps: list[Any]) -> None:
    state, edits, server = ResourceState(), {}, {}
    for step in steps:
        if isinstance(step, dict):
            server = step
            state.replace(step, 0.0)
        else:
            edits[step[1]] = step[2]
            state.edit(step[1], step[2])
    for key in "abc":
        assert state.get(key) == edits.get(key, server.get(key))


def test_settled_edits_become_the_snapshot() -> None:
    state = ResourceState({"tags": ["old"], "other": 1})
    state.edit("tags", ["new"])
    state.settle(dict(state.edits))
    assert (state.edits, state.snapshot) == ({}, {"tags": ["new"], "other": 1})


def test_an_edit_made_while_another_was_sent_is_kept() -> None:
    state = ResourceState()
    state.edit("tags", ["sent"])
    sent = dict(state.edits)
    state.edit("tags", ["later"])
    state.settle(sent)
    assert state.edits == {"tags": ["later"]}


@pytest.mark.parametrize(
    ("complete", "known"), [(True, True), (False, False)], ids=["complete: absent means unset", "summary"]
)
def test_what_a_snapshot_knows(complete: bool, known: bool) -> None:
    state = ResourceState({"Name": "x"}, complete)
    assert state.knows("name")
    assert state.knows("tags") is known
    state.edit("tags", [])
    assert state.knows("tags")


def test_the_age_is_not_pickled() -> None:
    state = ResourceState({"a": 1}, False, 12.5, {"b": 2})
    twin = pickle.loads(pickle.dumps(state))
    assert (twin.snapshot, twin.complete, twin.edits, twin.fetched_at) == ({"a": 1}, False, {"b": 2}, None)


WORDS = st.text(max_size=3)


@given(
    st.dictionaries(WORDS, WORDS),
    st.lists(st.tuples(st.just("set"), WORDS, WORDS) | st.tuples(st.just("pop"), WORDS, WORDS)),
)
def test_a_view_of_pairs_behaves_like_a_dict(start: dict[str, str], steps: list[tuple[str, str, str]]) -> None:
    state, model = ResourceState({"constants": as_pairs(start)}), dict(start)
    view = pairs_view(state)
    for action, key, value in steps:
        if action == "set":
            view[key] = value
            model[key] = value
        else:
            assert view.pop(key, None) == model.pop(key, None)
    assert view == model
    assert dict(view) == model
    assert (len(view), repr(view)) == (len(model), repr(model))


@given(st.lists(WORDS), st.lists(st.tuples(st.integers(-3, 3), WORDS)), st.booleans())
def test_a_view_of_a_list_behaves_like_a_list(start: list[str], inserts: list[tuple[int, str]], clear: bool) -> None:
    state, model = ResourceState({"tags": start}), list(start)
    view = text_list(state)
    for index, word in inserts:
        view.insert(index, word)
        model.insert(index, word)
    if clear:
        view.clear()
        model.clear()
    assert view == model
    assert (list(view), view[:2], len(view), repr(view)) == (model, model[:2], len(model), repr(model))
    assert view != [*model, "more"]


def test_slices_of_a_list_view_can_be_set_and_deleted() -> None:
    state = ResourceState({"tags": ["a", "b", "c"]})
    view = text_list(state)
    view[0:2] = ["x"]
    view[1] = "y"
    assert state.edits == {"tags": ["x", "y"]}
    del view[0]
    assert view == ["y"]


def test_a_view_shows_a_refresh_until_it_is_edited() -> None:
    state = ResourceState({"constants": as_pairs({"A": "1"})})
    view = pairs_view(state)
    state.replace({"constants": as_pairs({"A": "2"})}, 0.0)
    assert view == {"A": "2"}
    view["B"] = "3"
    state.replace({"constants": as_pairs({"A": "4"})}, 0.0)
    assert view == {"A": "2", "B": "3"}


def test_constants_become_texts_and_none_is_refused() -> None:
    state = ResourceState()
    view = pairs_view(state)
    view["N"] = 5
    assert state.edits["constants"] == [{"key": "N", "value": "5"}]
    with pytest.raises(ValueError, match="'M' is None"):
        view["M"] = None


def test_a_missing_key_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        pairs_view(ResourceState())["x"]
    with pytest.raises(KeyError):
        del pairs_view(ResourceState())["x"]


def test_views_copy_and_pickle_as_plain_values() -> None:
    state = ResourceState({"constants": as_pairs({"A": "1"}), "tags": ["t"], "labels": {"l": 1}})
    labels = DictView(lambda: state.get("labels"), lambda value: state.edit("labels", value))
    for view, plain in ((pairs_view(state), {"A": "1"}), (text_list(state), ["t"]), (labels, {"l": "1"})):
        for twin in (copy.copy(view), copy.deepcopy(view), pickle.loads(pickle.dumps(view))):
            assert type(twin) is type(plain)
            assert twin == plain
