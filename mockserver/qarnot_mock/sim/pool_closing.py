"""How pools end: closed, failed, deleted; and how an open one follows its instances (reference 4.2).

A pool that closes keeps what its running tasks need until they have ended. Tasks that have had no slot are cancelled:
nothing says what becomes of them, and left alone they would wait for ever (assumed).
"""

from __future__ import annotations

from qarnot_mock.sim import derive, moves, pool_instances, pool_sizing, removal, retention
from qarnot_mock.sim.events import REMOVAL
from qarnot_mock.sim.formats import microseconds
from qarnot_mock.sim.phases import around
from qarnot_mock.sim.pools import Pool
from qarnot_mock.sim.state import State
from qarnot_mock.sim.tasks import Task


def close(state: State, pool: Pool) -> None:
    """Accept no more tasks, and wind down."""
    pool.close_requested = True
    pool.modified = state.now
    for task in _unfinished(state, pool):
        if not any(instance.begun for instance in task.instances.values()):
            _cancel(state, task)
    state.touch(pool)


def queue_timeout(state: State, uuid: str) -> None:
    """``maxTimeQueueSeconds`` is over: a pool that has had no node, but wants one, has failed, and its tasks end."""
    pool = state.pools.get(uuid)
    if pool is None or not pool.accepts or not pool.present or any(each.begun for each in pool.instances.values()):
        return
    pool.error = moves.error("MOCK_QUEUE_TIME", "The pool was not dispatched in time")
    for instance in pool.in_states("waiting"):
        instance.outcome, instance.error = "failure", pool.error
        moves.change(state, pool, instance, "expire")
    for task in _unfinished(state, pool):
        _cancel(state, task)
    state.touch(pool)


def follow(state: State, pool: Pool) -> None:
    """A pool after something has happened to it, to its instances or to its tasks."""
    if pool.accepts:
        pool_sizing.foresee(state, pool)
    else:
        _wind_down(state, pool)
    target = _state(pool)
    if target != pool.state:
        pool.enter(state.lifecycles.pool.move(pool.state, target), state.now)
        if state.lifecycles.pool.among(target, "terminal"):
            _end(state, pool)


def wound_down(state: State, uuid: str) -> None:
    """The event a moment after the last instance and the last task of a closing pool have ended."""
    pool = state.pools.get(uuid)
    if pool is None:
        return
    if pool.delete_requested:
        remove(state, pool)
    elif pool.ended is None:
        pool.ended = state.now
        state.touch(pool)


def expired(state: State, uuid: str) -> None:
    """The event at the end of an ended pool's ``completionTimeToLive``; one that is being deleted goes by itself."""
    pool = state.pools.get(uuid)
    if pool is not None and not pool.delete_requested:
        remove(state, pool)


def remove(state: State, pool: Pool) -> None:
    """Forget a pool at once; what paging needs of it stays."""
    state.lifecycles.pool.move(pool.state, "Gone")
    del state.pools[pool.uuid]
    state.touched_pools.pop(pool.uuid, None)
    state.depart("pool", pool)


def _state(pool: Pool) -> str:
    if pool.delete_requested:
        return "PendingDelete"
    if pool.error is not None:
        return "Failure"
    if pool.close_requested:
        return "Closing" if pool.ended is None else "Closed"
    return derive.pool_state(pool.instances.values(), pool.present)


def _end(state: State, pool: Pool) -> None:
    pool.ended = state.now
    delay = retention.time_to_live(pool)
    if delay:
        state.queue.put(state.now + delay, "pool_expired", pool.uuid, priority=REMOVAL)


def _wind_down(state: State, pool: Pool) -> None:
    """Let go of what no task needs; go on when all is over."""
    if not pool.waiting:
        for instance in pool.present:
            if not instance.guests:
                pool_instances.release(state, pool, instance)
    life = state.lifecycles.instance
    over = all(life.among(each.state, "terminal") for each in pool.instances.values())
    if over and not _unfinished(state, pool) and (pool.delete_requested or pool.ended is None):
        delay = microseconds(around(state, pool, "removal"))
        state.queue.put(state.now + delay, "pool_wound_down", pool.uuid, priority=REMOVAL)


def _unfinished(state: State, pool: Pool) -> list[Task]:
    return [state.tasks[uuid] for uuid in pool.tasks if not removal.wound_down(state, state.tasks[uuid])]


def _cancel(state: State, task: Task) -> None:
    if not task.cancel_requested and not task.delete_requested:
        removal.cancel(state, task)
