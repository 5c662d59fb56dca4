"""Readers of single JSON values, and the read-only objects that are tables of them. Pure and total: what is missing,
null, of another type or in another letter case never crashes, it reads as nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Generic, TypeVar, cast

from qarnot_hl._core.formats import parse_datetime, parse_timespan
from qarnot_hl._core.json_types import Json, JsonObject

T = TypeVar("T")
Reader = Callable[[Json], T]
NOTHING: JsonObject = {}


class Moment(str):
    """A date and time as the API writes it; :attr:`datetime` is its value."""

    __slots__ = ()

    @property
    def datetime(self) -> datetime:
        """The moment in UTC. Raises ValueError when the text is not one."""
        return parse_datetime(self) or datetime.min.replace(tzinfo=UTC)


class Timespan(str):
    """A duration as the API writes it, like ``1.02:03:04``; :attr:`timedelta` is its value."""

    __slots__ = ()

    @property
    def timedelta(self) -> timedelta:
        """The duration. Raises ValueError when the text is not one."""
        return parse_timespan(self)


def lookup(json: JsonObject, key: str) -> Json:
    """The value under a key: spelled so, else in any other letter case; None when there is none."""
    if key in json:
        return json[key]
    folded = key.lower()
    return next((value for name, value in json.items() if name.lower() == folded), None)


def text(value: Json) -> str | None:
    """A string, else None."""
    return value if isinstance(value, str) else None


def integer(value: Json) -> int | None:
    """A whole number, else None; ``3.0`` counts as one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if value == value // 1 else None


def number(value: Json) -> float | None:
    """A number, else None."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def flag(value: Json) -> bool | None:
    """True or false, else None."""
    return value if isinstance(value, bool) else None


def moment(value: Json) -> Moment | None:
    """A date and time; None also for the year 1, by which the API writes "unset" (reference 3)."""
    return Moment(value) if isinstance(value, str) and value and not value.startswith("0001-") else None


def timespan(value: Json) -> Timespan | None:
    """A duration, else None."""
    return Timespan(value) if isinstance(value, str) and value else None


def moment_value(value: Json) -> datetime | None:
    """A date and time as a datetime in UTC; None when unset or unreadable."""
    try:
        return parse_datetime(value) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None


def mapping(value: Json) -> JsonObject:
    """An object; the empty one when there is none."""
    return value if isinstance(value, Mapping) else NOTHING


def items(value: Json) -> list[Json]:
    """A list; the empty one when there is none."""
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else []


def objects(value: Json) -> list[JsonObject]:
    """The objects of a list."""
    return [entry for entry in items(value) if isinstance(entry, Mapping)]


def texts(value: Json) -> list[str]:
    """The strings of a list."""
    return [entry for entry in items(value) if isinstance(entry, str)]


def pairs(value: Json) -> dict[str, str]:
    """A dict from the API's list of ``{key, value}``."""
    found = ((lookup(entry, "key"), lookup(entry, "value")) for entry in objects(value))
    return {key: str(value) for key, value in found if isinstance(key, str) and value is not None}


def one(build: Callable[[JsonObject], T]) -> Reader[T | None]:
    """A reader of one object, None when there is none."""
    return lambda value: build(value) if isinstance(value, Mapping) else None


def many(build: Callable[[JsonObject], T]) -> Reader[list[T]]:
    """A reader of a list of objects, empty when there is none."""
    return lambda value: [build(entry) for entry in objects(value)]


class _Wire(Generic[T]):
    """A row of a table: where a value stands in the JSON, and how it is read."""

    def __init__(self, key: str, read: Reader[T]) -> None:
        self.key = key
        self.read = read


def wire(key: str, read: Reader[T]) -> T:
    """Declares an attribute of a :class:`WireValue`: its key in the JSON and its reader."""
    return cast(T, _Wire(key, read))


class WireValue:
    """A read-only value made from JSON by the table that its class attributes are.

    Indexing gives the JSON itself, in any letter case, so that fields of a newer server can be read too.
    """

    _table: ClassVar[Mapping[str, _Wire[Any]]] = {}

    def __init_subclass__(cls) -> None:
        cls._table = {**cls._table, **{name: row for name, row in vars(cls).items() if isinstance(row, _Wire)}}

    def __init__(self, json: JsonObject) -> None:
        self.__dict__.update({name: row.read(lookup(json, row.key)) for name, row in self._table.items()})
        self.__dict__["_json"] = json

    def __getitem__(self, key: str) -> Json:
        """The JSON under a key of the API. Raises KeyError."""
        json: JsonObject = self.__dict__["_json"]
        for name in (key, *(name for name in json if name.lower() == key.lower())):
            if name in json:
                return json[name]
        raise KeyError(key)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is read-only: it shows what the server said")

    def _shown(self) -> dict[str, object]:
        return {name: self.__dict__[name] for name in self._table}

    def __eq__(self, other: object) -> bool:
        """Whether all attributes are equal."""
        return self._shown() == other._shown() if type(other) is type(self) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # holds lists
    __iter__ = None  # or Python would count through __getitem__

    def __repr__(self) -> str:
        """What is known, by name."""
        shown = ", ".join(f"{name}={value!r}" for name, value in self._shown().items() if value not in (None, []))
        return f"{type(self).__name__}({shown})"

    def __rich_repr__(self) -> Any:
        """The same for rich."""
        yield from ((name, value, None) for name, value in self._shown().items() if value != [])
