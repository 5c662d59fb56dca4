"""The same refusals of the cloud become the same exceptions with the official package and with ours.

Both run in this process against a cloud of the test alone; ``sdk`` is the one package or the other.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import pytest

from qarnot_mock.sim.allowances import Limit, Organization
from qarnot_mock.sim.settings import Quotas, WorldSettings

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
ONE_OF_EACH = WorldSettings(quotas=Quotas(max_task=1, max_pool=1, max_job=1, max_bucket=3))
NO_MONEY = WorldSettings(credits=0)
SHARED = WorldSettings(organization=Organization("shared", {"flex": Limit(10, 80), "ondemand": Limit(2, 16)}))
ROOTLESS = ("MissingJobException", "MaxJobException", "SecretNotFoundException", "SecretConflictException")
"""Those of the official package that are outside of its root (defect 7)."""
NOBODY = "00000000-0000-4000-8000-000000000000"


class Sdk:
    """One of the two packages: its modules, and a connection to the cloud of the test."""

    def __init__(self, package: str) -> None:
        self._package = package
        self.connection = self.module("connection").Connection()

    def module(self, name: str) -> Any:
        return importlib.import_module(f"{self._package}.{name}")

    def task(self, *arguments: Any, **named: Any) -> Any:
        return self.connection.create_task("t", "docker-batch", *arguments, **named)

    def pool(self) -> Any:
        return self.connection.create_pool("p", "docker-batch", 1)

    def refused(self, call: Callable[[], Any]) -> str:
        """The name of the exception, which is of the package's common roots."""
        exceptions = self.module("exceptions")
        roots = (exceptions.QarnotException, *map(exceptions.__dict__.get, ROOTLESS))
        with pytest.raises(roots) as caught:
            call()
        return type(caught.value).__name__


@pytest.fixture(params=["qarnot", "qarnot_hl"])
def sdk(request: pytest.FixtureRequest, qarnot_cloud: Any) -> Sdk:
    return Sdk(request.param)


@pytest.mark.qarnot(world=ONE_OF_EACH)
@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda sdk: sdk.task(), "MaxTaskException"),
        (lambda sdk: sdk.pool(), "MaxPoolException"),
        (lambda sdk: sdk.connection.create_job("j"), "MaxJobException"),
    ],
)
def test_a_full_account(sdk: Sdk, make: Callable[[Sdk], Any], kind: str) -> None:
    make(sdk).submit()
    assert sdk.refused(make(sdk).submit) == kind


@pytest.mark.qarnot(world=NO_MONEY)
@pytest.mark.parametrize("make", [lambda sdk: sdk.task(), lambda sdk: sdk.pool()])
def test_an_account_without_credits(sdk: Sdk, make: Callable[[Sdk], Any]) -> None:
    assert sdk.refused(make(sdk).submit) == "NotEnoughCreditsException"


@pytest.mark.parametrize(
    ("call", "kind"),
    [
        (lambda sdk: sdk.connection.retrieve_task(NOBODY), "MissingTaskException"),
        (lambda sdk: sdk.connection.retrieve_pool(NOBODY), "MissingPoolException"),
        (lambda sdk: sdk.connection.retrieve_job(NOBODY), "MissingJobException"),
        (lambda sdk: sdk.connection.retrieve_profile("none"), "MissingProfileException"),
        (lambda sdk: sdk.module("project").Project(NOBODY).get_all_budgets(sdk.connection), "MissingProjectException"),
        (lambda sdk: sdk.module("secrets").Secrets(sdk.connection).get_secret("none"), "SecretNotFoundException"),
        (lambda sdk: sdk.connection.get_organization_computing_quotas(), "QarnotGenericException"),
    ],
)
def test_what_is_missing(sdk: Sdk, call: Callable[[Sdk], Any], kind: str) -> None:
    assert sdk.refused(lambda: call(sdk)) == kind


def test_a_project_that_does_not_exist_is_none(sdk: Sdk) -> None:
    assert sdk.module("project").Project.retrieve_by_slug(sdk.connection, "none") is None


def test_a_task_with_a_missing_bucket(sdk: Sdk) -> None:
    task = sdk.task()
    task.resources = [sdk.module("bucket").Bucket(sdk.connection, "none", create=False)]
    assert sdk.refused(task.submit) == "MissingBucketException"


def test_a_task_with_a_profile_that_does_not_exist(sdk: Sdk) -> None:
    assert sdk.refused(sdk.connection.create_task("t", "none").submit) == "QarnotGenericException"


def test_a_shortname_that_is_taken(sdk: Sdk) -> None:
    sdk.task(shortname="mine").submit()
    assert sdk.refused(sdk.task(shortname="mine").submit) == "QarnotGenericException"


def test_a_secret_that_exists(sdk: Sdk) -> None:
    secrets = sdk.module("secrets").Secrets(sdk.connection)
    secrets.create_secret("key", "value")
    assert sdk.refused(lambda: secrets.create_secret("key", "again")) == "SecretConflictException"
    assert secrets.get_secret("key") == "value"


def test_an_instance_that_does_not_exist(sdk: Sdk) -> None:
    task = sdk.task(2)
    task.submit()
    assert sdk.refused(lambda: task.stdout(7)) == "MissingTaskInstanceException"


def test_an_object_that_was_deleted(sdk: Sdk) -> None:
    task, pool = sdk.task(), sdk.pool()
    task.submit()
    pool.submit()
    for thing, kind in ((task, "MissingTaskException"), (pool, "MissingPoolException")):
        twin = getattr(sdk.connection, f"retrieve_{type(thing).__name__.lower()}")(thing.uuid)
        thing.delete()
        assert sdk.refused(lambda twin=twin: [twin.update(True) for _ in range(200)]) == kind


@pytest.mark.qarnot(world=SHARED)
def test_the_quotas_of_an_organization(sdk: Sdk) -> None:
    shared = sdk.connection.get_organization_computing_quotas()
    assert (shared.flex.max_cores, shared.flex.max_instances, shared.on_demand.max_cores) == (80, 10, 16)
    assert sdk.connection.user_info.computing_quotas.organization.name == "shared"
