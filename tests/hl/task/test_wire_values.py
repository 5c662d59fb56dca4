"""Reading single values: whatever JSON comes, nothing crashes."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qarnot_hl._core import wire_values as w
from qarnot_hl.error import Error
from qarnot_hl.snapshot import Snapshot
from qarnot_hl.status import ExecutionTimeGhzByCpuModel, RunningInstancesInfo, Status
from qarnot_hl.task import CompletedInstance

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
READERS = [
    w.text, w.integer, w.number, w.flag, w.moment, w.timespan, w.moment_value, w.mapping, w.items, w.objects, w.texts,
    w.pairs, w.one(Error), w.many(Error),
]  # fmt: skip


@pytest.mark.parametrize("read", READERS)
@given(value=JSON)
def test_a_reader_takes_any_json(read: Any, value: Any) -> None:
    read(value)


@pytest.mark.parametrize("kind", [Status, RunningInstancesInfo, CompletedInstance, Error])
@given(data=st.data())
def test_an_object_is_built_from_any_values_under_its_keys(kind: Any, data: st.DataObject) -> None:
    json = {row.key: data.draw(JSON) for row in kind._table.values()}
    built = kind(json)
    assert kind.__name__ in repr(built)
    assert pickle.loads(pickle.dumps(built)) == built


@given(JSON.filter(lambda value: isinstance(value, dict)), JSON, JSON, JSON)
def test_a_snapshot_is_built_from_anything(json: Any, a: Any, b: Any, c: Any) -> None:
    assert Snapshot.from_json({**json, "status": a, "snapshotConfig": b, "triggerDate": c}) is not None


def test_keys_are_found_in_any_letter_case_and_the_exact_one_first() -> None:
    assert w.lookup({"runningCorecount": 3}, "runningCoreCount") == 3
    assert w.lookup({"KEY": 1, "key": 2}, "key") == 2
    assert w.lookup({}, "key") is None


def test_both_spellings_of_known_keys_are_read() -> None:
    assert ExecutionTimeGhzByCpuModel({"timeGHz": 2.5}).time_ghz == 2.5
    info = RunningInstancesInfo({"runningCoreCountByCpuModel": [{"model": "m", "core": 8, "runningCorecount": 16}]})
    assert info.running_core_count_by_cpu_model[0].running_core_count == 16


@pytest.mark.parametrize(("value", "expected"), [(3, 3), (3.0, 3), (3.5, None), (True, None), ("3", None)])
def test_whole_numbers(value: Any, expected: int | None) -> None:
    assert w.integer(value) == expected


@pytest.mark.parametrize("value", [float("inf"), float("nan"), float("-inf")])
def test_numbers_that_are_none_are_no_whole_numbers(value: float) -> None:
    assert w.integer(value) is None


def test_moments_and_durations_are_texts_with_a_value() -> None:
    moment, span = w.moment("2022-12-23T17:03:17Z"), w.timespan("1.02:03:04")
    assert (moment, span) == ("2022-12-23T17:03:17Z", "1.02:03:04")
    assert moment is not None
    assert span is not None
    assert moment.datetime == datetime(2022, 12, 23, 17, 3, 17, tzinfo=UTC)
    assert span.timedelta == timedelta(days=1, hours=2, minutes=3, seconds=4)
    assert w.moment("0001-01-01T00:00:00Z") is None


def test_pairs_skip_what_is_no_pair() -> None:
    assert w.pairs([{"key": "a", "value": "1"}, {"Key": "b", "Value": 2}, {"key": "c", "value": None}, 3]) == {
        "a": "1",
        "b": "2",
    }


def test_fields_of_a_newer_server_can_be_read_by_index() -> None:
    status = Status({"newField": 5, "succeededRange": "0"})
    assert (status["newfield"], status["succeededRange"]) == (5, "0")
    with pytest.raises(KeyError, match="missing"):
        status["missing"]
    with pytest.raises(TypeError, match="not iterable"):
        list(status)


def test_values_of_the_server_cannot_be_set() -> None:
    with pytest.raises(AttributeError, match="read-only"):
        Error({"code": "X"}).code = "Y"


def test_equal_content_is_equal() -> None:
    assert Error({"code": "X"}) == Error({"code": "X", "message": None})
    assert Error({"code": "X"}) != Error({"code": "Y"})
    assert str(Error({"code": "X", "message": "broke"})) == "X: broke"
    assert str(Error({})) == "no reason given"
