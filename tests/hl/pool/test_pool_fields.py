"""The attributes of a pool on a bare state: what is read, what may be set when, and what is sent."""

from __future__ import annotations

import inspect
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qarnot_hl._core.pool_fields import ELASTIC, PoolFields
from qarnot_hl._core.pool_payload import PoolCommit, pool_after_submit, pool_commit, pool_creation_body
from qarnot_hl._core.project import Project
from qarnot_hl._core.resource_state import ResourceState
from qarnot_hl._core.task_fields import TaskFields
from qarnot_hl._core.wire_values import text
from qarnot_hl.exceptions import QarnotGenericException
from qarnot_hl.hardware_constraint import SSDHardware
from qarnot_hl.multi_slots_settings import MultiSlotsSettings
from qarnot_hl.privileges import Privileges
from qarnot_hl.retry_settings import RetrySettings
from qarnot_hl.scaling import FixedScalingPolicy, Scaling
from qarnot_hl.scheduling_type import OnDemandScheduling


class BarePool(PoolFields):
    """The fields alone, without a connection."""

    def __init__(self, **snapshot: Any) -> None:
        self._state = ResourceState(snapshot)

    @property
    def uuid(self) -> str | None:
        return text(self._state.snapshot.get("uuid"))

    def _before_read(self, key: str, attribute: str, moving: bool) -> None:
        """Nothing to fetch."""


BEFORE_SUBMIT = {
    "name": "other",
    "shortname": "short",
    "profile": "docker-batch",
    "project": Project(uuid="p-1"),
    "instancecount": 7,
    "labels": {"l": "3"},
    "default_resources_cache_ttl_sec": 5,
    "max_time_queue_seconds": 6,
    "scheduling_type": OnDemandScheduling(),
    "targeted_reserved_machine_key": "key",
    "targeted_reservation_name": "reservation",
    "privileges": Privileges(True),
    "multi_slots_settings": MultiSlotsSettings(2),
    "preparation_command_line": "echo ready",
    "tasks_default_wait_for_pool_resources_synchronization": True,
    "auto_delete": True,
    "completion_ttl": "1.02:03:04",
    "default_retry_settings": RetrySettings(4, 2),
    "hardware_constraints": [SSDHardware()],
}
ALWAYS = {
    "tags": ["a", "b"],
    "constants": {"A": "1"},
    "scaling": Scaling([FixedScalingPolicy(3, "three")]),
    "is_elastic": True,
    "elastic_minimum_slots": 1,
    "elastic_maximum_slots": 9,
    "elastic_minimum_idle_slots": 2,
    "elastic_minimum_idle_time": 30,
    "elastic_resize_factor": 0.5,
    "elastic_resize_period": 120,
}


def comparable(value: Any) -> Any:
    return dict(value) if hasattr(value, "keys") else list(value) if hasattr(value, "insert") else value


@pytest.mark.parametrize(("name", "value"), [*BEFORE_SUBMIT.items(), *ALWAYS.items()])
def test_what_is_set_is_read_before_submit(name: str, value: Any) -> None:
    pool = BarePool()
    setattr(pool, name, value)
    assert comparable(getattr(pool, name)) == value


@pytest.mark.parametrize(("name", "value"), BEFORE_SUBMIT.items())
def test_most_attributes_refuse_after_submit(name: str, value: Any) -> None:
    pool = BarePool(uuid="u-1")
    with pytest.raises(AttributeError, match=f"can't set {name}"):
        setattr(pool, name, value)
    assert pool._state.edits == {}


@pytest.mark.parametrize(("name", "value"), ALWAYS.items())
def test_some_attributes_can_be_set_after_submit(name: str, value: Any) -> None:
    pool = BarePool(uuid="u-1")
    setattr(pool, name, value)
    assert comparable(getattr(pool, name)) == value


@pytest.mark.parametrize("name", ["state", "errors", "status", "pool_usage", "creation_date", "running_core_count"])
def test_what_is_the_servers_to_say_cannot_be_set(name: str) -> None:
    with pytest.raises(AttributeError, match="server's to say"):
        setattr(BarePool(), name, None)


def test_the_attributes_are_those_of_the_official_package() -> None:
    from qarnot.pool import Pool as Official

    theirs = {name for name, value in vars(Official).items() if isinstance(value, property)}
    # The class with a connection adds these.
    assert theirs - {"uuid", "resources", "auto_update", "update_cache_time"} <= set(PoolFields.fields)


def test_fields_of_every_base_are_found() -> None:
    assert {"hardware_constraints", "elastic_resize_period", "state"} <= set(PoolFields.fields)
    assert {"hardware_constraints", "dependencies", "state"} <= set(TaskFields.fields)


def test_setup_elastic_takes_the_official_parameters() -> None:
    from qarnot.pool import Pool as Official

    theirs, ours = (inspect.signature(kind.setup_elastic).parameters for kind in (Official, PoolFields))
    assert {name: p.default for name, p in ours.items()} == {name: p.default for name, p in theirs.items()}


