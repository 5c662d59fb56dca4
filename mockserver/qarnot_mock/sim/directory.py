"""All objects of one kind, by uuid in the order of their creation, found by shortname as well without a search."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol, TypeVar


class Named(Protocol):
    """An object with a name that is unique in its kind; both never change."""

    @property
    def uuid(self) -> str: ...

    @property
    def shortname(self) -> str: ...


T = TypeVar("T", bound=Named)


class Directory(dict[str, T]):
    """A dict of uuid to object that also knows shortnames. It changes by item assignment and deletion only."""

    def __init__(self) -> None:
        super().__init__()
        self._uuid_of: dict[str, str] = {}

    @property
    def names(self) -> Mapping[str, str]:
        """Every name that is taken, uuids included, and whose it is."""
        return MappingProxyType(self._uuid_of)

    def find(self, key: str) -> T | None:
        """The object with this uuid or shortname."""
        uuid = self._uuid_of.get(key)
        return None if uuid is None else self[uuid]

    def __setitem__(self, uuid: str, item: T) -> None:
        super().__setitem__(uuid, item)
        self._uuid_of |= {item.shortname: uuid, uuid: uuid}

    def __delitem__(self, uuid: str) -> None:
        item = self[uuid]
        super().__delitem__(uuid)
        for name in {item.shortname, uuid}:
            del self._uuid_of[name]
