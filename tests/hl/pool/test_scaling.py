"""Scaling policies: what the API writes is read under the documented names and written back whole."""

from __future__ import annotations

import copy
import inspect
import json
import pickle
from datetime import UTC, time, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qarnot_hl import scaling as s
from qarnot_hl.multi_slots_settings import MultiSlotsSettings

# The sample of the reference, section 3.9.
WEEKLY: dict[str, Any] = {
    "type": "Weekly",
    "name": "thursday-evening",
    "days": ["thursday"],
    "startTimeUtc": "19:30:00",
    "endTimeUtc": "23:59:59.9999999",
}
MANAGED: dict[str, Any] = {
    "type": "ManagedTasksQueue",
    "name": "the-active-policy",
    "minTotalSlots": 0,
    "maxTotalSlots": 10,
    "minIdleSlots": 1,
    "minIdleTimeSeconds": 90,
    "scalingFactor": 0.5,
    "enabledPeriods": [WEEKLY],
}
FIXED: dict[str, Any] = {
    "type": "Fixed",
    "name": "default-policy",
    "slotsCount": 19,
    "enabledPeriods": [{"type": "Always"}],
}
SAMPLE: dict[str, Any] = {"policies": [MANAGED, FIXED], "activePolicyName": "the-active-policy"}

names = st.none() | st.text(min_size=1)
extras = st.dictionaries(st.sampled_from(["moons", "newField"]), st.none() | st.integers() | st.lists(st.text()))
times = st.times().map(s.write_time) | st.sampled_from([s.END_OF_DAY, "12:00:00.1234567", "noon"])
periods = st.one_of(
    st.builds(lambda more: more | {"type": "Always"}, extras),
    st.builds(
        lambda more, days, start, end: (
            more | {"type": "Weekly", "days": days, "startTimeUtc": start, "endTimeUtc": end}
        ),
        extras,
        st.lists(st.sampled_from([*s.DAYS, "doomsday"])),
        times,
        times,
    ),
    st.builds(lambda more: more | {"type": "Lunar"}, extras),
)
policies = st.builds(
    lambda more, kind, name, enabled: more | kind | ({"name": name} if name else {}) | {"enabledPeriods": enabled},
    extras,
    st.sampled_from(
        [{"type": "Fixed", "slotsCount": 3}, {"type": "ManagedTasksQueue", "maxTotalSlots": 2}, {"type": "X"}]
    ),
    names,
    st.lists(periods, max_size=3),
)


def test_the_sample_of_the_reference_is_read() -> None:
    scaling = s.Scaling.from_json(SAMPLE)
    evening = s.TimePeriodWeeklyRecurring([s.DayOfWeek.THURSDAY], time(19, 30), time.max, "thursday-evening")
    assert scaling.policies == [
        s.ManagedTasksQueueScalingPolicy(0, 10, 1, 90, 0.5, "the-active-policy", [evening]),
        s.FixedScalingPolicy(19, "default-policy", [s.TimePeriodAlways()]),
    ]
    assert scaling.active_policy_name == "the-active-policy"


def test_the_active_policy_is_not_sent() -> None:
    assert s.Scaling.from_json(SAMPLE).to_json() == {"policies": [MANAGED, FIXED]}


@given(st.lists(policies, max_size=4), extras)
def test_nothing_is_lost_on_the_way_through(listed: list[Any], more: dict[str, Any]) -> None:
    wire = {"policies": listed} | more
    assert s.Scaling.from_json(copy.deepcopy(wire)).to_json() == wire


def test_keys_and_kinds_are_read_in_any_letter_case() -> None:
    policy = s.ScalingPolicy.from_json({"Type": "fixed", "SlotsCount": 2})
    assert policy == s.FixedScalingPolicy(2)


def test_unknown_kinds_say_what_they_are() -> None:
    policy = s.ScalingPolicy.from_json({"type": "Tidal", "height": 3})
    period = s.TimePeriodSpecification.from_json({"type": "Lunar"})
    assert (type(policy), policy.type, policy.to_json()) == (s.ScalingPolicy, "Tidal", {"type": "Tidal", "height": 3})
    assert (type(period), period.type, period.to_json()) == (s.TimePeriodSpecification, "Lunar", {"type": "Lunar"})


def test_days_are_taken_as_names_in_any_letter_case() -> None:
    period = s.TimePeriodWeeklyRecurring(["Monday", s.DayOfWeek.SUNDAY], time(1), time(2))
    assert period.to_json()["days"] == ["monday", "sunday"]


def test_seven_days_make_the_week() -> None:
    assert len(s.DAYS) == 7


def test_a_time_in_another_zone_is_refused() -> None:
    paris = timezone(timedelta(hours=2))
    period = s.TimePeriodWeeklyRecurring(["monday"], time(1, tzinfo=paris), time(2))
    with pytest.raises(ValueError, match="not in UTC"):
        period.to_json()
    assert s.write_time(time(1, tzinfo=UTC)) == "01:00:00"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("19:30:00", time(19, 30)),
        ("19:30:00.5", time(19, 30, 0, 500000)),
        ("19:30:00.5000000", time(19, 30, 0, 500000)),
        ("19:30:00.5000001", "19:30:00.5000001"),
        ("23:59:59.9999999", time.max),
        ("24:30:00", "24:30:00"),
    ],
)
def test_times_of_day(written: str, read: time | str) -> None:
    assert s.read_time(written) == read


def test_an_empty_scaling_has_no_policies() -> None:
    assert s.Scaling().policies == s.Scaling.from_json({}).policies == []
    assert s.Scaling().to_json() == {"policies": []}


def test_values_can_be_pickled() -> None:
    scaling = s.Scaling.from_json(SAMPLE)
    assert pickle.loads(pickle.dumps(scaling)) == scaling


def test_slots_per_node_go_both_ways() -> None:
    assert MultiSlotsSettings(3).to_json() == {"slotsPerNode": 3}
    assert MultiSlotsSettings.from_json({"SlotsPerNode": 3, "more": 1}).to_json() == {"slotsPerNode": 3, "more": 1}
    assert MultiSlotsSettings().slotsPerNode is None


@pytest.mark.parametrize("value", [s.Scaling.from_json(SAMPLE), *s.Scaling.from_json(SAMPLE).policies])
def test_the_official_package_reads_and_writes_the_same(value: Any) -> None:
    from qarnot import scaling as official

    wire = value.to_json()
    theirs = (official.Scaling if isinstance(value, s.Scaling) else official.ScalingPolicy).from_json(wire).to_json()
    # It rounds the last tick of the day.
    assert json.dumps(theirs, sort_keys=True).replace('59.999999"', '59.9999999"') == json.dumps(wire, sort_keys=True)


@pytest.mark.parametrize("name", [name for name in s.__all__ if name not in ("DayOfWeek",)])
def test_constructors_take_the_official_parameters_in_order(name: str) -> None:
    from qarnot import scaling as official

    theirs = inspect.signature(getattr(official, name)).parameters
    ours = inspect.signature(getattr(s, name)).parameters
    if name not in ("ScalingPolicy", "TimePeriodSpecification"):
        assert list(ours)[: len(theirs)] == list(theirs)
        assert all(ours[key].default == value.default for key, value in theirs.items())
    assert all(ours[key].kind is inspect.Parameter.KEYWORD_ONLY for key in list(ours)[len(theirs) :])
