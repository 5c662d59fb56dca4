"""Value classes that are read from JSON and written back: a table of wire keys in the metadata of attrs fields. Pure.

What a value holds beyond its table, as from a newer server, is kept in ``more`` and written back with it. A value class
extends :class:`FrozenWired` or :class:`MutableWired`: neither kind of attrs class can inherit from the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Self, cast

from attrs import Attribute, define, field, fields, frozen

from qarnot_hl._core.json_types import Json, JsonObject
from qarnot_hl._core.wire_values import lookup

KEYS = "wire keys"
READ = "reader"
WRITE = "writer"
OPTIONAL = "left out when None"


def same(value: Any) -> Any:
    """For values that are the same on both sides."""
    return value


def keyed(
    *keys: str,
    read: Callable[[Json], Any] = same,
    write: Callable[[Any], Json] = same,
    optional: bool = False,
) -> dict[str, Any]:
    """The metadata of an attrs field under a key of the API; further keys are other spellings of it, also read.

    ``optional``: left out of the JSON when it is None.
    """
    return {KEYS: keys, READ: read, WRITE: write, OPTIONAL: optional}


def _rows(kind: type) -> list[Attribute[Any]]:
    return [row for row in fields(kind) if KEYS in row.metadata]


def _first(json: JsonObject, keys: tuple[str, ...]) -> Json:
    return next((value for value in (lookup(json, key) for key in keys) if value is not None), None)


def beyond(json: JsonObject, known: set[str]) -> dict[str, Json]:
    """What is under other keys, whatever their letter case."""
    folded = {key.lower() for key in known}
    return {key: value for key, value in json.items() if key.lower() not in folded}


class Wired:
    """What such classes can do: they are attrs classes whose fields have :func:`keyed` metadata."""

    __slots__ = ()
    more: Mapping[str, Any]

    @classmethod
    def _read(cls, json: JsonObject, *implied: str) -> Self:
        """Of JSON; ``implied`` keys follow from the class."""
        rows = _rows(cls)
        known = {key for row in rows for key in row.metadata[KEYS]} | set(implied)
        values = {str(row.alias): row.metadata[READ](_first(json, row.metadata[KEYS])) for row in rows}
        make = cast("Callable[..., Self]", cls)
        return make(**values, more=beyond(json, known))

    def _write(self) -> dict[str, Json]:
        """As JSON."""
        found: dict[str, Json] = {}
        for row in _rows(type(self)):
            value = getattr(self, row.name)
            if value is not None or not row.metadata[OPTIONAL]:
                found[row.metadata[KEYS][0]] = row.metadata[WRITE](value)
        return found | dict(self.more)

    def __getstate__(self) -> dict[str, object]:
        """All fields; attrs would leave out those of subclasses without slots."""
        kind: type = type(self)
        return {row.name: getattr(self, row.name) for row in fields(kind)}

    def __setstate__(self, state: Mapping[str, object]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, value)


@frozen(eq=False, getstate_setstate=False)
class FrozenWired(Wired):
    """Base of values that never change."""

    more: Mapping[str, Any] = field(factory=dict, kw_only=True, repr=False, hash=False)


@define(eq=False, getstate_setstate=False)
class MutableWired(Wired):
    """Base of values whose attributes can be set."""

    more: Mapping[str, Any] = field(factory=dict, kw_only=True, repr=False, hash=False)
