"""The kinds of attributes that tasks, pools and jobs have in common. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TypeVar

from qarnot_hl._core.fields import Field, HasState, Settable, ViewField
from qarnot_hl._core.formats import as_timespan
from qarnot_hl._core.json_types import Json
from qarnot_hl._core.resource_state import DictView, as_texts
from qarnot_hl._core.submission import LABEL, is_generated
from qarnot_hl._core.wire_values import flag, integer, text, timespan

T = TypeVar("T")
BEFORE = Settable.BEFORE_SUBMIT


def same(value: Json) -> Json:
    """For values that go to the wire as they are."""
    return value


def typed(kind: type[T], to_wire: Callable[[T], Json]) -> Callable[[T | None], Json]:
    """A writer that takes None or a value of one class."""

    def write(value: T | None) -> Json:
        if value is not None and not isinstance(value, kind):
            raise TypeError(f"{value!r} is not a {kind.__name__}")
        return None if value is None else to_wire(value)

    return write


def settable_text(doc: str, key: str) -> Field[str | None, str | None]:
    """A text that can be set until submit."""
    return Field(doc, key, text, typed(str, same), settable=BEFORE)


def settable_integer(doc: str, key: str) -> Field[int | None, int | None]:
    """A whole number that can be set until submit."""
    return Field(doc, key, integer, typed(int, same), settable=BEFORE)


def settable_flag(doc: str, key: str) -> Field[bool | None, bool | None]:
    """Yes, no, or None for the default, that can be set until submit."""
    return Field(doc, key, flag, typed(bool, same), settable=BEFORE)


def auto_deletion(doc: str) -> Field[bool, bool]:
    """Whether the object may go when it has ended and the account is full."""
    return Field(doc, "autoDeleteOnCompletion", lambda value: value is True, typed(bool, same), settable=BEFORE)


def time_to_live(doc: str) -> Field[str, timedelta | str]:
    """How long the object stays after its end."""
    return Field(doc, "completionTimeToLive", lambda value: timespan(value) or "00:00:00", as_timespan, settable=BEFORE)


def moving(doc: str, key: str, read: Callable[[Json], T]) -> Field[T, None]:
    """A value that the server alone changes."""
    return Field(doc, key, read, moving=True)


def fixed(doc: str, key: str, read: Callable[[Json], T]) -> Field[T, None]:
    """A value that the server sets once."""
    return Field(doc, key, read)


class Labels(DictView):
    """The user's labels: the one that a submit puts beside them is not shown."""

    def _content(self) -> dict[str, str]:
        return {key: value for key, value in super()._content().items() if key != LABEL}


def labels_field(doc: str) -> ViewField[Labels, Mapping[str, object]]:
    """A dict of texts, in which the user's are seen."""
    return ViewField(doc, "labels", Labels, as_texts, settable=BEFORE)


class Shortname(Field[str | None, str | None]):
    """Reads back as the uuid where none was given, as documented."""

    def value_of(self, instance: HasState) -> str | None:
        """The shortname or the uuid."""
        given = super().value_of(instance)
        return instance.uuid if not given or is_generated(given) else given
