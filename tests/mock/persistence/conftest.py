"""A cloud on a directory, driven without a socket, that can be left as a killed process leaves it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from qarnot_mock.assemble import build_cloud
from qarnot_mock.clock import FIXED_EPOCH, SECOND, VirtualClock
from qarnot_mock.cloud import Cloud
from qarnot_mock.messages import Request, Response
from qarnot_mock.persistence import DataDirectory

TOKEN = "token-of-a-persistent-tenant"
STORAGE = "http://127.0.0.1:8089"


@attrs.define
class Driver:
    """A client of one tenant. What was answered with success is in ``tasks`` (uuids) and ``objects`` (key: content)."""

    cloud: Cloud
    token: str = TOKEN
    tasks: list[str] = attrs.field(factory=list)
    objects: dict[str, bytes] = attrs.field(factory=dict)

    def rest(self, method: str, path: str, body: object = None) -> Response:
        content = b"" if body is None else json.dumps(body).encode()
        headers = (("authorization", self.token), ("content-type", "application/json"))
        return self.cloud.rest(Request(method, path, "", headers, content))

    def s3(self, method: str, target: str, content: bytes = b"") -> Response:
        email = json.loads(self.rest("GET", "/info").body)["email"]
        path, _, query = target.partition("?")
        request = AWSRequest(method, f"{STORAGE}{target}", data=content)
        S3SigV4Auth(Credentials(email, self.token), "s3", "us-east-1").add_auth(request)
        headers = [("host", "127.0.0.1:8089"), *((name.lower(), value) for name, value in request.headers.items())]
        return self.cloud.s3(Request(method, path, query, tuple(headers), content))

    def submit(self, **more: object) -> str:
        body = {"name": "task", "profile": "docker-batch", "instanceCount": 2, "constants": [], **more}
        uuid: str = json.loads(self.rest("POST", "/tasks", body).body)["uuid"]
        self.tasks.append(uuid)
        return uuid

    def put(self, key: str, content: bytes) -> None:
        answer = self.s3("PUT", f"/box/{key}", content)
        assert answer.status == 200, answer
        self.objects[key] = content

    def advance(self, seconds: float) -> None:
        assert isinstance(self.cloud.clock, VirtualClock)
        self.cloud.clock.advance(round(seconds * SECOND))
        self.cloud.tick()

    def state(self) -> Any:
        tenant = self.cloud.authenticate(self.token)
        assert tenant is not None
        self.cloud.catch_up(tenant)
        return tenant.world.dump()

    def stored(self) -> dict[str, bytes]:
        """All objects of all buckets."""
        store = self.cloud.authenticate(self.token).account.store  # type: ignore[union-attr]
        return {
            f"{bucket}/{info.key}": b"".join(_read(store, bucket, info.key))
            for bucket in store.bucket_names()
            for info in store.list(bucket)
        }


def _read(store: Any, bucket: str, key: str) -> Iterator[bytes]:
    content = store.get(bucket, key)
    return iter([content]) if isinstance(content, bytes) else iter(content)


@pytest.fixture
def open_cloud() -> Iterator[Callable[..., Driver]]:
    """``open_cloud(directory)``: a cloud on virtual time that goes on with what is there."""
    opened: list[Cloud] = []

    def start(root: Path, token: str = TOKEN, **options: Any) -> Driver:
        data = DataDirectory(root)
        latest = data.latest()
        clock = VirtualClock(FIXED_EPOCH if latest is None else latest)
        cloud = build_cloud(seed=data.seed(None, 3), clock=clock, storage_url=STORAGE, data=data, **options)
        opened.append(cloud)
        return Driver(cloud, token)

    yield start
    for cloud in opened:
        cloud.close()
