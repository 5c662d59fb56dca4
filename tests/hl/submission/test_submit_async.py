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
from qarnot_hl._async.fanout import gather

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


async def existing(connection: Any, kind: str) -> list[str]:
    """The uuids of all objects of that kind."""
    return [one.uuid for one in await getattr(connection, f"{kind.split()[0]}s")()]


@pytest.mark.parametrize("faults", FAULTS, ids="-".join)
@pytest.mark.parametrize("kind", KINDS)
async def test_one_object_is_made_whatever_gets_lost(flaky: Any, acloud: Any, kind: str, faults: list[str]) -> None:
    flaky.faults = [*faults]
    one = made(acloud, kind)
    await one.submit()
    assert await existing(acloud, kind) == [one.uuid]
    await one.update(True)
    assert one.shortname == ("mine" if "shortname" in kind else one.uuid)


@pytest.mark.parametrize("kind", KINDS)
async def test_on_a_good_day_one_request_submits_it_and_a_named_job_is_looked_for_first(
    flaky: Any, acloud: Any, kind: str
) -> None:
    await made(acloud, kind).submit()
    assert [call.split()[0] for call in flaky.calls] == (["GET", "POST"] if kind == "job with shortname" else ["POST"])


@pytest.mark.parametrize("kind", KINDS)
async def test_a_submit_that_failed_in_doubt_is_continued_by_the_next_one(flaky: Any, acloud: Any, kind: str) -> None:
    looks_before = [""] if kind == "job with shortname" else []
    flaky.faults, flaky.looks = ["lost"], [*looks_before, *["dropped"] * 6]
    one = made(acloud, kind)
    with pytest.raises(ex.TransportException) as failed:
        await one.submit()
    assert one.uuid is None
    assert "submit() again continues this one" in " ".join(failed.value.__notes__)
    await one.submit()
    assert await existing(acloud, kind) == [one.uuid]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "shortname" in kind])
async def test_a_plain_duplicate_is_refused(acloud: Any, kind: str) -> None:
    await made(acloud, kind).submit()
    with pytest.raises(ex.QarnotGenericException, match="shortname-uniqueness"):
        await made(acloud, kind).submit()
    assert len(await existing(acloud, kind)) == 1


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "job with shortname"])
async def test_a_program_that_died_takes_over_what_it_had_submitted_under_its_id(acloud: Any, kind: str) -> None:
    first, again, other = (made(acloud, kind) for _ in range(3))
    await first.submit(submit_id="run-7")
    await again.submit(submit_id="run-7")
    assert again.uuid == first.uuid
    assert again.state == "Submitted" or kind == "job"
    if "shortname" not in kind:
        await other.submit(submit_id="run-8")
        assert other.uuid != first.uuid


async def test_neither_the_generated_shortname_nor_the_label_is_shown(acloud: Any) -> None:
    plain, named = made(acloud, "task"), made(acloud, "task with shortname")
    named.labels = {"team": "a"}
    for task in (plain, named):
        await task.submit()
        await task.update(True)
    assert plain.shortname == plain.uuid
    assert (dict(plain.labels), dict(named.labels)) == ({}, {"team": "a"})
    assert {task.shortname for task in await acloud.tasks()} == {plain.uuid, "mine"}


async def test_switched_off_a_submit_carries_nothing_and_is_not_sent_again_in_doubt(server: Any, aconnect: Any) -> None:
    connection = aconnect(exactly_once=False)
    server.on("POST /tasks", httpx.Response(502))
    with pytest.raises(ex.QarnotGenericException) as failed:
        await made(connection, "task").submit()
    assert not any("submit() again" in note for note in failed.value.__notes__)
    assert server.calls == ["POST /tasks"]
    assert "shortname" not in server.body()


async def test_the_nonce_is_drawn_from_the_connection(server: Any, aconnect: Any) -> None:
    server.on("POST /tasks", {"uuid": "u"})
    await made(aconnect(exactly_once=True), "task").submit()
    assert server.body()["shortname"] == "qarnot-hl-nonce"


@pytest.mark.parametrize("kind", KINDS)
async def test_two_submits_of_one_object_at_once_make_one(acloud: Any, kind: str) -> None:
    one = made(acloud, kind)
    await gather([one.submit, one.submit, one.submit])
    assert await existing(acloud, kind) == [one.uuid]


@pytest.mark.parametrize("faults", [*FAULTS, ["207"]], ids="-".join)
async def test_a_bulk_makes_each_task_once(flaky: Any, acloud: Any, faults: list[str]) -> None:
    tasks = [acloud.create_task(f"n{index}", "docker-batch") for index in range(4)]
    tasks[2].shortname = "third"
    flaky.faults = [*faults]
    await acloud.submit_tasks(tasks)
    assert sorted(await existing(acloud, "task")) == sorted(task.uuid for task in tasks)
    assert [task.name for task in await acloud.tasks(summary=False) if task.uuid == tasks[2].uuid] == ["n2"]


async def test_a_bulk_is_resumed_by_its_id_and_only_what_is_missing_is_made(acloud: Any) -> None:
    def listed() -> list[Any]:
        return [acloud.create_task(f"n{index}", "docker-batch") for index in range(3)]

    first, again = listed(), listed()
    await acloud.submit_tasks(first[:2], submit_id="night")
    await acloud.submit_tasks(again, submit_id="night")
    assert [task.uuid for task in again[:2]] == [task.uuid for task in first[:2]]
    assert len(await existing(acloud, "task")) == 3


async def test_refused_entries_of_a_bulk_are_told_and_the_others_submitted_over_a_lost_answer(
    flaky: Any, acloud: Any
) -> None:
    taken = made(acloud, "task with shortname")
    await taken.submit()
    tasks = [acloud.create_task("good", "docker-batch"), made(acloud, "task with shortname")]
    flaky.faults = ["lost"]
    with pytest.raises(ex.BulkSubmitException, match="1 of 2 tasks were refused"):
        await acloud.submit_tasks(tasks)
    assert tasks[1].uuid is None
    assert sorted(await existing(acloud, "task")) == sorted([taken.uuid, tasks[0].uuid])


async def test_single_and_bulk_submits_of_one_task_at_once_make_one(acloud: Any) -> None:
    tasks = [acloud.create_task(f"n{index}", "docker-batch") for index in range(3)]

    async def forwards() -> None:
        await acloud.submit_tasks(tasks)

    async def backwards() -> None:
        await acloud.submit_tasks(tasks[::-1])

    await gather([forwards, tasks[1].submit, backwards])
    assert len(await existing(acloud, "task")) == 3


async def test_a_submit_in_doubt_survives_a_pickle_and_a_copy_has_a_turn_of_its_own(
    flaky: Any, acloud: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QARNOT_CLIENT_TOKEN", "s3cr3t-token")
    flaky.faults, flaky.looks = ["lost"], ["dropped"] * 6
    one = made(acloud, "task")
    with pytest.raises(ex.TransportException):
        await one.submit()
    loaded = pickle.loads(pickle.dumps(one))
    assert loaded._submission == one._submission
    loaded._connection = acloud
    await loaded.submit()
    assert await existing(acloud, "task") == [loaded.uuid]
    assert copy.deepcopy(one)._turn is not one._turn
