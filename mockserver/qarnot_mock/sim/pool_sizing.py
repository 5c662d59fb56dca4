"""How many instances a pool has: fixed, elastic, or by scaling policies (reference 3.9), decided at the instants that
matter. Between two of them nothing is looked at.
"""

from __future__ import annotations

from math import ceil

import attrs

from qarnot_mock.sim import pool_instances, scaling
from qarnot_mock.sim.commands import Instant
from qarnot_mock.sim.formats import SECOND, microseconds
from qarnot_mock.sim.phases import around
from qarnot_mock.sim.pools import Pool
from qarnot_mock.sim.ranges import MAXIMUM_INSTANCES
from qarnot_mock.sim.state import State
from qarnot_mock.sim.workloads import Instance

SCALING_PERIOD = 30 * SECOND
"""Time between two steps of a scaling policy. Assumed: the reference says only that it takes tens of seconds."""

_NOTHING = scaling.Rule(0, 0, 0, 1, 0)


@attrs.frozen
class Plan:
    """What a pool is to do: the rule, the policy that gave it, and the time between two steps."""

    rule: scaling.Rule
    policy: str | None = None
    period: int = 0


def plan(pool: Pool, now: Instant) -> Plan:
    """The plan of a pool at a moment. Without an active policy it wants nothing (assumed)."""
    if pool.scaling is not None:
        policy = scaling.active_policy(pool.scaling, now)
        if policy is None:
            return Plan(_NOTHING)
        fixed = policy["type"] == "Fixed"
        return Plan(scaling.policy_rule(policy), str(policy["name"]), 0 if fixed else SCALING_PERIOD)
    if pool.elastic is not None and pool.elastic.get("isElastic"):
        return Plan(scaling.elastic_rule(pool.elastic), period=int(pool.elastic.get("resizePeriod") or 90) * SECOND)
    count = pool.definition.get("instanceCount")
    slots = count * pool.slots_per_node if isinstance(count, int) else 0
    return Plan(scaling.Rule(slots, slots, 0, max(slots, 1), 0))


def busy(pool: Pool) -> int:
    """The task instances that run in a pool or queue for it."""
    running = sum(len(instance.guests) for instance in pool.in_states("execution"))
    return running + len(pool.waiting)


def review(state: State, pool: Pool) -> None:
    """Let a pool have as many instances as it should have now."""
    what = plan(pool, state.now)
    pool.policy, pool.target = what.policy, _wanted(state, pool, what.rule, state.now)
    change = pool.target - len(pool.present)
    if change:
        pool.resized = state.now
    for _ in range(change):
        _open(state, pool)
    for instance in _dispensable(pool, what.rule, state.now)[: max(-change, 0)]:
        pool_instances.release(state, pool, instance)
    state.touch(pool)


def review_due(state: State, uuid: str, version: int) -> None:
    """The event of a review, unless the pool has planned another since."""
    pool = state.pools.get(uuid)
    if pool is not None and pool.review_version == version and pool.accepts:
        pool.review_at = None
        what = plan(pool, state.now)
        if what.policy != pool.policy:
            pool.resized = None
        if pool.resized is None or pool.resized + what.period <= state.now:
            review(state, pool)
        else:
            state.touch(pool)  # the policy might have changed and has not


def foresee(state: State, pool: Pool) -> None:
    """Plan the next review: when the present size is wrong, when idle instances may go, when the policy may change."""
    due = _next_review(state, pool)
    if due == pool.review_at:
        return
    pool.review_at = due
    pool.review_version += 1
    if due is not None:
        state.queue.put(due, "pool_review", pool.uuid, version=pool.review_version)


def _next_review(state: State, pool: Pool) -> Instant | None:
    what = plan(pool, state.now)
    earliest = state.now if pool.resized is None else max(state.now, pool.resized + what.period)
    change = scaling.next_change(pool.scaling, state.now) if pool.scaling is not None else None
    dues = [change] if change is not None else []
    if what.policy != pool.policy:
        dues.append(state.now)
    elif _wanted(state, pool, what.rule, earliest) != len(pool.present):
        dues.append(earliest)
    else:
        dues.extend(_shrinking(state, pool, what.rule, earliest))
    return min(dues, default=None)


def _shrinking(state: State, pool: Pool, rule: scaling.Rule, earliest: Instant) -> list[Instant]:
    """When the first idle instance may go, if the pool could do without it."""
    instants = sorted(each.idle_since + rule.idle for each in pool.present if not each.guests)
    later = [instant for instant in instants if instant > earliest]
    return later[:1] if later and _wanted(state, pool, rule, later[0]) < len(pool.present) else []


def _wanted(state: State, pool: Pool, rule: scaling.Rule, moment: Instant) -> int:
    """The instances to have from a moment on, if nothing else happens before."""
    slots = pool.slots_per_node
    wanted = scaling.wanted_slots(
        rule,
        running=len(pool.present) * slots,
        needed=busy(pool),
        expired=len(_dispensable(pool, rule, moment)) * slots,
    )
    return min(ceil(wanted / slots), MAXIMUM_INSTANCES)


def _dispensable(pool: Pool, rule: scaling.Rule, moment: Instant) -> list[Instance]:
    """The instances that have been idle for long enough: those without node first, then the newest."""
    idle = [each for each in pool.present if not each.guests and each.idle_since + rule.idle <= moment]
    return sorted(idle, key=lambda each: (each.state != "waiting", -each.id))


def _open(state: State, pool: Pool) -> None:
    number = max(pool.instances, default=-1) + 1
    initial = state.lifecycles.instance.initial
    instance = Instance(number, initial, state.now, idle_since=state.now)
    pool.instances[number] = instance
    delay = microseconds(around(state, pool, "queue"))
    state.queue.put(state.now + delay, "join_queue", pool.uuid, str(number), instance.version)
