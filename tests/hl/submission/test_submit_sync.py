# Generated from tests/hl/submission/test_submit_async.py by scripts/unasync.py. Do not edit.
"""Submits on the mock cloud over a network that loses answers: never two objects, never a lost one. The blocking twin
is made from this.
"""

from __future__ import annotations

import copy
import pickle
from typing import Any

import httpx
import pytest

from qarnot_hl import exceptions as ex
from qarnot_hl._sync.fanout import gather

pytestmark = pytest.mark.anyio

FAULTS = [["lost"], ["dropped"], ["500"], ["502", "lost"], ["503", "dropped", "lost"], ["lost", "lost", "500"]]
KINDS = ["task", "task with shortname", "pool", "pool with shortname", "job", "job with shortname"]


def made(connection: Any, kind: str) -> Any:
    """A new object of that kind."""
    noun, _, named = kind.partition(" with ")
    shortname = "mine" if named else None
    if noun == "job":
        return connection.create_job("n", shortname=shortname)
    if noun == "pool":
        return connection.create_pool("n", "docker-batch", 1, shortname)
    return connection.create_task("n", "docker-batch", 1, shortname)


def existing(connection: Any, kind: str) -> list[str]:
    """The uuids of all objects of that kind."""
    return [one.uuid for one in getattr(connection, f"{kind.split()[0]}s")()]


@pytest.mark.parametrize("faults", FAULTS, ids="-".join)
@pytest.mark.parametrize("kind", KINDS)
def test_one_object_is_made_whatever_gets_lost(flaky: Any, cloud: Any, kind: str, faults: list[str]) -> None:
    flaky.faults = [*faults]
    one = made(cloud, kind)
    one.submit()
    assert existing(cloud, kind) == [one.uuid]
    one.update(True)
    assert one.shortname == ("mine" if "shortname" in kind else one.uuid)


@pytest.mark.parametrize("kind", KINDS)
def test_on_a_good_day_one_request_submits_it_and_a_named_job_is_looked_for_first(
    flaky: Any, cloud: Any, kind: str
) -> None:
    made(cloud, kind).submit()
    assert [call.split()[0] for call in flaky.calls] == (["GET", "POST"] if kind == "job with shortname" else ["POST"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_submit_that_failed_in_doubt_is_continued_by_the_next_one(flaky: Any, cloud: Any, kind: str) -> None:
    looks_before = [""] if kind == "job with shortname" else []
    flaky.faults, flaky.looks = ["lost"], [*looks_before, *["dropped"] * 6]
    one = made(cloud, kind)
    with pytest.raises(ex.TransportException) as failed:
        one.submit()
    assert one.uuid is None
    assert "submit() again continues this one" in " ".join(failed.value.__notes__)
    one.submit()
    assert existing(cloud, kind) == [one.uuid]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "shortname" in kind])
def test_a_plain_duplicate_is_refused(cloud: Any, kind: str) -> None:
    made(cloud, kind).submit()
    with pytest.raises(ex.QarnotGenericException, match="shortname-uniqueness"):
        made(cloud, kind).submit()
    assert len(existing(cloud, kind)) == 1


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "job with shortname"])
def test_a_program_that_died_takes_over_what_it_had_submitted_under_its_id(cloud: Any, kind: str) -> None:
    first, again, other = (made(cloud, kind) for _ in range(3))
    first.submit(submit_id="run-7")
    again.submit(submit_id="run-7")
    assert again.uuid == first.uuid
    assert again.state == "Submitted" or kind == "job"
    if "shortname" not in kind:
        other.submit(submit_id="run-8")
        assert other.uuid != first.uuid


def test_neither_the_generated_shortname_nor_the_label_is_shown(cloud: Any) -> None:
    plain, named = made(cloud, "task"), made(cloud, "task with shortname")
    named.labels = {"team": "a"}
    for task in (plain, named):
        task.submit()
        task.update(True)
    assert plain.shortname == plain.uuid
    assert (dict(plain.labels), dict(named.labels)) == ({}, {"team": "a"})
    assert {task.shortname for task in cloud.tasks()} == {plain.uuid, "mine"}


