"""The state machine of a submit, driven against a small model of a server that fails in every way it can."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from attrs import define, field
from hypothesis import example, given
from hypothesis import strategies as st

from qarnot_hl._core.exchange import ApiResponse, Breakdown, NoAnswer, Outcome
from qarnot_hl._core.json_types import JsonObject
from qarnot_hl._core.submission import (
    LABEL,
    PREFIX,
    Carrier,
    Step,
    Submission,
    begin,
    is_generated,
    object_in,
    resume_hint,
)

BODY: JsonObject = {"name": "n"}
NAMED: JsonObject = {"name": "n", "shortname": "mine"}
FAULTS = ["none", "late", "unreached", "busy", "empty"] + [
    f"{how} {when}" for how in ("lost", "slow", "garbled", "500") for when in ("after", "before")
]
NO_ANSWERS = {"lost": Breakdown.LOST, "slow": Breakdown.READ_TIMEOUT, "garbled": Breakdown.UNUSABLE}
START = {
    "no shortname": begin(BODY, None, lambda: "abc", has_labels=True),
    "submit_id": begin(BODY, "run-1", lambda: "abc", has_labels=True),
    "shortname": begin(NAMED, None, lambda: "abc", has_labels=True),
    "shortname and submit_id": begin(NAMED, "run-1", lambda: "abc", has_labels=True),
    "job": begin(BODY, None, lambda: "abc", has_labels=False),
    "job with shortname": begin(NAMED, None, lambda: "abc", has_labels=False),
}


def answer(status: int, body: object = None) -> ApiResponse:
    return ApiResponse(status, {"content-type": "application/json"}, b"" if body is None else json.dumps(body).encode())


@define
class Model:
    """Objects by their unique shortname; each request meets the next fault. ``late``: what still lies on the way."""

    faults: list[str]
    objects: dict[str, JsonObject] = field(factory=dict)
    late: list[JsonObject] = field(factory=list)
    made: list[JsonObject] = field(factory=list)

    def request(self, body: JsonObject | str) -> Outcome:
        """A creation, or a look for a shortname."""
        fault = self.faults.pop(0) if self.faults else "none"
        arrived, self.late = self.late, []
        outcome = self.faulty(fault, body)
        for one in arrived:
            self.act(one)
        return outcome

    def faulty(self, fault: str, body: JsonObject | str) -> Outcome:
        if fault == "unreached":
            return NoAnswer(Breakdown.NOT_SENT, fault)
        if fault == "busy":
            return answer(503)
        if fault == "late":
            if not isinstance(body, str):
                self.late.append(body)
            return NoAnswer(Breakdown.READ_TIMEOUT, fault)
        result = None if fault.endswith("before") else self.act(body)
        if fault == "empty":
            return answer(200) if result and result.status == 200 else answer(500)
        if fault == "none":
            assert result is not None
            return result
        how = fault.split()[0]
        return NoAnswer(NO_ANSWERS[how], fault) if how in NO_ANSWERS else answer(int(how))

    def act(self, body: JsonObject | str) -> ApiResponse:
        if isinstance(body, str):
            found = self.objects.get(body)
            return answer(200, found) if found else answer(404, {"message": f"No such task: {body}"})
        shortname = str(body["shortname"])
        if shortname in self.objects:
            return answer(400, {"message": "Invalid task file. Invalid fields: shortname-uniqueness"})
        made = {**body, "uuid": f"uuid-{len(self.made)}"}
        self.objects[shortname] = made
        self.made.append(made)
        return answer(200, made)


def body_of(start: Submission) -> JsonObject:
    return BODY if start.carrier is Carrier.SHORTNAME else NAMED


def drive(submission: Submission, model: Model, repeats: int = 3) -> Submission:
    """What the shell does, without its pauses."""
    body = body_of(submission)
    while submission.step in (Step.SEND, Step.LOOK):
        if submission.step is Step.LOOK:
            submission = submission.after_look(model.request(submission.shortname))
        elif submission.sent > repeats:
            submission = submission.given_up()
        else:
            submission = submission.after_send(model.request(submission.marked(body)))
    return submission


@pytest.mark.parametrize("kind", START)
@given(faults=st.lists(st.sampled_from(FAULTS), max_size=10))
@example(faults=["lost after"])
@example(faults=["late", "none"])
@example(faults=["none", "lost after"])
@example(faults=["none", "late", "none", "none"])
def test_whatever_fails_there_are_never_two_and_none_is_lost(kind: str, faults: Sequence[str]) -> None:
    model = Model([*faults])
    ended = drive(START[kind], model)
    assert len(model.made) <= 1
    if ended.step is Step.DONE:
        assert [ended.uuid] == [one["uuid"] for one in model.made]
    elif not ended.uncertain:
        assert (model.made, model.late) == ([], [])
    else:
        assert "submit() again" in resume_hint(ended)
        again = drive(ended.interrupted(), Model([], model.objects, model.late, model.made))
        assert again.step is Step.DONE
        assert [again.uuid] == [one["uuid"] for one in model.made]


@pytest.mark.parametrize("kind", ["submit_id", "shortname and submit_id"])
@given(faults=st.lists(st.sampled_from(FAULTS), max_size=8), steps=st.integers(0, 6))
def test_a_process_that_died_anywhere_resumes_with_the_id_it_kept(kind: str, faults: Sequence[str], steps: int) -> None:
    model, submission = Model([*faults]), START[kind]
    for _ in range(steps):
        if submission.step is Step.LOOK:
            submission = submission.after_look(model.request(submission.shortname))
        elif submission.step is Step.SEND:
            submission = submission.after_send(model.request(submission.marked(body_of(submission))))
    again = drive(START[kind], Model([], model.objects, model.late, model.made))
    assert again.step is Step.DONE
    assert [again.uuid] == [one["uuid"] for one in model.made]


@pytest.mark.parametrize("kind", ["shortname", "shortname and submit_id", "job with shortname"])
@given(faults=st.lists(st.sampled_from(FAULTS), max_size=10))
def test_a_plain_duplicate_is_never_adopted(kind: str, faults: Sequence[str]) -> None:
    other = {"uuid": "other", "shortname": "mine", "labels": {LABEL: "another"}}
    model = Model([*faults], {"mine": other})
    ended = drive(START[kind], model)
    assert ended.step is Step.FAILED
    again = drive(ended.interrupted(), Model([], model.objects))
    assert again.step is Step.FAILED
    assert model.made == []


@pytest.mark.parametrize("kind", START)
def test_what_arrives_late_makes_the_second_sending_a_duplicate_and_is_adopted(kind: str) -> None:
    looks = ["none"] if START[kind].step is Step.LOOK else []
    model = Model([*looks, "late"])
    ended = drive(START[kind], model)
    assert (ended.step, ended.adopted, ended.sent) == (Step.DONE, True, 2)
    assert len(model.made) == 1


@pytest.mark.parametrize("hopeless", [answer(200), answer(520)])
def test_a_failure_that_no_repeat_can_help_is_looked_into_and_left_at_that(hopeless: ApiResponse) -> None:
    looking = START["no shortname"].after_send(hopeless)
    assert (looking.step, looking.after_look(answer(404)).step) == (Step.LOOK, Step.FAILED)


def test_without_faults_one_request_makes_the_object_and_a_named_job_is_looked_for_first() -> None:
    steps = {kind: one.step for kind, one in START.items()}
    assert steps == {
        "no shortname": Step.SEND,
        "submit_id": Step.LOOK,
        "shortname": Step.SEND,
        "shortname and submit_id": Step.LOOK,
        "job": Step.SEND,
        "job with shortname": Step.LOOK,
    }


def test_the_nonce_is_in_a_generated_shortname_or_in_a_label_beside_those_of_the_user() -> None:
    assert START["no shortname"].marked(BODY) == {"name": "n", "shortname": "qarnot-hl-abc"}
    labelled = START["shortname"].marked({**NAMED, "labels": {"a": "b"}})
    assert labelled == {**NAMED, "labels": {"a": "b", LABEL: "abc"}}
    assert START["job with shortname"].marked(NAMED) == NAMED


def test_a_generated_shortname_is_known_by_its_prefix() -> None:
    assert is_generated(PREFIX + "abc")
    assert not any(map(is_generated, ("mine", "", None)))


@pytest.mark.parametrize("bad", ["", "-a", "a-", "a_b", "ü", "a" * 49, "a b"])
def test_a_submit_id_that_fits_into_no_shortname_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="submit_id"):
        begin(BODY, bad, lambda: "abc", has_labels=True)


def test_a_job_with_a_shortname_cannot_carry_a_submit_id() -> None:
    with pytest.raises(ValueError, match="leave one of them out"):
        begin(NAMED, "run-1", lambda: "abc", has_labels=False)


def test_switched_off_nothing_is_added_and_nothing_sent_again_that_may_have_been_done() -> None:
    plain = begin(BODY, None, lambda: "abc", has_labels=True, switched_on=False)
    assert plain.marked(BODY) == BODY
    assert plain.after_send(NoAnswer(Breakdown.LOST, "")).step is Step.FAILED
    assert plain.after_send(answer(503)).step is Step.SEND
    assert begin(BODY, "run-1", lambda: "abc", has_labels=True, switched_on=False).nonce == "run-1"


def test_a_submit_is_continued_only_for_the_shortname_it_was_begun_with() -> None:
    assert START["no shortname"].fits(BODY)
    assert START["shortname"].fits(NAMED)
    assert not START["no shortname"].fits(NAMED)
    assert not START["shortname"].fits({**NAMED, "shortname": "other"})
    assert not START["shortname"].fits(BODY)


@pytest.mark.parametrize("content", [b"", b"[]", b"<html>", b'{"uuid": null}', b'{"name": "n"}'])
def test_an_answer_without_a_uuid_shows_no_object(content: bytes) -> None:
    assert object_in(ApiResponse(200, {}, content)) is None
