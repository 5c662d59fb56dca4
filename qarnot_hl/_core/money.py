"""Credits: what something has cost, or what is left. Pure."""

from __future__ import annotations

from attrs import Factory, field, frozen

from qarnot_hl._core.json_types import JsonObject
from qarnot_hl._core.wire_values import lookup, mapping, number, objects
from qarnot_hl.budget import Budget


@frozen
class Credits:
    """An amount, in euros and in cents."""

    amount_in_euros: float
    amount_in_cents: float = field(
        init=False, default=Factory(lambda credits: credits.amount_in_euros * 100, takes_self=True)
    )

    @classmethod
    def from_json(cls, json: JsonObject | None) -> Credits | None:
        """Reads the wire form; None for null or no amount."""
        amount = number(lookup(mapping(json), "credits"))
        return None if amount is None else cls(amount)


def budgets_of(body: JsonObject) -> list[Budget]:
    """The budgets of an answer."""
    return [Budget._read(entry) for entry in objects(lookup(body, "budgets"))]
