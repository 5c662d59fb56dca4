"""Documented module ``advanced_bucket``: which files of a resource bucket a task sees, and under which names.

Values and their wire form (reference 3.11, AdvancedBucket); no I/O. What a newer server adds is kept and written back.
"""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Generic, Self, TypeVar

from qarnot_hl._core.json_types import Json, JsonObject
from qarnot_hl._core.safe_paths import sanitised
from qarnot_hl._core.wire_values import lookup, text
from qarnot_hl._core.wired import beyond

__all__ = [
    "AbstractFiltering",
    "AbstractResourcesTransformation",
    "BucketPathWarning",
    "BucketPrefixFiltering",
    "Filtering",
    "PrefixResourcesTransformation",
    "ResourcesTransformation",
]


class BucketPathWarning(UserWarning):
    """A bucket path was not used as it was given."""


def sanitised_path(path: str, show_warnings: bool = True) -> str:
    """A path without needless slashes and blanks; says so in a :class:`BucketPathWarning`."""
    clean, changes = sanitised(path)
    if changes and show_warnings:
        warnings.warn(
            f"bucket path {path!r} is used as {clean!r} ({', '.join(changes)}); to use it as it is, open the "
            "connection with sanitize_bucket_paths=False",
            BucketPathWarning,
            stacklevel=3,
        )
    return clean


class _PrefixPart:
    """A part of an advanced bucket that holds one prefix."""

    name = ""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self._more: JsonObject = {}

    @classmethod
    def from_json(cls, json: JsonObject) -> Self:
        """Made from the wire form."""
        part = cls(text(lookup(json, "prefix")) or "")
        part._more = beyond(json, {"prefix"})
        return part

    def to_json(self) -> JsonObject:
        """The wire form."""
        return {"prefix": self.prefix, **self._more}

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.prefix!r})"

    def __eq__(self, other: object) -> bool:
        return self.to_json() == other.to_json() if isinstance(other, type(self)) else NotImplemented

    def __hash__(self) -> int:
        return hash((type(self), self.prefix))

    def _sanitise(self, show_warnings: bool) -> None:
        self.prefix = sanitised_path(self.prefix, show_warnings)


class AbstractFiltering(ABC):
    """A choice of the files that a task sees. ``name`` is the wire name."""

    name: str = "abstractFiltering"

    @abstractmethod
    def to_json(self) -> JsonObject:
        """The wire form."""

    @classmethod
    @abstractmethod
    def from_json(cls, json: JsonObject) -> Self:
        """Made from the wire form."""

    @abstractmethod
    def sanitize_filter_paths(self, show_warnings: bool) -> None:
        """Drop needless slashes from its paths, in place."""


class BucketPrefixFiltering(_PrefixPart, AbstractFiltering):
    """Only files whose name starts with ``prefix``."""

    name = "prefixFiltering"

    def sanitize_filter_paths(self, show_warnings: bool) -> None:
        """Drop needless slashes from the prefix, in place."""
        self._sanitise(show_warnings)


class AbstractResourcesTransformation(ABC):
    """A change of the names that a task sees. ``name`` is the wire name."""

    name: str = "abstractResourcesTransformation"

    @abstractmethod
    def to_json(self) -> JsonObject:
        """The wire form."""

    @classmethod
    @abstractmethod
    def from_json(cls, json: JsonObject) -> Self:
        """Made from the wire form."""

    @abstractmethod
    def sanitize_transformation_paths(self, show_warnings: bool) -> None:
        """Drop needless slashes from its paths, in place."""


class PrefixResourcesTransformation(_PrefixPart, AbstractResourcesTransformation):
    """``prefix`` is taken off the names of the files."""

    name = "stripPrefix"

    def sanitize_transformation_paths(self, show_warnings: bool) -> None:
        """Drop needless slashes from the prefix, in place."""
        self._sanitise(show_warnings)


Part = TypeVar("Part", AbstractFiltering, AbstractResourcesTransformation)


class _Parts(Generic[Part]):
    """At most one part of each wire name; a later one replaces it."""

    def __init__(self, parts: Iterable[Part] = ()) -> None:
        self._parts: dict[str, Part] = {part.name: part for part in parts}
        self._more: JsonObject = {}

    @classmethod
    def _read(cls, json: JsonObject, name: str, read: Callable[[JsonObject], Part]) -> Self:
        """The part of the one kind that is known; others are kept as the server wrote them."""
        found = lookup(json, name)
        parts = cls([read(found)] if isinstance(found, Mapping) else [])
        parts._more = beyond(json, {name})
        return parts

    def to_json(self) -> JsonObject:
        """The wire form; empty for none."""
        return {name: part.to_json() for name, part in self._parts.items()} | dict(self._more)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({list(self._parts.values())!r})"

    def __eq__(self, other: object) -> bool:
        return self.to_json() == other.to_json() if isinstance(other, type(self)) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # it can change


class Filtering(_Parts[AbstractFiltering]):
    """The choices of files of one bucket."""

    def append(self, filtering: AbstractFiltering) -> None:
        """Add one, or replace the one of its kind."""
        self._parts[filtering.name] = filtering

    @classmethod
    def from_json(cls, json: Mapping[str, Json]) -> Filtering:
        """Made from the wire form."""
        return cls._read(json, BucketPrefixFiltering.name, BucketPrefixFiltering.from_json)

    def sanitize_filter_paths(self, show_warning: bool) -> None:
        """Drop needless slashes from all paths, in place."""
        for part in self._parts.values():
            part.sanitize_filter_paths(show_warning)


class ResourcesTransformation(_Parts[AbstractResourcesTransformation]):
    """The changes of names of one bucket."""

    def append(self, resource: AbstractResourcesTransformation) -> None:
        """Add one, or replace the one of its kind."""
        self._parts[resource.name] = resource

    @classmethod
    def from_json(cls, json: Mapping[str, Json]) -> ResourcesTransformation:
        """Made from the wire form."""
        return cls._read(json, PrefixResourcesTransformation.name, PrefixResourcesTransformation.from_json)

    def sanitize_transformation_paths(self, show_warning: bool) -> None:
        """Drop needless slashes from all paths, in place."""
        for part in self._parts.values():
            part.sanitize_transformation_paths(show_warning)
