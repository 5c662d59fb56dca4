"""Clients against a cloud of a later version, and the official package against a reset."""

from __future__ import annotations

import pytest
import requests

import qarnot_hl
from qarnot_mock.testing.cloud import QarnotCloud


@pytest.mark.parametrize("kind", ["unknown-values", "extra-fields"])
def test_our_client_reads_what_a_later_cloud_says(qarnot_cloud: QarnotCloud, kind: str) -> None:
    connection = qarnot_hl.Connection()
    task = connection.create_task("later", "docker-batch", 1)
    task.submit()
    number = qarnot_cloud.faults.add({"kind": kind})
    task.update(True)
    assert [found.uuid for found in connection.tasks()] == [task.uuid]
    assert (task.state == "UnheardOf") is (kind == "unknown-values")
    qarnot_cloud.faults.remove(number)
    assert task.wait() is True, "what nobody has heard of was not final"


def test_the_official_package_sees_the_reset(qarnot_cloud: QarnotCloud) -> None:
    official = pytest.importorskip("qarnot")
    connection = official.connection.Connection(
        cluster_url=qarnot_cloud.url, client_token=qarnot_cloud.token, storage_url=qarnot_cloud.storage_url,
        retry_count=0, sanitize_bucket_paths=False,
    )  # fmt: skip
    task = connection.create_task("lost", "docker-batch", 1)
    qarnot_cloud.faults.add({"kind": "answer-lost", "operation": "tasks_create"})
    with pytest.raises(requests.exceptions.ConnectionError):
        task.submit()
    assert [found.name for found in connection.all_tasks()] == ["lost"], "it was created all the same"


def test_a_fault_is_put_on_one_exchange_by_its_place(qarnot_cloud: QarnotCloud) -> None:
    connection = qarnot_hl.Connection(retry_count=0)
    connection.tasks()
    qarnot_cloud.faults.at(qarnot_cloud.faults.asked + 1, "server-error")
    connection.tasks()
    with pytest.raises(qarnot_hl.exceptions.QarnotException):
        connection.tasks()
    connection.tasks()
    assert [hit.kind for hit in qarnot_cloud.faults.hits()] == ["server-error"]
