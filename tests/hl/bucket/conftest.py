"""The mock's own S3 behind boto3's ``before-send`` hook: real boto3, real signatures, no socket, faults on request."""

from __future__ import annotations

import io
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from urllib3.exceptions import ProtocolError

from qarnot_hl._core.settings import Settings
from qarnot_hl._core.storage_access import StorageAccess
from qarnot_hl._s3.boto3_plane import Boto3Plane
from qarnot_hl._s3.client import build_client, build_resource
from qarnot_hl._s3.planes import own_plane
from qarnot_mock.messages import Request, Response
from qarnot_mock.storage.accounts import Account
from qarnot_mock.storage.handler import S3Handler
from qarnot_mock.storage.memory import MemoryStore

TOKEN = "s3cr3t-t0ken"
EMAIL = "someone@example.com"
ENDPOINT = "http://localhost:9"  # nobody listens: a request that misses the hook fails


class Body(io.BytesIO):
    """What boto3 reads an answer from. ``cut``: the connection breaks after so many bytes."""

    def __init__(self, content: bytes, cut: int | None = None) -> None:
        super().__init__(content[:cut])
        self._cut = cut is not None and cut < len(content)

    def read(self, size: int | None = -1, *_: object, **__: object) -> bytes:
        chunk = super().read(size)
        if not chunk and self._cut:
            raise ProtocolError("connection broken")
        return chunk

    def stream(self, **_: object) -> Iterator[bytes]:
        while chunk := self.read(65536):
            yield chunk


class Reply:
    """An answer to our own engine."""

    def __init__(self, status: int, headers: dict[str, str], body: Body) -> None:
        self.status, self.headers, self._body = status, headers, body

    def read(self, size: int = -1) -> bytes:
        try:
            return self._body.read(size)
        except ProtocolError as error:
            raise ConnectionResetError(str(error)) from error

    def close(self) -> None:
        pass


class Storage:
    """One account's storage.

    ``requests`` holds what was asked, as ``PUT /bucket/key``. ``fault`` may answer instead, ``cut`` may say after how
    many bytes the answer breaks off.
    """

    def __init__(self, engine: str = "own") -> None:
        self.engine = engine
        self.store = MemoryStore()
        self.account = Account(EMAIL, TOKEN, self.store)
        self.handler = S3Handler({EMAIL: self.account}.get, self.now, self.now)
        self.requests: list[str] = []
        self.fault: Callable[[Request], Response | None] = lambda request: None
        self.cut: Callable[[Request], int | None] = lambda request: None
        self._lock = threading.Lock()

    @staticmethod
    def now() -> int:
        return int(time.time() * 1e6)

    def hook(self, request: AWSPreparedRequest, **_: object) -> AWSResponse:
        asked = as_request(request)
        with self._lock:
            self.requests.append(f"{asked.method} {asked.path}{'?' if asked.query else ''}{asked.query}")
        answer = self.fault(asked) or self.handler.handle(asked)
        headers = {"content-length": str(len(answer.body)), **dict(answer.headers)}
        return AWSResponse(request.url, answer.status, headers, Body(answer.body, self.cut(asked)))

    def send(self, method: str, target: str, headers: Mapping[str, str], body: Any) -> Reply:
        """The transport of our own engine, without a socket."""
        path, _, query = target.partition("?")
        content = body if isinstance(body, bytes) else body.read()
        asked = Request(method, path, query, tuple(headers.items()), content)
        with self._lock:
            self.requests.append(f"{asked.method} {asked.path}{'?' if asked.query else ''}{asked.query}")
        answer = self.fault(asked) or self.handler.handle(asked)
        told = {"content-length": str(len(answer.body)), **{name.lower(): text for name, text in answer.headers}}
        return Reply(answer.status, told, Body(answer.body, self.cut(asked)))

    def close(self) -> None:
        """Nothing is kept open."""

    def connect(self, kind: type[Any], bucket: str | None = "data", token: str = TOKEN, **changes: Any) -> Any:
        """A connection of that flavour to this storage; makes the bucket."""
        settings = Settings(token=token, storage_url=ENDPOINT, retry_count=0, **changes)
        connection = kind._from_settings(settings)
        connection._access = StorageAccess(ENDPOINT, EMAIL, token)
        client: Any = build_client(settings, connection._access)
        client.meta.events.register_first("before-send.s3", self.hook)
        plane = (
            Boto3Plane(client, ENDPOINT)
            if self.engine == "boto3"
            else own_plane(settings, connection._access, connection._clock, self)
        )
        connection._storage_clients = {(os.getpid(), "client"): client, (os.getpid(), "plane"): plane}
        if bucket:
            self.store.create_bucket(bucket, self.now())
        return connection

    def add_resource(self, connection: Any) -> None:
        """Make the connection's boto3 resource talk to this storage too (building one is slow)."""
        resource: Any = build_resource(connection._settings, connection._access)
        resource.meta.client.meta.events.register_first("before-send.s3", self.hook)
        connection._storage_clients[os.getpid(), "resource"] = resource

    def put(self, files: Mapping[str, bytes], bucket: str = "data") -> None:
        for key, content in files.items():
            self.store.put(bucket, key, content, self.now())

    def content(self, bucket: str = "data") -> dict[str, bytes]:
        return {info.key: self.store.get(bucket, info.key) for info in self.store.list(bucket)}

    def count(self, method: str) -> int:
        return sum(request.startswith(f"{method} ") for request in self.requests)


def as_request(request: AWSPreparedRequest) -> Request:
    url = urlsplit(request.url)
    headers = [
        (name.lower(), value if isinstance(value, str) else value.decode()) for name, value in request.headers.items()
    ]
    body = request.body
    content = body.read() if hasattr(body, "read") else body or b""
    return Request(
        request.method, url.path, url.query, (("host", url.netloc), *headers),
        content.encode() if isinstance(content, str) else bytes(content),
    )  # fmt: skip


@pytest.fixture(params=["own", "boto3"])
def storage(cache: Path, request: pytest.FixtureRequest) -> Storage:
    """The storage behind a connection whose transfers use that engine."""
    return Storage(request.param)


@pytest.fixture
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache directory of this test: a local index that nothing else uses."""
    directory = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(directory))
    return directory


@pytest.fixture
def tree(tmp_path: Path) -> Callable[[Mapping[str, bytes]], str]:
    """Writes files below a new directory and gives its path."""

    def build(files: Mapping[str, bytes]) -> str:
        root = tmp_path / "source"
        root.mkdir(exist_ok=True)
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return str(root)

    return build


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def found(out: Path) -> Callable[[], dict[str, bytes]]:
    """The files below ``out``."""
    return lambda: {str(p.relative_to(out)): p.read_bytes() for p in sorted(out.rglob("*")) if p.is_file()}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