def test_the_defaults_are_the_documented_ones() -> None:
    pool = BarePool()
    assert (pool.state, pool.is_elastic, pool.elastic_minimum_slots, pool.elastic_maximum_slots) == (
        "UnSubmitted",
        False,
        0,
        1,
    )
    assert (pool.elastic_minimum_idle_slots, pool.elastic_minimum_idle_time) == (0, 0)
    assert (pool.elastic_resize_factor, pool.elastic_resize_period) == (1, 90)
    assert (pool.auto_delete, pool.completion_ttl, pool.scaling) == (False, "00:00:00", None)


def test_a_zero_of_the_server_is_no_default() -> None:
    pool = BarePool(elasticProperty={"MaxTotalSlots": 0, "rampResizeFactor": 0.0})
    assert (pool.elastic_maximum_slots, pool.elastic_resize_factor) == (0, 0.0)


@given(st.dictionaries(st.sampled_from(["isElastic", "minTotalSlots", "moons"]), st.integers()), st.integers(0, 99))
def test_setting_one_elastic_value_keeps_the_others(known: dict[str, int], slots: int) -> None:
    pool = BarePool(uuid="u-1", elasticProperty=known)
    pool.elastic_minimum_slots = slots
    assert pool._state.edits == {ELASTIC: {**known, "minTotalSlots": slots}}


@pytest.mark.parametrize(("name", "value"), [("is_elastic", 1), ("elastic_maximum_slots", True), ("scaling", {})])
def test_values_of_the_wrong_kind_are_refused(name: str, value: Any) -> None:
    pool = BarePool()
    with pytest.raises(TypeError):
        setattr(pool, name, value)
    assert pool._state.edits == {}


def test_durations_are_taken_as_timedelta() -> None:
    pool = BarePool()
    pool.completion_ttl = timedelta(days=1, hours=2)
    assert pool.completion_ttl == "1.02:00:00"


def new(**attributes: Any) -> BarePool:
    pool = BarePool()
    for name, value in ({"name": "n", "profile": "p", "instancecount": 2} | attributes).items():
        setattr(pool, name, value)
    return pool


def test_a_fixed_pool_sends_what_was_set_and_nothing_else() -> None:
    assert pool_creation_body(new(shortname=None)._state) == {"name": "n", "profile": "p", "instanceCount": 2}


def test_an_elastic_pool_sends_no_count() -> None:
    pool = new()
    pool.setup_elastic(1, 4, 2, 30, 0.5, 100)
    body = pool_creation_body(pool._state)
    assert body[ELASTIC] == {
        "isElastic": True,
        "minTotalSlots": 1,
        "maxTotalSlots": 4,
        "minIdleSlots": 2,
        "minIdleTimeSeconds": 30,
        "rampResizeFactor": 0.5,
        "resizePeriod": 100,
    }
    assert "instanceCount" not in body


def test_a_scaling_is_sent_alone() -> None:
    body = pool_creation_body(new(scaling=ALWAYS["scaling"], is_elastic=False)._state)
    assert set(body) == {"name", "profile", "scaling"}


def test_elastic_and_scaling_together_are_refused() -> None:
    pool = new(scaling=ALWAYS["scaling"])
    pool.setup_elastic()
    with pytest.raises(QarnotGenericException, match="either elastic or has a scaling"):
        pool_creation_body(pool._state)
    with pytest.raises(QarnotGenericException, match="either elastic or has a scaling"):
        pool_commit(pool._state, PoolFields.attribute_names())


def commit(**attributes: Any) -> PoolCommit:
    pool = BarePool(uuid="u-1", elasticProperty={"isElastic": False})
    for name, value in attributes.items():
        setattr(pool, name, value)
    return pool_commit(pool._state, PoolFields.attribute_names())


def test_a_commit_sends_the_edited_ones_of_what_the_server_honours() -> None:
    assert commit() == PoolCommit({})
    assert commit(tags=["a"], constants={"A": 1}) == PoolCommit(
        {"constants": [{"key": "A", "value": "1"}], "tags": ["a"]}
    )
    assert commit(elastic_maximum_slots=3) == PoolCommit({ELASTIC: {"isElastic": False, "maxTotalSlots": 3}})


def test_a_scaling_goes_to_its_own_operation_and_leaves_the_elastic_settings_out() -> None:
    scaling = Scaling([FixedScalingPolicy(3, "three")])
    assert commit(tags=["a"], scaling=scaling, is_elastic=False) == PoolCommit({"tags": ["a"]}, scaling.to_json())


def test_a_scaling_cannot_be_taken_away() -> None:
    with pytest.raises(QarnotGenericException, match="not taken away"):
        commit(scaling=None)


def test_an_edit_that_the_server_would_ignore_is_refused_by_name() -> None:
    with pytest.raises(QarnotGenericException, match=r"cannot commit constraints: of a submitted pool only constants"):
        commit(constraints={"a": "b"}, tags=["a"])


def test_a_placeholder_of_a_secret_is_not_committed() -> None:
    with pytest.raises(QarnotGenericException, match="KEY cannot be read back"):
        commit(constants={"KEY": "[SECRET]"})


def test_an_accepted_pool_reads_back_its_uuid_as_shortname() -> None:
    pool = BarePool(**pool_after_submit({"name": "n"}, "u-1"))
    assert (pool.shortname, pool.name, pool.uuid, pool.state) == ("u-1", "n", "u-1", "Submitted")
