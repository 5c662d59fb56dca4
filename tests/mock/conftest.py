"""An in-process cloud for tests of the mock: no socket, virtual time, everything injectable."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import attrs
import pytest

from qarnot_mock.assemble import build_cloud
from qarnot_mock.clock import VirtualClock
from qarnot_mock.cloud import Cloud
from qarnot_mock.messages import Request, Response


@attrs.define
class Client:
    """Sends requests to a cloud as one tenant."""

    cloud: Cloud
    token: str = "tenant-token"

    def __call__(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Response:
        content = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        given = {"content-type": "application/json", **(headers or {})}
        if self.token:
            given.setdefault("authorization", self.token)
        path, _, query = path.partition("?")
        return self.cloud.rest(Request(method, path, query, tuple(given.items()), content))

    def json(self, method: str, path: str, body: object = None) -> Any:
        """The JSON of an answer that must be a success."""
        response = self(method, path, body)
        assert response.status < 300, response
        return json.loads(response.body)


@pytest.fixture
def cloud_factory() -> Iterator[Callable[..., Cloud]]:
    """Makes clouds; the arguments are those of ``build_cloud``, time is virtual unless a clock is given.

    Fails the test when an answer broke the contract.
    """
    clouds: list[Cloud] = []

    def make(**options: Any) -> Cloud:
        options.setdefault("clock", VirtualClock())
        clouds.append(build_cloud(**options))
        return clouds[-1]

    yield make
    for cloud in clouds:
        cloud.close()
    assert [breach for cloud in clouds for breach in cloud.contract_errors] == []


@pytest.fixture
def cloud(cloud_factory: Callable[..., Cloud]) -> Cloud:
    """A cloud in virtual time, open to any token, with an administrator (``admin``)."""
    return cloud_factory(seed=7, admin_token="admin")


@pytest.fixture
def client(cloud: Cloud) -> Client:
    """A tenant of ``cloud``."""
    return Client(cloud)


@pytest.fixture
def client_of() -> type[Client]:
    """Makes more clients: ``client_of(cloud, "token")``."""
    return Client
