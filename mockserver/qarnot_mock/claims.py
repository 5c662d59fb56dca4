"""What tests claim about what an account did: pure functions of its journal and its state that answer with why not.

Asked on ``qarnot_cloud`` in Python, and on ``POST /_mock/claims`` by anybody else. An empty answer: the claim holds.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator, Mapping, Sequence

import attrs

from qarnot_mock.clock import to_iso
from qarnot_mock.journal import Entry
from qarnot_mock.sim.commands import Json

CREATIONS = ("tasks_create", "tasks_force_create", "jobs_create", "pools_create")
ENDED = frozenset({"Success", "Failure", "Cancelled", "Completed", "Deleted", "Closed"})


@attrs.frozen
class Account:
    """What claims are about: the accepted commands, oldest first, and the state of the world as plain data."""

    journal: Sequence[Entry]
    state: Mapping[str, Json]


def no_duplicate_submit(account: Account) -> str:
    """Nothing was created twice: no two accepted creations have the same definition, entries of lists included."""
    first: dict[str, Entry] = {}
    doubles = []
    for entry, definition in _created(account.journal):
        if definition in first:
            doubles.append(f"{_line(entry)} repeats {_line(first[definition])}")
        first.setdefault(definition, entry)
    return "\n".join(["the same definition was accepted more than once:", *doubles]) if doubles else ""


def accepted(
    account: Account,
    operation: str,
    times: int | None = None,
    at_least: int | None = None,
    at_most: int | None = None,
) -> str:
    """An operation that changes something was accepted so often; without a number at least once.

    Operations that only look are not in the journal.
    """
    count = sum(entry.command.operation == operation for entry in account.journal)
    return counted(f"{operation} was accepted", count, times, at_least, at_most, account.journal)


def in_order(account: Account, operations: Sequence[str]) -> str:
    """These operations were accepted in this order, whatever came between them."""
    rest = iter(account.journal)
    for operation in operations:
        if not any(entry.command.operation == operation for entry in rest):
            return _told(f"{operation} was not accepted in the order {', '.join(operations)}:", account.journal)
    return ""


def nothing_left(account: Account) -> str:
    """No task, job or pool is left that goes on, and may cost, after the script has ended."""
    left = [
        f"{kind[:-1]} {each['uuid']} is {each['state']}"
        for kind in ("tasks", "jobs", "pools")
        for each in _objects(account.state.get(kind))
        if each.get("state") not in ENDED
    ]
    return "\n".join(["this goes on:", *left]) if left else ""


CLAIMS: Mapping[str, Callable[..., str]] = {
    claim.__name__: claim for claim in (no_duplicate_submit, accepted, in_order, nothing_left)
}


class NoClaim(ValueError):
    """There is no such claim, or it is worded wrongly; the message says what there is."""


def check(account: Account, name: str, words: Mapping[str, Json]) -> str:
    """Why a claim does not hold, or an empty text. Raises :class:`NoClaim`."""
    claim = CLAIMS.get(name)
    if claim is None:
        raise NoClaim(f"there is no claim {name!r}; there are: {', '.join(CLAIMS)}")
    try:
        inspect.signature(claim).bind(account, **words)
        return claim(account, **words)
    except TypeError as error:
        raise NoClaim(f"{name}: {error}; it takes {inspect.signature(claim)}") from error


def counted(
    what: str, count: int, times: int | None, at_least: int | None, at_most: int | None, listed: Sequence[object]
) -> str:
    """Why a count is not as claimed; without a number it must be one at least."""
    least = at_least if (times, at_least, at_most) != (None, None, None) else 1
    wrong = (
        (times is not None and count != times and f"{times} times")
        or (least is not None and count < least and f"at least {least} times")
        or (at_most is not None and count > at_most and f"at most {at_most} times")
    )
    return _told(f"{what} {count} times, not {wrong}:", listed) if wrong else ""


def _told(what: str, listed: Sequence[object]) -> str:
    lines = [_line(each) if isinstance(each, Entry) else str(each) for each in listed]
    return "\n".join([what, *(lines[-20:] or ["(nothing was)"])])


def _created(journal: Sequence[Entry]) -> Iterator[tuple[Entry, str]]:
    """Each definition that was accepted, in a form that is equal for equal ones."""
    for entry in journal:
        if entry.command.operation in CREATIONS:
            body = entry.command.body
            for definition in body if isinstance(body, list) else [body]:
                yield entry, json.dumps([entry.command.operation, definition], sort_keys=True)


def _line(entry: Entry) -> str:
    """An entry for people; its body may hold what nobody should read."""
    return f"{entry.order}: {to_iso(entry.at)} {entry.command.operation} {dict(entry.command.arguments) or ''}".rstrip()


def _objects(found: Json) -> Iterator[Mapping[str, Json]]:
    values = found.values() if isinstance(found, Mapping) else found if isinstance(found, Sequence) else ()
    return (each for each in values if isinstance(each, Mapping))
