"""Rebuilds recorded worlds, condenses their state into a digest, and finds where two of them part. No I/O."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence

from qarnot_mock.clock import to_iso
from qarnot_mock.journal import Entry
from qarnot_mock.persistence.birth import ground_of, rules_of
from qarnot_mock.persistence.recording import Recording
from qarnot_mock.persistence.replaying import Replay, ReplayError
from qarnot_mock.persistence.tenant_file import DataError
from qarnot_mock.sim.commands import Instant, Json
from qarnot_mock.sim.settings import WorldSettings
from qarnot_mock.sim.world import World


def rebuild(recording: Recording, lifecycles: Mapping[str, Json], until: Instant | None = None) -> Replay:
    """The world where it had come to, or at ``until`` before that. Raises :class:`DataError`."""
    template = WorldSettings()
    if recording.birth.rules != rules_of(lifecycles):
        raise DataError(
            f"the world {recording.name} was made by the rules {recording.birth.rules}, this version has "
            f"{rules_of(lifecycles)}: replay it with the version that made it"
        )
    if recording.birth.ground != ground_of(template):
        raise DataError(f"the world {recording.name} was made with settings of a test that no option gives")
    end = recording.reached if until is None else min(until, recording.reached)
    replay = Replay(World(recording.birth.settings(template), lifecycles, recording.birth.born))
    try:
        replay.tell(entry for entry in recording.entries if entry.at <= end)
        replay.advance(end)
    except ReplayError as error:
        raise DataError(f"the world {recording.name} cannot be replayed: {error}") from error
    except Exception as error:  # commands that no API has checked can break anything
        what = f"{type(error).__name__}: {error}"
        raise DataError(f"the world {recording.name} cannot be replayed: no such commands ({what})") from error
    return replay


def canonical(state: Json) -> str:
    """One text for one state, in every process."""
    return json.dumps(state, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest(state: Json) -> str:
    """SHA-256 of the canonical text of a state."""
    return hashlib.sha256(canonical(state).encode("utf-8", "surrogatepass")).hexdigest()


def first_difference(one: Recording, other: Recording, states: tuple[Json, Json]) -> str | None:
    """Where two worlds part: in their births, else in a command, else in their state. None: they are the same.

    No confidential value is quoted.
    """
    births = _differing(one.birth.to_json(), other.birth.to_json(), "birth")
    return births or _commands(one.entries, other.entries) or _differing(*states, "state")


def _commands(one: Sequence[Entry], other: Sequence[Entry]) -> str | None:
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            here, there = (f"{entry.command.operation} at {to_iso(entry.at)}" for entry in (mine, theirs))
            what = _differing(mine.to_json(), theirs.to_json(), "command") or "a confidential value differs"
            return f"command {mine.order}: {here} | {there}; {what}"
    if len(one) != len(other):
        return f"command {min(len(one), len(other))}: one ends here, the other has {max(len(one), len(other))} commands"
    return None


def _differing(one: Json, other: Json, path: str) -> str | None:
    """The first place in two JSON values where they differ, with what is there."""
    return next(_places(one, other, path), None)


def _places(one: Json, other: Json, path: str) -> Iterator[str]:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in sorted({*one, *other}):
            if key not in one or key not in other:
                yield f"{path}.{key}: only in {'the second' if key not in one else 'the first'}"
            else:
                yield from _places(one[key], other[key], f"{path}.{key}")
    elif isinstance(one, list | tuple) and isinstance(other, list | tuple):
        for place, (mine, theirs) in enumerate(zip(one, other, strict=False)):
            yield from _places(mine, theirs, f"{path}[{place}]")
        if len(one) != len(other):
            yield f"{path}: {len(one)} items | {len(other)} items"
    elif one != other:
        yield f"{path}: {json.dumps(one)[:80]} | {json.dumps(other)[:80]}"
