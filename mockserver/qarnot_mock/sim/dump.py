"""The canonical dump of a world: JSON data, the same for the same history in any process and under any hash seed."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import attrs

from qarnot_mock.sim.commands import Json
from qarnot_mock.sim.confidential import SECRET_PREFIX, Secret, fingerprint
from qarnot_mock.sim.output import TaskOutput
from qarnot_mock.sim.state import State


def dump_state(state: State) -> Json:
    """Everything that can influence a future answer. Settings and tables are given from outside and stay out.

    Of a confidential value there is only a fingerprint.
    """
    return {
        "now": state.now,
        "counters": {kind: state.counters[kind] for kind in sorted(state.counters)},
        "scenario": state.settings.script.document,
        "fleet": [list(indexes) for _, indexes in state.fleet],
        "free": list(state.free),
        "holds": [[*holder, _plain(hold)] for holder, hold in state.holds.items()],
        "waiting": state.waiting.dump(),
        "queue": state.queue.dump(),
        "tasks": [_plain(task) for task in state.tasks.values()],
        "jobs": [_plain(job) for job in state.jobs.values()],
        "pools": [_plain(pool) for pool in state.pools.values()],
        "born": state.born,
        "meters": [[*payer, _plain(state.meters[payer])] for payer in sorted(state.meters)],
        "secrets": {key: _plain(state.secrets[key]) for key in sorted(state.secrets)},
        "departed": {
            kind: {str(number): _plain(rows[number]) for number in sorted(rows)}
            for kind, rows in sorted(state.departed.items())
        },
        "effects": [{"effect": type(each).__name__} | _plain(each) for each in state.effects],
    }


def _plain(value: Any) -> Any:
    """The JSON form of a value of the state."""
    if isinstance(value, TaskOutput):
        return value.dump()
    if isinstance(value, Secret):
        return fingerprint(value.value)
    if attrs.has(type(value)):
        return {field.name: _plain(getattr(value, field.name)) for field in attrs.fields(type(value))}
    if isinstance(value, OrderedDict):
        return [_plain(key) for key in value]  # a queue
    if isinstance(value, dict):
        return {str(key): _named(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else value


def _named(key: str, value: Any) -> Any:
    return fingerprint(value) if key.startswith(SECRET_PREFIX) else _plain(value)
