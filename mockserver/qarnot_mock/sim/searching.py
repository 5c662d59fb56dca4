"""Collections of any kind of object: lists by tag, search with selected fields, pages (reference 2.4 end, 3.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

import attrs

from qarnot_mock.sim import paging
from qarnot_mock.sim.commands import Answer, Command, Json
from qarnot_mock.sim.filters import NEITHER, candidates, compile_filter, problem
from qarnot_mock.sim.records import Record
from qarnot_mock.sim.state import Departed, State

T = TypeVar("T", bound=Record)
Handler = Callable[[State, Command], Answer]
Show = Callable[[State, T], Mapping[str, Json]]
Order = Callable[[State, T], str | int]

_DEPARTED: Mapping[str, Callable[[Departed], str | int]] = {
    "creationdate": lambda departed: departed.created,
    "name": lambda departed: departed.name,
    "state": lambda departed: departed.state,
    "executiontime": lambda departed: departed.execution_time,
}


@attrs.frozen
class Collection(Generic[T]):
    """One kind of object as lists, searches and pages see it; its methods make handlers.

    ``fields`` are all that a filter or a selection can name, ``show`` makes an answer of some of them, ``orders`` maps
    lower-case names to what is ordered by, the ones that deleted objects keep; ``select_only`` names what cannot be
    filtered by, besides what never can.
    """

    kind: str
    records: Callable[[State], Mapping[str, T]]
    fields: Mapping[str, Callable[[State, T], Json]]
    show: Callable[[State, T, Iterable[str]], Mapping[str, Json]]
    orders: Mapping[str, Order[T]]
    select_only: frozenset[str] = frozenset()

    def listing(self, show: Show[T]) -> Handler:
        """Everything, or with tags what has any of them."""
        return lambda state, command: Answer([show(state, record) for record in self._tagged(state, command)])

    def search(self, state: State, command: Command) -> Answer:
        """Only the selected fields are filled; without a selection, all are."""
        body = _body(command)
        names = self._selection(body.get("select"))
        found = self._matching(state, body)[: paging.size_of(body, default=None)]
        return Answer([self.show(state, record, names) for record in found])

    def pages(self, show: Show[T]) -> Handler:
        """A page; filters see all fields, whatever is shown."""
        return lambda state, command: self._page(state, _body(command), show)

    def _tagged(self, state: State, command: Command) -> list[T]:
        tags = command.arguments.get("tag") or ()
        wanted = [tags] if isinstance(tags, str) else list(tags) if isinstance(tags, Sequence) else []
        every = self.records(state).values()
        return [record for record in every if not wanted or any(tag in record.tags for tag in wanted)]

    def _matching(self, state: State, body: Mapping[str, Json]) -> list[T]:
        matches = compile_filter(body.get("filter"), self.fields.keys() - self.select_only)
        return [record for record in self._eligible(state, body) if matches(self._look_up(state, record))]

    def _eligible(self, state: State, body: Mapping[str, Json]) -> Iterable[T]:
        """All, or those of the uuids that the filter names: then it costs no look at the others."""
        records, named = self.records(state), candidates(body.get("filter"), "uuid")
        if named is None:
            return records.values()
        found = (records[uuid] for uuid in named if uuid in records)
        return sorted(found, key=lambda record: record.number)

    def _look_up(self, state: State, record: T) -> Callable[[str], Json]:
        return lambda name: self.fields[name](state, record)

    def _selection(self, select: Json) -> list[str]:
        names = {name.lower(): name for name in self.fields if name not in NEITHER}
        given = select.get("fields") if isinstance(select, Mapping) else select
        if given is None:
            return list(self.fields)
        wanted = [str(name) for name in given] if isinstance(given, Sequence) else []
        unknown = [name for name in wanted if name.lower() not in names]
        if unknown:
            raise problem("select.fields", f"{unknown[0]!r} is no field that can be selected.")
        return [names[name.lower()] for name in wanted]

    def _page(self, state: State, body: Mapping[str, Json], show: Show[T]) -> Answer:
        order = self._order(body)
        direction = str(body.get("orderType") or "ASC").upper()
        if direction not in ("ASC", "DESC"):
            raise problem("orderType", "orderType is ASC or DESC.")
        page = paging.page(
            self._matching(state, body),
            lambda record: (self.orders[order](state, record), record.number),
            self._position(state, body.get("token"), order),
            descending=direction == "DESC",
            size=paging.size_of(body) or paging.DEFAULT_PAGE_SIZE,
            mark=paging.Mark(state.settings.seed, self.kind),
        )
        return Answer(
            {
                "data": [show(state, record) for record in page.items],
                "nextToken": page.next_token,
                "isTruncated": page.next_token is not None,
                "count": len(page.items),
                "total": page.total,
            }
        )

    def _order(self, body: Mapping[str, Json]) -> str:
        order = str(body.get("orderBy") or "creationDate").lower()
        if order not in self.orders:
            raise problem("orderBy", f"{self.kind.capitalize()}s cannot be ordered by {body.get('orderBy')!r}.")
        return order

    def _position(self, state: State, text: Json, order: str) -> paging.SortKey | None:
        if not text:
            return None
        number = paging.token_number(paging.Mark(state.settings.seed, self.kind), str(text))
        for record in self.records(state).values():
            if record.number == number:
                return self.orders[order](state, record), number
        departed = state.departed.get(self.kind, {})
        if number not in departed:
            raise problem("token", "The token is not one that this server gave.")
        return _DEPARTED[order](departed[number]), number


def _body(command: Command) -> Mapping[str, Json]:
    return command.body if isinstance(command.body, Mapping) else {}
