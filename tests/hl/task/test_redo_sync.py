# Generated from tests/hl/task/test_redo_async.py by scripts/unasync.py. Do not edit.
"""New tasks made from an old one, and what other services know of it. The blocking twin is made from this."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from qarnot_hl import exceptions as ex
from qarnot_hl._sync.bucket import Bucket
from qarnot_hl._sync.carbon import CarbonClient
from qarnot_hl._sync.task import Task

pytestmark = pytest.mark.anyio

AGAIN = "0d0d0d0d-0000-4000-8000-000000000002"
CALLS = {"clone": "clone", "retry": "retry", "recover": "recover", "resume_cancelled": "resume"}


@pytest.fixture
def fetched(connect: Any, task_json: Any) -> Task:
    return Task.from_json(connect(), task_json(state="Failure"))


@pytest.mark.parametrize(("call", "verb"), CALLS.items())
def test_a_new_task_is_submitted_and_fetched(
    call: str, verb: str, fetched: Task, server: Any, path: str, task_json: Any
) -> None:
    server.on(f"POST {path}/{verb}", {"uuid": AGAIN})
    server.on(f"GET /tasks/{AGAIN}", task_json(uuid=AGAIN, name="hello again"))
    again = getattr(fetched, call)()
    assert server.calls == [f"POST {path}/{verb}", f"GET /tasks/{AGAIN}"]
    assert server.body(0) == {}
    assert (type(again), again.uuid, again.name, again.state) == (Task, AGAIN, "hello again", "Submitted")
    assert fetched.uuid != AGAIN


def test_changes_go_by_attribute(fetched: Task, server: Any, path: str, task_json: Any) -> None:
    server.on(f"POST {path}/clone", {"uuid": AGAIN})
    server.on(f"GET /tasks/{AGAIN}", task_json(uuid=AGAIN))
    results = Bucket(fetched._connection, "out", create=False)
    fetched.clone(name="second", instancecount=3, constants={"A": 1}, tags=["t"], results=results)
    assert server.body(0) == {
        "name": "second",
        "instanceCount": 3,
        "constants": [{"key": "A", "value": "1"}],
        "tags": ["t"],
        "resultBucket": "out",
    }
    assert fetched._state.edits == {}


@pytest.mark.parametrize("call", ["retry", "recover", "resume_cancelled"])
@pytest.mark.parametrize("change", [{"instancecount": 2}, {"advanced_range": "1-2"}])
def test_the_instances_of_a_retry_cannot_be_chosen(
    call: str, change: dict[str, Any], fetched: Task, server: Any
) -> None:
    with pytest.raises(ValueError, match=f"cannot change {next(iter(change))}"):
        getattr(fetched, call)(**change)
    assert server.requests == []


@pytest.mark.parametrize(
    ("change", "error"),
    [({"colour": "red"}, TypeError), ({"state": "Success"}, AttributeError), ({"name": 5}, TypeError)],
)
def test_what_cannot_be_set_is_refused_before_anything_is_sent(
    change: dict[str, Any], error: type[Exception], fetched: Task, server: Any
) -> None:
    with pytest.raises(error):
        fetched.clone(**change)
    assert server.requests == []


@pytest.mark.parametrize("call", CALLS)
def test_a_task_that_was_not_submitted_cannot_be_done_again(call: str, connect: Any) -> None:
    with pytest.raises(ex.MissingTaskException, match="not submitted"):
        getattr(connect().create_task("n", "p"), call)()


def test_a_refusal_is_told_in_the_server_s_words(fetched: Task, server: Any, path: str) -> None:
    server.on(f"POST {path}/retry", httpx.Response(400, json={"message": "No failed instance"}))
    with pytest.raises(ex.QarnotGenericException, match="No failed instance"):
        fetched.retry()


def test_an_answer_without_uuid_is_told(fetched: Task, server: Any, path: str) -> None:
    server.on(f"POST {path}/recover", {})
    with pytest.raises(ex.QarnotGenericException, match="holds no uuid"):
        fetched.recover()


def test_carbon_facts_are_asked_with_the_datacenter_to_compare_with(fetched: Task, server: Any, uuid: str) -> None:
    server.on(f"GET /carbon/v1/tasks/{uuid}/carbon-facts", {"total_consumed_energy_Wh": 4.5, "PUE": 1.1})
    facts = fetched.carbon_facts("north_dc")
    assert facts is not None
    assert (facts.energy_consumption_Wh, facts.PUE, facts.WUE) == (4.5, 1.1, None)
    assert server.requests[0].url.query == b"comparisonDatacenter=north_dc"
    CarbonClient(fetched._connection).get_task_carbon_facts(uuid)
    assert server.requests[1].url.query == b""


def test_there_are_no_facts_before_submit(connect: Any, server: Any) -> None:
    new = connect().create_task("n", "p")
    assert new.carbon_facts() is None
    assert new.port_forwards() == {}
    assert server.requests == []


def test_facts_about_a_missing_task_say_so(fetched: Task) -> None:
    with pytest.raises(ex.MissingTaskException):
        fetched.carbon_facts()


def test_forwards_by_instance_and_name(fetched: Task, server: Any, uuid: str) -> None:
    ssh = {"name": "ssh", "enabled": True, "access": {"publicHost": "gateway.example", "publicPort": 20022}}
    server.on(f"GET /v1/network/tasks/{uuid}/port-forward", {"0": {}, "3": {"ssh": ssh}})
    assert fetched.port_forwards() == {0: {}, 3: {"ssh": ssh}}