def test_switched_off_a_submit_carries_nothing_and_is_not_sent_again_in_doubt(server: Any, connect: Any) -> None:
    connection = connect(exactly_once=False)
    server.on("POST /tasks", httpx.Response(502))
    with pytest.raises(ex.QarnotGenericException) as failed:
        made(connection, "task").submit()
    assert not any("submit() again" in note for note in failed.value.__notes__)
    assert server.calls == ["POST /tasks"]
    assert "shortname" not in server.body()


def test_the_nonce_is_drawn_from_the_connection(server: Any, connect: Any) -> None:
    server.on("POST /tasks", {"uuid": "u"})
    made(connect(exactly_once=True), "task").submit()
    assert server.body()["shortname"] == "qarnot-hl-nonce"


@pytest.mark.parametrize("kind", KINDS)
def test_two_submits_of_one_object_at_once_make_one(cloud: Any, kind: str) -> None:
    one = made(cloud, kind)
    gather([one.submit, one.submit, one.submit])
    assert existing(cloud, kind) == [one.uuid]


@pytest.mark.parametrize("faults", [*FAULTS, ["207"]], ids="-".join)
def test_a_bulk_makes_each_task_once(flaky: Any, cloud: Any, faults: list[str]) -> None:
    tasks = [cloud.create_task(f"n{index}", "docker-batch") for index in range(4)]
    tasks[2].shortname = "third"
    flaky.faults = [*faults]
    cloud.submit_tasks(tasks)
    assert sorted(existing(cloud, "task")) == sorted(task.uuid for task in tasks)
    assert [task.name for task in cloud.tasks(summary=False) if task.uuid == tasks[2].uuid] == ["n2"]


def test_a_bulk_is_resumed_by_its_id_and_only_what_is_missing_is_made(cloud: Any) -> None:
    def listed() -> list[Any]:
        return [cloud.create_task(f"n{index}", "docker-batch") for index in range(3)]

    first, again = listed(), listed()
    cloud.submit_tasks(first[:2], submit_id="night")
    cloud.submit_tasks(again, submit_id="night")
    assert [task.uuid for task in again[:2]] == [task.uuid for task in first[:2]]
    assert len(existing(cloud, "task")) == 3


def test_refused_entries_of_a_bulk_are_told_and_the_others_submitted_over_a_lost_answer(flaky: Any, cloud: Any) -> None:
    taken = made(cloud, "task with shortname")
    taken.submit()
    tasks = [cloud.create_task("good", "docker-batch"), made(cloud, "task with shortname")]
    flaky.faults = ["lost"]
    with pytest.raises(ex.BulkSubmitException, match="1 of 2 tasks were refused"):
        cloud.submit_tasks(tasks)
    assert tasks[1].uuid is None
    assert sorted(existing(cloud, "task")) == sorted([taken.uuid, tasks[0].uuid])


def test_single_and_bulk_submits_of_one_task_at_once_make_one(cloud: Any) -> None:
    tasks = [cloud.create_task(f"n{index}", "docker-batch") for index in range(3)]

    def forwards() -> None:
        cloud.submit_tasks(tasks)

    def backwards() -> None:
        cloud.submit_tasks(tasks[::-1])

    gather([forwards, tasks[1].submit, backwards])
    assert len(existing(cloud, "task")) == 3


def test_a_submit_in_doubt_survives_a_pickle_and_a_copy_has_a_turn_of_its_own(
    flaky: Any, cloud: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QARNOT_CLIENT_TOKEN", "s3cr3t-token")
    flaky.faults, flaky.looks = ["lost"], ["dropped"] * 6
    one = made(cloud, "task")
    with pytest.raises(ex.TransportException):
        one.submit()
    loaded = pickle.loads(pickle.dumps(one))
    assert loaded._submission == one._submission
    loaded._connection = cloud
    loaded.submit()
    assert existing(cloud, "task") == [loaded.uuid]
    assert copy.deepcopy(one)._turn is not one._turn
