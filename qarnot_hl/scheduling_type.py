"""Documented module ``scheduling_type``: on which terms instances get their machines."""

from __future__ import annotations

from typing import ClassVar

__all__ = ["FlexScheduling", "OnDemandScheduling", "ReservedScheduling", "SchedulingType"]


class SchedulingType:
    """One of the subclasses, or a kind that this version does not know. Equal when the names are."""

    schedulingType: ClassVar[str | None] = None  # noqa: N815  (the documented spelling)

    @classmethod
    def from_string(cls, schedulingType: str | None) -> SchedulingType:  # noqa: N803
        """The kind of that name in any letter case; flex for None. An unknown name is kept."""
        if schedulingType is None:
            return FlexScheduling()
        for kind in (FlexScheduling, OnDemandScheduling, ReservedScheduling):
            if str(kind.schedulingType).lower() == schedulingType.lower():
                return kind()
        unknown = SchedulingType()
        unknown.__dict__["schedulingType"] = schedulingType
        return unknown

    def to_json(self) -> str | None:
        """The name as the API spells it; an unknown one as it was read."""
        name = self.schedulingType
        return name if name is None or type(self) is SchedulingType else name[0].lower() + name[1:]

    def __eq__(self, other: object) -> bool:
        """Whether the names are equal."""
        return self.schedulingType == other.schedulingType if isinstance(other, SchedulingType) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.schedulingType)

    def __str__(self) -> str:
        """The name."""
        return str(self.schedulingType)

    def __repr__(self) -> str:
        """The name as an expression."""
        return f"SchedulingType.from_string({self.schedulingType!r})"


class FlexScheduling(SchedulingType):
    """Cheapest; instances may be interrupted and start again elsewhere."""

    schedulingType = "Flex"  # noqa: N815


class OnDemandScheduling(SchedulingType):
    """Instances are not interrupted."""

    schedulingType = "OnDemand"  # noqa: N815


class ReservedScheduling(SchedulingType):
    """On machines that the account has reserved."""

    schedulingType = "Reserved"  # noqa: N815
