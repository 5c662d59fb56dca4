"""Scaling policies: which is active, how many slots it wants, and what the check refuses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qarnot_mock.sim.formats import SECOND
from qarnot_mock.sim.scaling import (
    Rule,
    active_policy,
    elastic_rule,
    next_change,
    policy_problems,
    policy_rule,
    wanted_slots,
)

ALWAYS = {"type": "Always", "name": None}
EVENING = {
    "type": "Weekly",
    "name": "thursday-evening",
    "days": ["Thursday"],
    "startTimeUtc": "19:30:00",
    "endTimeUtc": "23:59:59.9999999",
}
SAMPLE: dict[str, Any] = {
    "policies": [
        {
            "type": "ManagedTasksQueue", "name": "evening", "minTotalSlots": 0, "maxTotalSlots": 10, "minIdleSlots": 1,
            "minIdleTimeSeconds": 90, "scalingFactor": 0.5, "enabledPeriods": [EVENING],
        },
        {"type": "Fixed", "name": "default", "slotsCount": 19, "enabledPeriods": [ALWAYS]},
    ]
}  # fmt: skip

rules = st.builds(
    lambda low, more, spare, step: Rule(low, low + more, spare, step, 0),
    st.integers(0, 20), st.integers(0, 20), st.integers(0, 5), st.integers(1, 10),
)  # fmt: skip
counts = st.integers(0, 50)


def instant(*moment: int) -> int:
    return round(datetime(*moment, tzinfo=UTC).timestamp()) * SECOND  # type: ignore[misc,arg-type]


def fixed(**changes: Any) -> dict[str, Any]:
    return {"type": "Fixed", "name": "only", "slotsCount": 1, "enabledPeriods": [ALWAYS]} | changes


def queue(**changes: Any) -> dict[str, Any]:
    return {"type": "ManagedTasksQueue", "name": "only", "enabledPeriods": [ALWAYS]} | changes


# 2026-01-01 was a Thursday.
@pytest.mark.parametrize(
    ("now", "name"),
    [
        (instant(2026, 1, 1, 19, 29, 59), "default"),
        (instant(2026, 1, 1, 19, 30), "evening"),
        (instant(2026, 1, 2) - 1, "evening"),
        (instant(2026, 1, 2), "default"),
        (instant(2026, 1, 7, 20), "default"),
        (instant(2026, 1, 8, 20), "evening"),
    ],
)
def test_the_first_policy_whose_period_contains_now_is_active(now: int, name: str) -> None:
    policy = active_policy(SAMPLE, now)
    assert policy is not None
    assert policy["name"] == name


@pytest.mark.parametrize("scaling", [None, {}, {"policies": None}, {"policies": [fixed(enabledPeriods=[])]}])
def test_without_a_period_no_policy_is_active(scaling: Any) -> None:
    assert active_policy(scaling, 0) is None


@given(st.integers(0, 14 * 86400 * SECOND), st.floats(0, 1))
def test_the_policy_stays_until_the_next_change_and_not_longer(since: int, part: float) -> None:
    now = instant(2024, 1, 1) + since
    change = next_change(SAMPLE, now)
    assert change is not None
    assert now < change <= now + 7 * 86400 * SECOND
    for moment in (now + int((change - 1 - now) * part), change - 1):
        assert active_policy(SAMPLE, moment) == active_policy(SAMPLE, now)
    assert active_policy(SAMPLE, change) != active_policy(SAMPLE, now)


def test_policies_without_weekly_periods_never_change() -> None:
    assert next_change({"policies": [fixed(enabledPeriods=[ALWAYS])]}, instant(2024, 1, 1)) is None


def test_rules_have_the_documented_defaults() -> None:
    assert policy_rule(queue()) == Rule(0, 0, 0, 1, 90 * SECOND)
    assert policy_rule(queue(maxTotalSlots=10, minIdleTimeSeconds=None)) == Rule(0, 10, 0, 2, 90 * SECOND)
    assert policy_rule(fixed(slotsCount=19)) == Rule(19, 19, 0, 19, 0)
    assert elastic_rule({"maxTotalSlots": 10, "minTotalSlots": 2, "minIdleSlots": 1}) == Rule(2, 10, 1, 4, 90 * SECOND)


def test_a_queue_is_followed_step_by_step_and_left_when_slots_are_idle_long_enough() -> None:
    rule = policy_rule(SAMPLE["policies"][0])
    assert wanted_slots(rule, running=0, needed=8, expired=0) == 5
    assert wanted_slots(rule, running=5, needed=8, expired=0) == 9
    assert wanted_slots(rule, running=9, needed=30, expired=0) == 10
    assert wanted_slots(rule, running=10, needed=2, expired=0) == 10
    assert wanted_slots(rule, running=10, needed=2, expired=4) == 6
    assert wanted_slots(rule, running=6, needed=0, expired=6) == 1


@given(rules, counts, counts, counts)
def test_slots_move_towards_the_bounds_and_never_past_them(rule: Rule, running: int, needed: int, expired: int) -> None:
    wanted = wanted_slots(rule, running=running, needed=needed, expired=expired)
    assert running - expired <= wanted <= running + rule.step
    assert min(running, rule.minimum) <= wanted <= max(running, rule.maximum)


@given(rules, counts, counts)
def test_repeated_steps_settle(rule: Rule, running: int, needed: int) -> None:
    for _ in range(100):
        running = wanted_slots(rule, running=running, needed=needed, expired=running)
    assert running == max(rule.minimum, min(rule.maximum, needed + rule.spare))


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        (fixed(name=""), "needs a name"),
        (fixed(type="Magic"), "type Magic"),
        (fixed(slotsCount=-1), "slotsCount"),
        (fixed(slotsCount=None), "slotsCount"),
        (queue(minIdleSlots=-1), "minIdleSlots"),
        (queue(minTotalSlots=2, maxTotalSlots=1), "above maxTotalSlots"),
        (queue(scalingFactor=1.5), "scalingFactor"),
        (fixed(enabledPeriods=[{"type": "Monthly"}]), "Monthly"),
        (fixed(enabledPeriods=[EVENING | {"days": ["someday"]}]), "not someday"),
        (fixed(enabledPeriods=[EVENING | {"days": []}]), "days"),
        (fixed(enabledPeriods=[EVENING | {"endTimeUtc": "06:00:00"}]), "same day"),
        (fixed(enabledPeriods=[EVENING | {"endTimeUtc": "24:00:00"}]), "same day"),
        (fixed(enabledPeriods=[EVENING | {"startTimeUtc": None}]), "same day"),
    ],
)
def test_the_check_names_the_policy_and_what_is_wrong(driver: Any, policy: dict[str, Any], said: str) -> None:
    refusal = driver.refused("scaling_check", body={"policies": [fixed(name="fine"), policy]})
    assert (refusal.status, refusal.shape, list(refusal.errors)) == (400, "problem", ["policies[1]"])
    assert len(refusal.errors["policies[1]"]) == 1
    assert said in refusal.errors["policies[1]"][0]


def test_the_check_wants_names_that_differ() -> None:
    assert policy_problems({"policies": [fixed(), fixed(name="other"), queue()]}) == {
        "policies[2]": ["The name only is used by an earlier policy."]
    }


def test_the_check_answers_an_empty_object_and_changes_nothing(driver: Any) -> None:
    before = driver.world.dump()
    assert driver.call("scaling_check", body=SAMPLE).body == {}
    assert driver.world.dump() == before
