"""Creating an object exactly once on an API without idempotency keys: a state machine over outcomes. Pure.

A shortname is unique in the account, and an object is found by it. So a submit carries a nonce: in a generated
shortname, or, beside a shortname of the user's, in a label. What is found is adopted only when it carries the nonce. A
job has no labels: with a shortname of the user's a look comes first, and what appears after an uncertain sending is
ours.

========== ==================================== =======================================================
step       outcome                              then
========== ==================================== =======================================================
SEND       an object                            DONE
SEND       not reached; 429, 503                SEND once more
SEND       the server may have acted            LOOK
SEND       refused: the shortname is taken      LOOK, where what is there may be ours; else FAILED
SEND       refused otherwise                    FAILED
LOOK       the object, ours                     DONE
LOOK       nothing, or not ours                 SEND; FAILED where the sending was refused or is hopeless
LOOK       no answer to that                    FAILED
========== ==================================== =======================================================
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum

from attrs import evolve, frozen

from qarnot_hl._core.errors import read_refusal
from qarnot_hl._core.exchange import ApiResponse, NoAnswer, Outcome
from qarnot_hl._core.json_types import Json, JsonObject
from qarnot_hl._core.retry import failure_of, is_ambiguous
from qarnot_hl._core.retry_table import Failure
from qarnot_hl._core.wire_values import lookup, mapping, text

PREFIX = "qarnot-hl-"
LABEL = "qarnot-hl-submit-id"
SUBMIT_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,46}[A-Za-z0-9])?")


class Step(Enum):
    """What is to be done next."""

    SEND = "send the creation"
    LOOK = "ask for the object by its shortname"
    DONE = "the object exists"
    FAILED = "nothing more can be done"


class Carrier(Enum):
    """Where the nonce is."""

    SHORTNAME = "in a generated shortname"
    LABEL = "in a label"
    NOWHERE = "nowhere: a look before the first sending stands in for it"
    SWITCHED_OFF = "nowhere, and nothing is looked for"


@frozen
class Submission:
    """One submit. ``uncertain``: the server may have acted on a sending; ``before``: the uuid of what had the shortname
    before any; ``outcome``: of the last sending; ``failed_look``: why a look told nothing.
    """

    carrier: Carrier
    nonce: str = ""
    shortname: str = ""
    step: Step = Step.SEND
    sent: int = 0
    uncertain: bool = False
    before: str | None = None
    outcome: Outcome | None = None
    failed_look: Outcome | None = None
    found: JsonObject | None = None
    adopted: bool = False

    @property
    def uuid(self) -> str:
        """Of the object, when DONE."""
        return text(lookup(self.found or {}, "uuid")) or ""

    def marked(self, body: JsonObject) -> JsonObject:
        """The body of the creation with the nonce in it."""
        if self.carrier is Carrier.SHORTNAME:
            return {**body, "shortname": self.shortname}
        if self.carrier is Carrier.LABEL:
            return {**body, "labels": {**mapping(body.get("labels")), LABEL: self.nonce}}
        return body

    def fits(self, body: JsonObject) -> bool:
        """Whether the body still has the shortname that this was begun with."""
        return (self.carrier is Carrier.SHORTNAME) is not bool(body.get("shortname")) and (
            body.get("shortname") or self.shortname
        ) == self.shortname

    def interrupted(self) -> Submission:
        """How it stands when nobody hears how its next step ends."""
        if self.carrier is Carrier.SWITCHED_OFF:
            return self
        unsure = self.step is Step.SEND or self.uncertain
        return evolve(self, step=Step.LOOK, sent=0, uncertain=unsure, outcome=None, failed_look=None)

    def after_send(self, outcome: Outcome) -> Submission:
        """What a sending has brought."""
        now = evolve(self, outcome=outcome, sent=self.sent + 1)
        made = object_in(outcome)
        if made is not None:
            return evolve(now, step=Step.DONE, found=made)
        if failure_of(outcome) in (Failure.UNREACHED, Failure.BUSY):
            return now
        if self.carrier is Carrier.SWITCHED_OFF:
            return evolve(now, step=Step.FAILED)
        if is_taken(outcome):
            may_be_ours = self.carrier is not Carrier.NOWHERE or self.uncertain
            return evolve(now, step=Step.LOOK if may_be_ours else Step.FAILED)
        if leaves_open(outcome):
            return evolve(now, step=Step.LOOK, uncertain=True)
        return evolve(now, step=Step.FAILED)

    def after_look(self, outcome: Outcome) -> Submission:
        """What a look has shown."""
        there = object_in(outcome)
        if there is not None and self.is_ours(there):
            return evolve(self, step=Step.DONE, found=there, adopted=True)
        if there is None and not (isinstance(outcome, ApiResponse) and outcome.status == 404):
            return evolve(self, step=Step.FAILED, failed_look=outcome)
        if self.outcome is None:
            before = self.before if self.uncertain else text(lookup(there or {}, "uuid"))
            return evolve(self, step=Step.SEND, before=before)
        hopeless = failure_of(self.outcome) is Failure.FINAL
        return evolve(self, step=Step.FAILED if hopeless else Step.SEND)

    def given_up(self) -> Submission:
        """No more repeats."""
        return evolve(self, step=Step.FAILED)

    def is_ours(self, there: JsonObject) -> bool:
        """Whether an object that has the shortname came from this submit."""
        if self.carrier is Carrier.SHORTNAME:
            return text(lookup(there, "shortname")) == self.shortname
        if self.carrier is Carrier.LABEL:
            return lookup(mapping(lookup(there, "labels")), LABEL) == self.nonce
        return self.uncertain and text(lookup(there, "uuid")) != self.before


def begin(
    body: JsonObject, submit_id: str | None, new_nonce: Callable[[], str], *, has_labels: bool, switched_on: bool = True
) -> Submission:
    """The submit of a body. ``submit_id``: the nonce that the user keeps, so that an earlier submit is continued.

    Raises ValueError for an id that does not fit into a shortname, or that nothing can carry.
    """
    shortname = text(body.get("shortname")) or ""
    if submit_id is None and not switched_on:
        return Submission(Carrier.SWITCHED_OFF)
    if submit_id is not None and not SUBMIT_ID.fullmatch(submit_id):
        raise ValueError(f"submit_id {submit_id!r} is not 1 to 48 letters, digits and hyphens, no hyphen at an end")
    if shortname and not has_labels:
        if submit_id is not None:
            raise ValueError("a job with a shortname cannot carry a submit_id: leave one of them out")
        return Submission(Carrier.NOWHERE, shortname=shortname, step=Step.LOOK)
    nonce = submit_id or new_nonce()
    carrier = Carrier.LABEL if shortname else Carrier.SHORTNAME
    step = Step.SEND if submit_id is None else Step.LOOK
    return Submission(carrier, nonce, shortname or PREFIX + nonce, step)


def object_in(outcome: Outcome) -> JsonObject | None:
    """The object with a uuid that a successful answer holds."""
    if isinstance(outcome, NoAnswer) or not 200 <= outcome.status < 300:
        return None
    try:
        body = mapping(outcome.json())
    except ValueError:
        return None
    return body if text(lookup(body, "uuid")) else None


def leaves_open(outcome: Outcome) -> bool:
    """Whether there may be an object, although the answer shows none."""
    return is_ambiguous(outcome) or (isinstance(outcome, ApiResponse) and outcome.status < 400)


def is_taken(outcome: Outcome) -> bool:
    """Whether the server refused because of the shortname."""
    refused = isinstance(outcome, ApiResponse) and outcome.status in (400, 403, 409)
    return refused and "shortname" in read_refusal(outcome).message.lower()  # type: ignore[arg-type]


def is_generated(shortname: Json) -> bool:
    """Whether this is no name of the user's."""
    return isinstance(shortname, str) and shortname.startswith(PREFIX)


def resume_hint(submission: Submission) -> str:
    """What to do after a failure that leaves open whether there is an object; empty when nothing is open."""
    if not submission.uncertain:
        return ""
    there = "submit() again continues this one: it looks for what is there before it sends anything."
    return there + (f" Elsewhere: submit(submit_id={submission.nonce!r})." if submission.nonce else "")
