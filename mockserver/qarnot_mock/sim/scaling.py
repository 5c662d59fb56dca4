"""How many slots a pool should have: which policy is active, what it wants, and what is wrong with a policy.

Pure decisions over the ``Scaling`` and ``ElasticProperty`` schemas (reference 3.9). Nothing here knows a pool.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

import attrs

from qarnot_mock.sim.commands import Answer, Command, Instant, Json, Refusal
from qarnot_mock.sim.formats import microseconds, timespan_duration
from qarnot_mock.sim.state import State
from qarnot_mock.sim.tasks import mappings

Row = Mapping[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1) // _MICROSECOND
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NAME_TAKEN = "The name {name} is used by an earlier policy."


@attrs.frozen
class Rule:
    """What a policy asks for, in slots: ``step`` is opened at once, one idle for ``idle`` microseconds may close."""

    minimum: int
    maximum: int
    spare: int
    step: int
    idle: int


def check(state: State, command: Command) -> Answer:
    """scaling_check: an empty object, or the 400 validation problem."""
    refuse_problems(command.body)
    return Answer({})


def refuse_problems(scaling: Json) -> None:
    """Raise the server's validation problem, one key ``policies[i]`` per wrong policy."""
    problems = policy_problems(scaling)
    if problems:
        raise Refusal(400, "The scaling is invalid", shape="problem", errors=problems)


def policy_problems(scaling: Json) -> dict[str, list[str]]:
    """``policies[i]`` to messages; empty when all is well. What is wrong is inferred from the fields' meanings."""
    found: dict[str, list[str]] = {}
    names: set[str] = set()
    for index, policy in enumerate(_policies(scaling)):
        messages = list(_messages(policy))
        if policy.get("name") in names:
            messages.append(_NAME_TAKEN.format(name=policy["name"]))
        names.add(str(policy.get("name")))
        if messages:
            found[f"policies[{index}]"] = messages
    return found


def active_policy(scaling: Json, now: Instant) -> Row | None:
    """The first policy with a period that contains ``now`` (documented); None when there is none."""
    for policy in _policies(scaling):
        if any(_contains(period, now) for period in mappings(policy.get("enabledPeriods"))):
            return policy
    return None


def next_change(scaling: Json, now: Instant) -> Instant | None:
    """The first instant after now at which a weekly period begins or has ended; None when there is no such period."""
    midnight = now - now % _DAY
    instants = (
        instant
        for policy in _policies(scaling)
        for period in mappings(policy.get("enabledPeriods"))
        if period.get("type") == "Weekly"
        for day in range(8)
        for instant in _bounds(period, midnight + day * _DAY)
    )
    return min((instant for instant in instants if instant > now), default=None)


def policy_rule(policy: Row) -> Rule:
    """The rule of a valid scaling policy, its defaults filled in."""
    return _RULES[str(policy["type"])](policy)


def elastic_rule(elastic: Row) -> Rule:
    """The rule of an elastic property: the older way, with the ramp factor as the part that is opened at once."""
    return _managed(elastic, _number(elastic, "rampResizeFactor", 0.4))


def wanted_slots(rule: Rule, *, running: int, needed: int, expired: int) -> int:
    """The slots to run from now on.

    ``needed`` are the task instances that run or queue, ``expired`` the slots that have been idle for ``rule.idle``.
    A pool grows by at most one step and shrinks by at most its expired slots.
    """
    target = max(rule.minimum, min(rule.maximum, max(needed + rule.spare, 0)))
    if target > running:
        return min(target, running + rule.step)
    return max(target, running - expired)


def _policies(scaling: Json) -> list[Row]:
    return list(mappings(scaling.get("policies"))) if isinstance(scaling, Mapping) else []


def _messages(policy: Row) -> Iterator[str]:
    if not policy.get("name"):
        yield "A policy needs a name."
    rules = _CHECKS.get(str(policy.get("type")))
    if rules is None:
        yield f"The type {policy.get('type')} is none of {', '.join(_CHECKS)}."
    else:
        yield from rules(policy)
    for period in mappings(policy.get("enabledPeriods")):
        yield from _period_messages(period)


def _fixed_messages(policy: Row) -> Iterator[str]:
    slots = policy.get("slotsCount")
    if slots is None or slots < 0:
        yield "slotsCount must be 0 or more."


def _queue_messages(policy: Row) -> Iterator[str]:
    for field in ("minTotalSlots", "maxTotalSlots", "minIdleSlots", "minIdleTimeSeconds"):
        if _number(policy, field, 0) < 0:
            yield f"{field} must be 0 or more."
    if _number(policy, "minTotalSlots", 0) > _number(policy, "maxTotalSlots", 0):
        yield "minTotalSlots is above maxTotalSlots."
    if not 0 <= _number(policy, "scalingFactor", 0.2) <= 1:
        yield "scalingFactor must be between 0 and 1."


def _period_messages(period: Row) -> Iterator[str]:
    kind = period.get("type")
    if kind not in ("Always", "Weekly"):
        yield f"The period type {kind} is none of Always, Weekly."
    if kind != "Weekly":
        return
    unknown = [str(day) for day in period.get("days") or () if str(day).lower() not in _DAYS]
    if unknown or not period.get("days"):
        yield f"days must name days of the week{': not ' + ', '.join(unknown) if unknown else ''}."
    start, end = _time_of_day(period, "startTimeUtc"), _time_of_day(period, "endTimeUtc")
    if start is None or end is None or start >= end:
        yield "A period runs from startTimeUtc to a later endTimeUtc of the same day."


def _contains(period: Row, now: Instant) -> bool:
    if period.get("type") == "Always":
        return True
    bounds = _bounds(period, now - now % _DAY)
    return bool(bounds) and bounds[0] <= now < bounds[1]


def _bounds(period: Row, midnight: Instant) -> tuple[Instant, ...]:
    """When the period of one day begins and when it is over, its end included; nothing on other days."""
    weekday = _DAYS[(_EPOCH + midnight * _MICROSECOND).weekday()]
    start, end = _time_of_day(period, "startTimeUtc"), _time_of_day(period, "endTimeUtc")
    if start is None or end is None or weekday not in (str(day).lower() for day in period.get("days") or ()):
        return ()
    return midnight + start, midnight + end + 1


def _time_of_day(period: Row, field: str) -> int | None:
    moment = timespan_duration(str(period.get(field)))
    return moment if moment is not None and 0 <= moment < _DAY else None


def _fixed(policy: Row) -> Rule:
    slots = int(policy["slotsCount"])
    return Rule(slots, slots, 0, slots, 0)


def _queue(policy: Row) -> Rule:
    return _managed(policy, _number(policy, "scalingFactor", 0.2))


def _managed(fields: Row, factor: float) -> Rule:
    maximum = int(_number(fields, "maxTotalSlots", 0))
    return Rule(
        minimum=int(_number(fields, "minTotalSlots", 0)),
        maximum=maximum,
        spare=int(_number(fields, "minIdleSlots", 0)),
        step=max(1, ceil(maximum * factor)),
        idle=microseconds(_number(fields, "minIdleTimeSeconds", 90)),
    )


def _number(fields: Row, name: str, default: float) -> float:
    value = fields.get(name)
    return default if value is None else value


_CHECKS: Mapping[str, Callable[[Row], Iterator[str]]] = {"Fixed": _fixed_messages, "ManagedTasksQueue": _queue_messages}
_RULES: Mapping[str, Callable[[Row], Rule]] = {"Fixed": _fixed, "ManagedTasksQueue": _queue}
