"""Who gets a node first: onDemand before flex, equals as they came, and nobody loses a node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize("spelling", ["onDemand", "OnDemand"])
def test_on_demand_passes_flex_in_the_queue(make_driver: Callable[..., Any], spelling: str) -> None:
    driver = make_driver(slots=1)
    driver.submit()
    driver.at(2)
    flex = driver.submit()
    urgent = driver.submit(schedulingType=spelling)
    driver.at(7)
    assert (driver.state(urgent), driver.state(flex)) == ("FullyDispatched", "Submitted")


@pytest.mark.parametrize("scheduling", ["flex", "onDemand", None])
def test_equals_are_served_as_they_came(make_driver: Callable[..., Any], scheduling: str | None) -> None:
    driver = make_driver(slots=1)
    driver.submit()
    driver.at(2)
    first, second = (driver.submit(schedulingType=scheduling) for _ in range(2))
    driver.at(7)
    assert (driver.state(first), driver.state(second)) == ("FullyDispatched", "Submitted")


def test_a_retried_on_demand_instance_passes_flex_again(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(slots=1)
    retried = driver.submit(
        {"MOCK_EXIT_CODE": "1"}, schedulingType="onDemand", retrySettings={"maxPerInstanceRetries": 1}
    )
    flex = driver.submit()
    driver.at(6)
    assert (driver.state(retried), driver.state(flex)) == ("FullyDispatched", "Submitted")


def test_on_demand_passes_flex_that_joins_at_the_same_instant(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(slots=1)
    flex = driver.submit()
    urgent = driver.submit(schedulingType="onDemand")
    driver.at(1)
    assert (driver.state(urgent), driver.state(flex)) == ("FullyDispatched", "Submitted")


def test_on_demand_waits_for_a_node_that_flex_holds(make_driver: Callable[..., Any]) -> None:
    driver = make_driver(slots=1)
    flex = driver.submit()
    driver.at(5)
    urgent = driver.submit(schedulingType="onDemand")
    driver.at(6.5)
    assert (driver.state(flex), driver.state(urgent)) == ("UploadingResults", "Submitted")
