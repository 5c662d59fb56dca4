"""Filters of the listings, in their wire form (reference 3.2). Pure; a filter is plain JSON and can be nested
freely.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from qarnot_hl._core.json_types import Json, JsonObject

ApiFilter: TypeAlias = JsonObject


class Filters:
    """Builds filters: leaves compare one field, nodes join filters.

    Field names are those of the server, for example ``Name``, ``State``, ``Tags``, ``CreationDate``; their
    case does not matter. ``equal`` on a list field such as ``Tags`` means "contains".
    """

    @staticmethod
    def data_detail(
        filters: ApiFilter | None = None,
        select: Sequence[str] | None = None,
        maximum_results: int | None = None,
    ) -> JsonObject:
        """The body of a search: which objects, which of their fields, how many at most."""
        fields: Json = None if select is None else {"fields": list(select)}
        return {"filter": filters, "select": fields, "maximumResults": maximum_results}

    @staticmethod
    def node_or(filters: Sequence[ApiFilter]) -> ApiFilter:
        """Any of the filters holds."""
        return {"operator": "Or", "filters": list(filters)}

    @staticmethod
    def node_and(filters: Sequence[ApiFilter]) -> ApiFilter:
        """All of the filters hold."""
        return {"operator": "And", "filters": list(filters)}

    @staticmethod
    def equal(field: str, value: Json) -> ApiFilter:
        """The field has this value."""
        return _leaf("Equal", field, value)

    @staticmethod
    def not_equal(field: str, value: Json) -> ApiFilter:
        """The field has another value."""
        return _leaf("NotEqual", field, value)

    @staticmethod
    def inside(field: str, value: Iterable[Json]) -> ApiFilter:
        """The field has one of these values."""
        return {"operator": "In", "field": field, "values": list(value)}

    @staticmethod
    def not_inside(field: str, value: Iterable[Json]) -> ApiFilter:
        """The field has none of these values."""
        return {"operator": "NotIn", "field": field, "values": list(value)}

    @staticmethod
    def less_or_equal(field: str, value: Json) -> ApiFilter:
        """The field is at most this."""
        return _leaf("LessThanOrEqual", field, value)

    @staticmethod
    def less(field: str, value: Json) -> ApiFilter:
        """The field is below this."""
        return _leaf("LessThan", field, value)

    @staticmethod
    def greater_or_equal(field: str, value: Json) -> ApiFilter:
        """The field is at least this."""
        return _leaf("GreaterThanOrEqual", field, value)

    @staticmethod
    def greater(field: str, value: Json) -> ApiFilter:
        """The field is above this."""
        return _leaf("GreaterThan", field, value)

    @staticmethod
    def like(field: str, value: str) -> ApiFilter:
        """The field matches this regular expression."""
        return _leaf("Like", field, value)


def _leaf(operator: str, field: str, value: Json) -> ApiFilter:
    return {"operator": operator, "field": field, "value": value}


def concat_filters(filters: Sequence[ApiFilter], exclude_filter: bool = True) -> ApiFilter | None:
    """One filter from many: all of them (default), or any of them with ``exclude_filter=False``; None from
    none.
    """
    if not filters:
        return None
    if len(filters) == 1:
        return filters[0]
    return Filters.node_and(filters) if exclude_filter else Filters.node_or(filters)


def all_tag_filter(tags: str | Iterable[str]) -> ApiFilter | None:
    """Objects that have every one of the tags."""
    return concat_filters([Filters.equal("Tags", tag) for tag in _listed(tags)])


def or_tag_filter(tags: str | Iterable[str]) -> ApiFilter | None:
    """Objects that have any of the tags."""
    return concat_filters([Filters.equal("Tags", tag) for tag in _listed(tags)], exclude_filter=False)


def tag_filter(tags: str | Iterable[str] | None, tags_intersect: str | Iterable[str] | None) -> ApiFilter | None:
    """The documented pair of arguments as one filter; ``tags_intersect`` wins when both are given."""
    if tags_intersect:
        return all_tag_filter(tags_intersect)
    return or_tag_filter(tags) if tags else None


create_task_filter = create_pool_filter = create_job_filter = tag_filter


def _listed(tags: str | Iterable[str]) -> list[str]:
    return [tags] if isinstance(tags, str) else list(tags)


def selected(names: Sequence[str], keys: Mapping[str, str]) -> list[str]:
    """The server's names of the fields to select, the uuid among them; ``keys`` has them by attribute.

    What is no attribute is taken for the server's own name. Raises TypeError for one text in place of a list.
    """
    if isinstance(names, str):
        raise TypeError(f"select is a list of names: [{names!r}]")
    return list(dict.fromkeys(["uuid", *(keys.get(name, name) for name in names)]))


def page_request(
    filters: ApiFilter | None = None,
    token: str | None = None,
    maximum: int | None = None,
    order_by: str | None = None,
    descending: bool = False,
) -> dict[str, Json]:
    """The body of a paginate call; what is None is left to the server."""
    wanted: Mapping[str, Json] = {
        "filter": filters,
        "token": token,
        "maximumResults": maximum,
        "orderBy": order_by,
        "orderType": ("DESC" if descending else "ASC") if order_by else None,
    }
    return {key: value for key, value in wanted.items() if value is not None}
