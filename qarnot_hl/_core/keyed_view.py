"""A dict of value objects that belongs to an object of the cloud, where the API writes a list. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Generic, TypeVar

from qarnot_hl._core.json_types import Json, JsonObject
from qarnot_hl._core.resource_state import Read, Write
from qarnot_hl._core.wire_values import lookup, objects, text

T = TypeVar("T")


class KeyedView(MutableMapping[str, T], Generic[T]):
    """Each change is noted as a local edit. ``dict(view)`` is a copy; changing a value needs setting it again."""

    def __init__(
        self, read: Read, write: Write, key: str, decode: Callable[[JsonObject], T], encode: Callable[[T, str], Json]
    ) -> None:
        self._read, self._write, self._key, self._decode, self._encode = read, write, key, decode, encode

    def _entries(self) -> dict[str, JsonObject]:
        named = ((text(lookup(entry, self._key)), entry) for entry in objects(self._read()))
        return {name: entry for name, entry in named if name is not None}

    def __getitem__(self, key: str) -> T:
        return self._decode(self._entries()[key])

    def __setitem__(self, key: str, value: T) -> None:
        self._write(list(({**self._entries(), key: self._encode(value, key)}).values()))

    def __delitem__(self, key: str) -> None:
        entries = self._entries()
        del entries[key]
        self._write(list(entries.values()))

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries())

    def __len__(self) -> int:
        return len(self._entries())

    def __repr__(self) -> str:
        """As a dict."""
        return repr(dict(self))

    def __reduce__(self) -> tuple[type[dict[str, T]], tuple[dict[str, T]]]:
        """Pickles and copies as a plain dict."""
        return dict, (dict(self),)


def encode_all(content: Mapping[str, T] | None, encode: Callable[[T, str], Json]) -> Json:
    """A dict of such values as the API's list; None is the empty one."""
    return [encode(value, key) for key, value in (content or {}).items()]
