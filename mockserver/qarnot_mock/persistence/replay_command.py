"""The command ``replay``: recorded worlds are rebuilt and summed up; nothing that was recorded is changed."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from qarnot_mock import contract
from qarnot_mock.clock import to_iso
from qarnot_mock.persistence.rebuilding import digest, first_difference, rebuild
from qarnot_mock.persistence.recording import Recording, read_recordings
from qarnot_mock.persistence.tenant_file import DataError
from qarnot_mock.sim.commands import Instant, Json

DIFFERENT = 1


def replay(given: argparse.Namespace) -> int:
    """Rebuild what ``given.journal`` holds; 1 when ``given.compare`` holds something else. Raises ``DataError``."""
    recordings = read_recordings(given.journal)
    states = {recording.name: _state(recording, given.until) for recording in recordings}
    for recording in recordings:
        print(*summary(recording, states[recording.name]), sep="\n", flush=True)
    if given.state is not None:
        _write(given.state, next(iter(states.values())) if len(states) == 1 else states)
    return 0 if given.compare is None else _compare(recordings, states, read_recordings(given.compare), given.until)


def summary(recording: Recording, state: Mapping[str, Any]) -> Sequence[str]:
    """What a person wants to know of a world that was rebuilt."""
    shown = [entry for entry in recording.entries if entry.at <= state["now"]]
    counts = Counter(entry.command.operation for entry in shown)
    tasks = Counter(task["state"] for task in state["tasks"])
    return (
        f"tenant {recording.name}",
        f"  from {to_iso(recording.birth.born)} to {to_iso(state['now'])}, seed {recording.birth.seed}",
        f"  commands {len(shown)}" + "".join(f", {name} {count}" for name, count in counts.most_common()),
        f"  tasks {len(state['tasks'])}" + "".join(f", {name} {tasks[name]}" for name in sorted(tasks)),
        f"  pools {len(state['pools'])}, jobs {len(state['jobs'])}, secrets {len(state['secrets'])}",
        f"  state sha256 {digest(cast(Json, state))}",
    )


def _state(recording: Recording, until: Instant | None) -> Mapping[str, Any]:
    return cast(Mapping[str, Any], rebuild(recording, contract.load().lifecycles, until).world.dump())


def _write(path: Path, state: object) -> None:
    try:
        path.write_text(json.dumps(state, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise DataError(f"cannot write {path}: {error.strerror}") from error


def _compare(
    ours: Sequence[Recording],
    states: Mapping[str, Mapping[str, Any]],
    others: Sequence[Recording],
    until: Instant | None,
) -> int:
    if len(ours) == len(others) == 1:
        pairs = [(ours[0], others[0])]
    else:
        theirs = {recording.name: recording for recording in others}
        if {*states} != {*theirs}:
            print(f"different tenants: {', '.join(sorted({*states} ^ {*theirs}))}")
            return DIFFERENT
        pairs = [(recording, theirs[recording.name]) for recording in ours]
    for mine, other in pairs:
        difference = first_difference(mine, other, (cast(Json, states[mine.name]), cast(Json, _state(other, until))))
        if difference is not None:
            print(f"{mine.name}: differs at {difference}")
            return DIFFERENT
    print("the same")
    return 0
