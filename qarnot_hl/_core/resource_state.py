"""What an object knows: the server's last snapshot of it, swapped whole, and an overlay of local edits.

Pure: no I/O, no clock. A refresh replaces the snapshot and never the edits; a submit or commit settles the edits that
were sent. Everything is JSON in its wire form, so tasks, pools and jobs share this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any, Generic, TypeVar, overload

from attrs import define, field

from qarnot_hl._core.json_types import Json, JsonObject
from qarnot_hl._core.wire_values import items, lookup, mapping, objects, pairs
from qarnot_hl._core.wired import beyond

T = TypeVar("T")


@define(eq=False)
class ResourceState:
    """``snapshot`` may lack fields when it is not ``complete``, as a summary is. ``fetched_at`` is in seconds of the
    connection's stopwatch; None: too old by any measure.
    """

    snapshot: JsonObject = field(factory=dict)
    complete: bool = True
    fetched_at: float | None = None
    edits: dict[str, Json] = field(factory=dict)

    def get(self, key: str) -> Json:
        """The value as it would be read now: the local edit, else the server's, else None."""
        return self.edits[key] if key in self.edits else lookup(self.snapshot, key)

    def knows(self, key: str) -> bool:
        """Whether ``get`` tells the truth: the field is edited, in the snapshot, or absent from a complete one."""
        return self.complete or key in self.edits or key.lower() in {name.lower() for name in self.snapshot}

    def edit(self, key: str, value: Json) -> None:
        """Note a local edit; nothing is sent."""
        self.edits[key] = value

    def replace(self, snapshot: JsonObject, fetched_at: float | None, *, complete: bool = True) -> None:
        """Take what the server said; edits stay."""
        self.snapshot, self.fetched_at, self.complete = snapshot, fetched_at, complete

    def settle(self, sent: Mapping[str, Json]) -> None:
        """The server has accepted these edits: they are its snapshot now. A later edit of the same field stays."""
        self.snapshot = {**self.snapshot, **sent}
        for key, value in sent.items():
            if key in self.edits and self.edits[key] is value:
                del self.edits[key]

    def __getstate__(self) -> dict[str, object]:
        """Without the age, which another process's stopwatch could not read."""
        return {"snapshot": self.snapshot, "complete": self.complete, "edits": self.edits}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.snapshot, self.complete, self.edits = state["snapshot"], state["complete"], state["edits"]
        self.fetched_at = None


Read = Callable[[], Json]
Write = Callable[[Json], None]


class DictView(MutableMapping[str, str]):
    """A dict of texts that belongs to an object: each change is noted there as a local edit.

    It always shows the object's present content. ``dict(view)`` is a copy. A value that is not a text is turned into
    one; None is refused.
    """

    def __init__(self, read: Read, write: Write) -> None:
        self._read, self._write = read, write

    def _content(self) -> dict[str, str]:
        """The texts by key."""
        return {str(key): str(value) for key, value in mapping(self._read()).items()}

    def _store(self, content: Mapping[str, str]) -> None:
        self._write(dict(content))

    def __getitem__(self, key: str) -> str:
        return self._content()[key]

    def __setitem__(self, key: str, value: object) -> None:
        self._store(self._content() | as_texts({key: value}))

    def __delitem__(self, key: str) -> None:
        content = self._content()
        del content[key]
        self._store(content)

    def __iter__(self) -> Iterator[str]:
        return iter(self._content())

    def __len__(self) -> int:
        return len(self._content())

    def __repr__(self) -> str:
        """As a dict."""
        return repr(self._content())

    def __reduce__(self) -> tuple[type[dict[str, str]], tuple[dict[str, str]]]:
        """Pickles and copies as a plain dict."""
        return dict, (self._content(),)


class PairsView(DictView):
    """The same where the API writes a list of ``{key, value}``. What else an entry says stays with its key."""

    def _content(self) -> dict[str, str]:
        return pairs(self._read())

    def _store(self, content: Mapping[str, str]) -> None:
        self._write(self._as_entries(content))

    def _as_entries(self, content: Mapping[str, object]) -> list[Json]:
        known = {lookup(entry, "key"): beyond(entry, {"key", "value"}) for entry in objects(self._read())}
        return [{"key": key, "value": value, **known.get(key, {})} for key, value in as_texts(content).items()]


class ListView(MutableSequence[T], Generic[T]):
    """A list that belongs to an object: each change is noted there as a local edit. ``list(view)`` is a copy."""

    def __init__(self, read: Read, write: Write, decode: Callable[[Json], T], encode: Callable[[T], Json]) -> None:
        self._read, self._write, self._decode, self._encode = read, write, decode, encode

    def _content(self) -> list[T]:
        return [self._decode(entry) for entry in items(self._read())]

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        return self._content()[index]

    @overload
    def __setitem__(self, index: int, value: T) -> None: ...
    @overload
    def __setitem__(self, index: slice, value: Iterable[T]) -> None: ...
    def __setitem__(self, index: int | slice, value: T | Iterable[T]) -> None:
        content = self._content()
        content[index] = value  # type: ignore[index, assignment]  # the overloads pair them
        self._store(content)

    def __delitem__(self, index: int | slice) -> None:
        content = self._content()
        del content[index]
        self._store(content)

    def __len__(self) -> int:
        return len(items(self._read()))

    def insert(self, index: int, value: T) -> None:
        """Put a value before the one at ``index``."""
        content = self._content()
        content.insert(index, value)
        self._store(content)

    def _store(self, content: Sequence[T]) -> None:
        self._write([self._encode(value) for value in content])

    def __eq__(self, other: object) -> bool:
        """Whether the other is a list with equal values."""
        return self._content() == list(other) if isinstance(other, list | ListView) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """As a list."""
        return repr(self._content())

    def __reduce__(self) -> tuple[type[list[T]], tuple[list[T]]]:
        """Pickles and copies as a plain list."""
        return list, (self._content(),)


def as_texts(content: Mapping[str, object]) -> dict[str, str]:
    """Keys and values as texts. Raises ValueError for None, which would otherwise become the word."""
    for key, value in content.items():
        if value is None:
            raise ValueError(f"{key!r} is None: give it a text, or delete the key")
    return {str(key): str(value) for key, value in content.items()}


def as_pairs(content: Mapping[str, object]) -> list[Json]:
    """The API's list of ``{key, value}``."""
    if isinstance(content, PairsView):
        return content._as_entries(content)
    return [{"key": key, "value": value} for key, value in as_texts(content).items()]
