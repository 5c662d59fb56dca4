"""Makes a world anew, or brings back the one that a tenant's file tells of."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from qarnot_mock.journal import Entry
from qarnot_mock.persistence.birth import Birth, ground_of, rules_of
from qarnot_mock.persistence.replaying import Replay, ReplayError
from qarnot_mock.persistence.tenant_file import DataError, TenantFile
from qarnot_mock.sim.commands import Instant, Json
from qarnot_mock.sim.effects import CreateBucket, Effect, InstanceKey, PutObject
from qarnot_mock.sim.settings import WorldSettings
from qarnot_mock.sim.world import World


@attrs.frozen
class Restored:
    """A world at the time that it had reached, its commands, and what of its effects is still to be performed.

    ``abroad`` are the instances that an executor had in hand: their processes are gone.
    """

    world: World
    entries: list[Entry]
    performed: int
    pending: list[tuple[Instant, Effect]]
    abroad: tuple[InstanceKey, ...]


def restore(file: TenantFile, settings: WorldSettings, lifecycles: Mapping[str, Json], now: Instant) -> Restored:
    """The world of a file, or one that is born in it now. Raises :class:`DataError`."""
    birth = file.birth()
    if birth is None:
        file.begin(Birth.of(settings, lifecycles, now))
        return Restored(World(settings, lifecycles, now), [], 0, [], ())
    _check(file, birth, settings, lifecycles)
    entries = list(file.entries())
    performed, reached = file.progressed()
    replay = Replay(World(birth.settings(settings), lifecycles, birth.born), performed)
    try:
        replay.tell(entries)
    except ReplayError as error:
        raise DataError(f"{file.path}: {error}. It is damaged, or another version wrote it") from error
    replay.advance(reached)
    if replay.counted < performed:
        raise DataError(f"{file.path} is damaged: it tells of {performed} effects, a replay has {replay.counted}")
    # Effects are never run twice, and what an executor had begun is lost: only the storage is brought up to date.
    pending: list[tuple[Instant, Effect]] = [
        (at, effect) for at, effect in replay.pending if isinstance(effect, CreateBucket | PutObject)
    ]
    return Restored(replay.world, entries, replay.counted - len(pending), pending, tuple(replay.abroad))


def _check(file: TenantFile, birth: Birth, settings: WorldSettings, lifecycles: Mapping[str, Json]) -> None:
    """Refuse a world that this server would not continue as it was. Raises :class:`DataError`."""
    differing = [
        f"{what} {was} and is to be run with {is_now}"
        for what, was, is_now in (
            ("rules", birth.rules, rules_of(lifecycles)),
            ("catalogue, quotas and durations", birth.ground, ground_of(settings)),
            ("executor", birth.executor, settings.executor),
            ("seed", birth.seed, settings.seed),
        )
        if was != is_now
    ]
    if differing:
        advice = "Use the version and the options that made it, or another directory"
        raise DataError(f"{file.path} was made with the {'; the '.join(differing)}. {advice}")
