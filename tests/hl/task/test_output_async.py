"""Output and snapshots of a task, against a scripted server. The blocking twin is made from this."""

from __future__ import annotations

import logging
from typing import Any

import httpx
import pytest

from qarnot_hl import exceptions as ex
from qarnot_hl._async.task import AsyncTask

pytestmark = pytest.mark.anyio

FORBIDDEN = httpx.Response(403, json={"message": "Task is not running"})
GONE = httpx.Response(404, json={"message": "No such task: x"})


def refused(status: int, message: str) -> httpx.Response:
    return httpx.Response(status, json={"message": message})


@pytest.fixture
def fetched(aconnect: Any, task_json: Any) -> AsyncTask:
    return AsyncTask.from_json(aconnect(), task_json())


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
async def test_output_comes_whole_or_fresh_of_all_or_one(
    stream: str, fetched: AsyncTask, server: Any, path: str
) -> None:
    server.on(f"GET {path}/{stream}", httpx.Response(200, text="0> all\n"))
    server.on(f"POST {path}/{stream}", httpx.Response(200, json="0> fresh\n"))
    server.on(f"GET {path}/{stream}/3", httpx.Response(200, text="one\n"))
    server.on(f"POST {path}/{stream}/3", httpx.Response(200))
    whole, fresh = getattr(fetched, stream), getattr(fetched, f"fresh_{stream}")
    assert [await whole(), await fresh(), await whole(3), await fresh(instanceId=3)] == [
        "0> all\n",
        "0> fresh\n",
        "one\n",
        "",
    ]


async def test_output_of_an_unknown_instance_or_task(fetched: AsyncTask, server: Any, path: str) -> None:
    server.on(f"GET {path}/stdout/9", refused(404, "no instance 9"))
    with pytest.raises(ex.MissingTaskInstanceException):
        await fetched.stdout(9)
    server.on(f"GET {path}/stdout", GONE)
    with pytest.raises(ex.MissingTaskException):
        await fetched.stdout()


async def test_an_instant_snapshot_has_an_id_and_can_be_waited_for(
    fetched: AsyncTask, server: Any, path: str, states: Any, clock: Any, caplog: pytest.LogCaptureFixture
) -> None:
    states("FullyExecuting")
    server.on(f"POST {path}/snapshot", {"id": "snap_1"})
    statuses = [{"id": "snap_1", "status": status} for status in ("triggered", "inProgress", "inprogress", "Success")]
    server.on(f"GET {path}/snapshot/snap_1", *statuses)
    logger = logging.getLogger("followed")
    fetched._connection.logger = logger
    identifier = await fetched.instant(blacklist="tmp$")
    assert (identifier, server.body(0)) == ("snap_1", {"blacklist": "tmp$"})
    with caplog.at_level(logging.INFO, "followed"):
        assert await fetched.wait_snapshot(identifier, follow_status=True) is True
    assert [record.getMessage().split("| ")[1] for record in caplog.records] == ["Triggered", "InProgress", "Success"]


async def test_waiting_for_a_snapshot_gives_up_at_the_timeout(fetched: AsyncTask, server: Any, path: str) -> None:
    server.on(f"GET {path}/snapshot/s", {"id": "s", "status": "novel"})
    assert await fetched.wait_snapshot("s", timeout=1) is False


async def test_a_bad_interval_is_a_value_error_with_the_reason(fetched: AsyncTask, server: Any, path: str) -> None:
    server.on(f"POST {path}/snapshot/periodic", refused(400, "interval must not be negative"))
    with pytest.raises(ValueError, match=r"-1 was refused: .*must not be negative"):
        await fetched.snapshot(-1)
    server.on(f"POST {path}/snapshot/periodic", FORBIDDEN)
    with pytest.raises(ex.UnauthorizedException):
        await fetched.snapshot(60)
