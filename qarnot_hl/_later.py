"""Documented calls about pools, which come with a later version: they keep their names and say so."""

from __future__ import annotations

from typing import NoReturn

from qarnot_hl.exceptions import NotInThisVersion


def later(call: str) -> NoReturn:
    """Refuse, naming the call."""
    raise NotInThisVersion(
        f"{call}: pools are not part of this version of qarnot-hl",
        next_step="Give the task a profile, or use the official package for this call.",
    )


class PoolsLater:
    """The documented methods of a connection that take or return a pool; each raises
    ``NotInThisVersion``.
    """

    def pools(self, summary: bool = True, tags_intersect: object = None, tags: object = None) -> NoReturn:
        """Not in this version."""
        later("pools")

    def retrieve_pool(self, uuid: str) -> NoReturn:
        """Not in this version."""
        later("retrieve_pool")

    def create_pool(self, name: str, profile: str, instancecount: int = 1, shortname: str | None = None) -> NoReturn:
        """Not in this version."""
        later("create_pool")

    def create_elastic_pool(
        self,
        name: str,
        profile: str,
        minimum_total_slots: int = 0,
        maximum_total_slots: int = 1,
        minimum_idle_slots: int = 0,
        minimum_idle_time_seconds: int = 0,
        resize_factor: float = 1,
        resize_period: int = 90,
        shortname: str | None = None,
    ) -> NoReturn:
        """Not in this version."""
        later("create_elastic_pool")
