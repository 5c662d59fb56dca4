"""Searches against the mock: what is selected is all that crosses the wire, and the rest comes when it is read."""

from __future__ import annotations

import pytest

import qarnot_hl
from qarnot_hl.filters import Filters
from qarnot_mock.testing.cloud import QarnotCloud


def test_selected_fields_cost_one_request_and_others_one_more(qarnot_cloud: QarnotCloud) -> None:
    connection = qarnot_hl.Connection()
    for number in range(3):
        task = connection.create_task(f"t{number}", "docker-batch")
        task.tags = ["wanted"] if number else []
        task.submit()
    before = len(qarnot_cloud.exchanges)
    found = connection.search_tasks(Filters.equal("Tags", "wanted"), ["name", "state", "tags"])
    shown = [(task.name, task.state, task.tags) for task in found]
    assert shown == [("t1", "Submitted", ["wanted"]), ("t2", "Submitted", ["wanted"])]
    assert len(qarnot_cloud.exchanges) == before + 1
    assert found[0].profile == "docker-batch"
    assert len(qarnot_cloud.exchanges) == before + 2
    assert not any(exchange.tolerated for exchange in qarnot_cloud.exchanges)


def test_pools_and_jobs_are_found_too(qarnot_cloud: QarnotCloud) -> None:
    connection = qarnot_hl.Connection()
    connection.create_pool("a pool", "docker-batch").submit()
    connection.create_job("a job").submit()
    assert [pool.name for pool in connection.search_pools()] == ["a pool"]
    assert [job.name for job in connection.search_jobs(select=["name"], maximum=1)] == ["a job"]


def test_an_unknown_field_is_named(qarnot_cloud: QarnotCloud) -> None:
    with pytest.raises(qarnot_hl.exceptions.QarnotGenericException, match="'nonsense' is no field") as caught:
        qarnot_hl.Connection().search_tasks(select=["nonsense"])
    assert str(caught.value).count("nonsense") == 1
