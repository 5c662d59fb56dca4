"""An S3 in process: a handler on a clock that tests move, and boto3 clients whose requests reach it without sockets."""

from __future__ import annotations

import io
import sqlite3
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import attrs
import boto3
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest, AWSResponse
from botocore.config import Config
from botocore.credentials import Credentials

from qarnot_mock.messages import Request, Response
from qarnot_mock.storage.accounts import Account
from qarnot_mock.storage.directory import DirectoryStore
from qarnot_mock.storage.directory_uploads import DirectoryUploads
from qarnot_mock.storage.handler import S3Handler
from qarnot_mock.storage.memory import MemoryStore

EMAIL, TOKEN = "someone+test@example.com", "a-secret-token/with+signs="
ENDPOINT = "http://127.0.0.1:9"


class _Raw(io.BytesIO):
    """What botocore wants from urllib3: a stream."""

    def stream(self, amount: int = 65536, decode_content: bool | None = None) -> Iterator[bytes]:
        while chunk := self.read(amount):
            yield chunk


def to_request(prepared: AWSPreparedRequest) -> Request:
    """What a server would see of a botocore request."""
    split = urlsplit(prepared.url)
    body = prepared.body or b""
    if isinstance(body, str):
        body = body.encode()
    content = body if isinstance(body, (bytes, bytearray)) else body.read()
    headers = [
        (name.lower(), value.decode("latin-1") if isinstance(value, bytes) else str(value))
        for name, value in prepared.headers.items()
    ]
    if all(name != "host" for name, _ in headers):
        headers.append(("host", split.netloc))
    return Request(prepared.method, split.path or "/", split.query, tuple(headers), bytes(content))


@attrs.define
class Cloud:
    """One handler with its accounts, its clocks (microseconds), and what went through it."""

    make_store: Callable[[], Any]
    now: int = attrs.field(factory=lambda: int(time.time()) * 1_000_000)
    wall: int | None = None
    accounts: dict[str, Account] = attrs.field(factory=dict)
    seen: list[tuple[Request, Response]] = attrs.field(factory=list)
    handler: S3Handler = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.handler = S3Handler(
            self.accounts.get, lambda: self.now, lambda: self.now if self.wall is None else self.wall
        )
        self.add_account(EMAIL, TOKEN)

    def add_account(self, email: str, token: str, **limits: int) -> Account:
        store = self.make_store()
        lasting = (
            {"uploads": DirectoryUploads(store), "commit": store.commit} if isinstance(store, DirectoryStore) else {}
        )
        self.accounts[email] = Account(email, token, store, **lasting, **limits)
        return self.accounts[email]

    @property
    def account(self) -> Account:
        return self.accounts[EMAIL]

    def handle(self, request: Request) -> Response:
        response = self.handler.handle(request)
        self.seen.append((request, response))
        return response

    def send(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: dict[str, str] | None = None,
        *,
        access_key: str = EMAIL,
        secret_key: str = TOKEN,
        region: str = "us-east-1",
        change: Callable[[Request], Request] = lambda request: request,
    ) -> Response:
        """Sign a raw request with botocore's signer, ``change`` it on its way, and answer it."""
        request = AWSRequest(method, ENDPOINT + path, data=body, headers=headers or {})
        S3SigV4Auth(Credentials(access_key, secret_key), "s3", region).add_auth(request)
        return self.handle(change(to_request(request.prepare())))

    def fetch(self, method: str, url: str, body: bytes = b"", headers: dict[str, str] | None = None) -> Response:
        """Send an unsigned request to a (presigned) URL."""
        split = urlsplit(url)
        sent = {"host": split.netloc, **(headers or {})}
        return self.handle(Request(method, split.path or "/", split.query, tuple(sent.items()), body))

    def client(
        self,
        access_key: str | None = EMAIL,
        secret_key: str | None = TOKEN,
        region: str = "us-east-1",
        endpoint: str = ENDPOINT,
        **config: Any,
    ) -> Any:
        """A boto3 client of this cloud; ``config`` goes to botocore's Config."""
        config.setdefault("s3", {"addressing_style": "path"})
        config.setdefault("retries", {"max_attempts": 1})
        client = boto3.client(
            "s3",
            endpoint_url=endpoint,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            region_name=region,
            config=Config(**config),
        )
        client.meta.events.register_first("before-send.s3", self._answer)
        return client

    def _answer(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        response = self.handle(to_request(request))
        headers = dict(response.headers)
        headers.setdefault("content-length", str(len(response.body)))
        return AWSResponse(request.url, response.status, headers, _Raw(response.body))


def _error(response: Response) -> dict[str, str]:
    root = ET.fromstring(response.body)
    assert root.tag == "Error"
    return {child.tag: child.text or "" for child in root} | {"status": str(response.status)}


@pytest.fixture(scope="session")
def error() -> Callable[[Response], dict[str, str]]:
    """Reads an S3 error: its elements by name, and ``status``."""
    return _error


class Directories:
    """Makes directory stores, each in a folder of its own; :meth:`open` opens one again."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.connections: list[sqlite3.Connection] = []

    def __call__(self) -> DirectoryStore:
        folder = self.root / str(len(self.connections))
        folder.mkdir()
        return self.open(folder)

    def open(self, folder: Path) -> DirectoryStore:
        connection = sqlite3.connect(folder / "index.sqlite3", check_same_thread=False)
        connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF")
        self.connections.append(connection)
        return DirectoryStore(connection, folder / "objects")

    def close(self) -> None:
        for connection in self.connections:
            connection.close()


@pytest.fixture
def directories(tmp_path: Path) -> Iterator[Directories]:
    made = Directories(tmp_path)
    yield made
    made.close()


@pytest.fixture(params=["memory", "directory"])
def make_store(request: pytest.FixtureRequest) -> Any:
    """Everything that implements ObjectStore and stands behind the protocol; a new back end is one more parameter."""
    return MemoryStore if request.param == "memory" else request.getfixturevalue("directories")


@pytest.fixture
def cloud(make_store: Callable[[], Any]) -> Cloud:
    return Cloud(make_store)


@pytest.fixture
def new_cloud(make_store: Callable[[], Any]) -> Callable[[], Cloud]:
    return lambda: Cloud(make_store)


@pytest.fixture
def s3(cloud: Cloud) -> Any:
    """A boto3 client with a bucket named ``data``."""
    client = cloud.client()
    client.create_bucket(Bucket="data")
    return client
