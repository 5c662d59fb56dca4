"""What tasks and jobs have in common: identity, definition, tags, and the states they have been in."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from qarnot_mock.sim.commands import Instant, Json
from qarnot_mock.sim.demand import scheduling_of


@attrs.define(kw_only=True)
class Record:
    """One object of the account. ``definition`` is the creation body without nulls and without what can change.

    ``number`` counts the objects of a kind in the order of their creation, from 1.
    """

    uuid: str
    number: int
    definition: Mapping[str, Json]
    tags: list[str]
    created: Instant
    state: str
    state_since: Instant
    modified: Instant
    previous_state: str | None = None
    previous_since: Instant | None = None
    delete_requested: bool = False

    @property
    def shortname(self) -> str:
        """The one the user gave, or the uuid."""
        return self.text("shortname") or self.uuid

    def text(self, field: str) -> str:
        """A text field of the definition; empty when it is not set."""
        value = self.definition.get(field)
        return value if isinstance(value, str) else ""

    @property
    def scheduling(self) -> str:
        """The scheduling type in lower case; flex when none is given."""
        return scheduling_of(self.definition)

    def enter(self, target: str, now: Instant) -> None:
        """Take another state; the caller has asked the lifecycle whether it may."""
        self.previous_state, self.previous_since = self.state, self.state_since
        self.state, self.state_since, self.modified = target, now, now
