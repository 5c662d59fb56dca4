"""How an object says to which pool or job it belongs. Pure."""

from __future__ import annotations

from typing import ClassVar, Protocol


class Owner(Protocol):
    """A pool or a job."""

    NOUN: ClassVar[str]

    @property
    def uuid(self) -> str | None:
        """None before submit."""
        ...


def submitted_uuid(owner: Owner | str | None, kind: type[Owner]) -> str | None:
    """The uuid of a submitted pool or job, given as itself or by uuid; None for None.

    Raises ValueError for one that is not submitted, TypeError for anything that is not of that kind.
    """
    if owner is None or isinstance(owner, str):
        return owner
    if not isinstance(owner, kind):
        raise TypeError(f"{owner!r} is neither a {kind.NOUN} nor the uuid of one")
    if owner.uuid is None:
        raise ValueError(f"{owner!r} is not submitted, so nothing can run in it yet: submit it first")
    return owner.uuid
