"""Attributes of an object as a table: each stands for one wire key of its state, with a reader and a rule for setting.

Pure: whether reading one fetches first is the flavour's business (``_before_read``); setting one only notes an edit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any, ClassVar, Generic, Protocol, TypeVar, overload

from qarnot_hl._core.json_types import Json
from qarnot_hl._core.resource_state import DictView, ListView, PairsView, ResourceState, as_pairs

T = TypeVar("T")
S = TypeVar("S")


class Settable(Enum):
    """When an attribute may be set."""

    NEVER = "it is the server's to say"
    BEFORE_SUBMIT = "it can be set until the object is submitted"
    ALWAYS = ""


class HasState(Protocol):
    """What a field needs of the object it belongs to."""

    _state: ResourceState

    @property
    def uuid(self) -> str | None:
        """None before submit."""
        ...

    def _before_read(self, key: str, attribute: str, moving: bool) -> None: ...


class Field(Generic[T, S]):
    """An attribute that reads as ``T`` and is set as ``S``.

    ``moving``: the server changes it by itself, so an automatic update refreshes it before it is read.
    """

    def __init__(
        self,
        doc: str,
        key: str,
        read: Callable[[Json], T],
        write: Callable[[S], Json] | None = None,
        *,
        settable: Settable = Settable.NEVER,
        moving: bool = False,
    ) -> None:
        self.__doc__ = doc
        self.key, self.read, self.write, self.settable, self.moving = key, read, write, settable, moving

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Field[T, S]: ...
    @overload
    def __get__(self, instance: HasState, owner: type) -> T: ...
    def __get__(self, instance: HasState | None, owner: type) -> T | Field[T, S]:
        if instance is None:
            return self
        instance._before_read(self.key, self.name, self.moving)
        return self.value_of(instance)

    def value_of(self, instance: HasState) -> T:
        """The value without fetching anything."""
        return self.read(instance._state.get(self.key))

    def __set__(self, instance: HasState, value: S) -> None:
        self.check_settable(instance)
        assert self.write is not None
        instance._state.edit(self.key, self.write(value))

    def check_settable(self, instance: HasState) -> None:
        """Raises AttributeError, as documented, when the attribute may not be set now."""
        too_late = self.settable is Settable.BEFORE_SUBMIT and instance.uuid is not None
        if self.settable is Settable.NEVER or too_late:
            raise AttributeError(f"can't set {self.name} of {instance!r}: {self.settable.value}")


class ViewField(Field[T, S]):
    """An attribute that reads as a view, through which the object can be changed in place."""

    def __init__(
        self,
        doc: str,
        key: str,
        view: Callable[[Callable[[], Json], Callable[[Json], None]], T],
        write: Callable[[S], Json],
        *,
        settable: Settable = Settable.ALWAYS,
        moving: bool = False,
    ) -> None:
        super().__init__(doc, key, self._refuse, write, settable=settable, moving=moving)
        self.view = view

    @staticmethod
    def _refuse(value: Json) -> Any:
        raise NotImplementedError("a view reads through its object")

    def value_of(self, instance: HasState) -> T:
        """A view, which shows what is known whenever it is looked into."""

        def read() -> Json:
            return instance._state.get(self.key)

        def write(value: Json) -> None:
            self.check_settable(instance)
            instance._state.edit(self.key, value)

        return self.view(read, write)


class FieldTable:
    """Base of classes with fields: finds them by name and by wire key."""

    fields: ClassVar[dict[str, Field[Any, Any]]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        bases = reversed(cls.__mro__)
        cls.fields = {name: row for base in bases for name, row in vars(base).items() if isinstance(row, Field)}

    @classmethod
    def attribute_names(cls) -> dict[str, str]:
        """The attribute behind each wire key."""
        return {row.key: name for name, row in cls.fields.items()}


def pairs_field(
    doc: str, key: str, *, settable: Settable, moving: bool = False
) -> ViewField[DictView, Mapping[str, object]]:
    """A dict that the API writes as a list of ``{key, value}``."""
    return ViewField(doc, key, PairsView, as_pairs, settable=settable, moving=moving)


def list_field(
    doc: str,
    key: str,
    decode: Callable[[Json], T],
    encode: Callable[[T], Json],
    *,
    settable: Settable,
    moving: bool = False,
) -> ViewField[ListView[T], Iterable[T] | None]:
    """A list whose entries are encoded one by one; None sets the empty one."""

    def write(values: Iterable[T] | None) -> Json:
        if isinstance(values, str | bytes):
            raise TypeError(f"{key} is a list: put {values!r} into one")
        return [encode(value) for value in values or ()]

    return ViewField(
        doc, key, lambda read, note: ListView(read, note, decode, encode), write, settable=settable, moving=moving
    )
