"""Documented module ``budget``: how much a project may spend, and what happens when it is spent."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from attrs import field, frozen

from qarnot_hl._core.json_types import Json, JsonObject
from qarnot_hl._core.wire_values import flag, moment_value, number, text
from qarnot_hl._core.wired import FrozenWired, keyed

__all__ = ["AlertOnlyPolicy", "BlockNewPolicy", "Budget", "BudgetOverrunPolicy", "StopAndBlockAllPolicy"]


class BudgetOverrunPolicy:
    """One of the subclasses, or a policy that this version does not know. Equal when the names are."""

    policy: ClassVar[str | None] = None

    @classmethod
    def from_string(cls, policy: str | None) -> BudgetOverrunPolicy | None:
        """The policy of that name in any letter case; None for None. An unknown name is kept."""
        if policy is None:
            return None
        for kind in (AlertOnlyPolicy, BlockNewPolicy, StopAndBlockAllPolicy):
            if str(kind.policy).lower() == policy.lower():
                return kind()
        unknown = BudgetOverrunPolicy()
        unknown.__dict__["policy"] = policy
        return unknown

    def __eq__(self, other: object) -> bool:
        """Whether the names are equal."""
        return self.policy == other.policy if isinstance(other, BudgetOverrunPolicy) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.policy)

    def __str__(self) -> str:
        """The name."""
        return str(self.policy)

    def __repr__(self) -> str:
        """The name as an expression."""
        return f"BudgetOverrunPolicy.from_string({self.policy!r})"


class AlertOnlyPolicy(BudgetOverrunPolicy):
    """Nothing but a message."""

    policy = "AlertOnly"


class BlockNewPolicy(BudgetOverrunPolicy):
    """What runs goes on; nothing new is accepted."""

    policy = "BlockNew"


class StopAndBlockAllPolicy(BudgetOverrunPolicy):
    """What runs is stopped, and nothing new is accepted."""

    policy = "StopAndBlockAll"


def _policy(value: Json) -> BudgetOverrunPolicy | None:
    return BudgetOverrunPolicy.from_string(text(value))


@frozen
class Budget(FrozenWired):
    """A budget of a project. Amounts are cents and may be negative; ``expiration_date_utc`` None: never."""

    uuid: str | None = field(metadata=keyed("uuid", read=text))
    alias: str | None = field(metadata=keyed("alias", read=text))
    consumed_in_cents: float | None = field(metadata=keyed("consumedAmountInCents", read=number))
    total_in_cents: float | None = field(metadata=keyed("totalAmountInCents", read=number))
    remaining_in_cents: float | None = field(metadata=keyed("remainingAmountInCents", read=number))
    budget_overrun_policy: BudgetOverrunPolicy | None = field(metadata=keyed("budgetOverrunPolicy", read=_policy))
    start_date_utc: datetime | None = field(metadata=keyed("startDateUtc", read=moment_value))
    expiration_date_utc: datetime | None = field(metadata=keyed("expirationDateUtc", read=moment_value))
    is_archived: bool | None = field(metadata=keyed("isArchived", read=flag))

    @classmethod
    def from_json(cls, json_budget: JsonObject | None) -> Budget | None:
        """Reads the wire form; None for null."""
        return None if json_budget is None else cls._read(json_budget)
