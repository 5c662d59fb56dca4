"""Tells a world again what it was told. Pure: effects are not performed, only counted and handed back.

A world gives the same effects in the same order for the same commands, so a count says exactly which of them were
performed before.
"""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from qarnot_mock.journal import Entry
from qarnot_mock.sim.commands import Instant, Refusal
from qarnot_mock.sim.effects import Effect, ForgetInstance, InstanceKey, StartInstance, StopInstance
from qarnot_mock.sim.world import World


class ReplayError(ValueError):
    """A world does not take a command that it once accepted: it is not the world that accepted it."""


@attrs.define
class Replay:
    """A world on its way through its past. ``performed``: how many of its effects were performed then.

    ``pending`` are the effects behind those, each with its instant; ``abroad`` the instances that an external executor
    had in hand.
    """

    world: World
    performed: int = 0
    counted: int = 0
    pending: list[tuple[Instant, Effect]] = attrs.field(factory=list)
    abroad: dict[InstanceKey, None] = attrs.field(factory=dict)

    def tell(self, entries: Iterable[Entry]) -> None:
        """Apply commands, each at its instant. Raises :class:`ReplayError`."""
        for entry in entries:
            self.advance(entry.at)
            try:
                self.world.apply(entry.command)
            except (Refusal, ValueError) as error:
                text = (
                    f"command {entry.order} ({entry.command.operation}) was accepted once and is refused now: {error}"
                )
                raise ReplayError(text) from error
            self._take()

    def advance(self, instant: Instant) -> None:
        """Let time pass, event by event as it did, up to an instant; one that is past changes nothing."""
        world = self.world
        while (due := world.next_due()) is not None and due <= instant:
            world.advance_to(max(due, world.now))
            self._take()
        world.advance_to(max(instant, world.now))
        self._take()

    def _take(self) -> None:
        for effect in self.world.take_effects():
            self.counted += 1
            if self.counted > self.performed:
                self.pending.append((self.world.now, effect))
            if isinstance(effect, StartInstance):
                self.abroad[effect.key] = None
            elif isinstance(effect, StopInstance | ForgetInstance):
                self.abroad.pop(effect.key, None)
