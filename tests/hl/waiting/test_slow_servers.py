"""Servers that answer drop by drop, over real sockets: each drop comes in time, the deadline ends it all the same."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from qarnot_hl import exceptions as ex
from qarnot_hl._async.connection import AsyncConnection
from qarnot_hl._core.settings import Settings
from qarnot_hl._core.storage_access import StorageAccess
from qarnot_hl._sync.bucket import Bucket
from qarnot_hl._sync.connection import Connection

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n"
DEADLINE = 0.3


@pytest.fixture
def dripping() -> Iterator[str]:
    """The URL of a server that sends a byte now and then, for ever."""
    over = threading.Event()

    def drip(client: socket.socket) -> None:
        with client:
            try:
                client.recv(65536)
                client.sendall(HEAD)
                while not over.wait(0.02):
                    client.sendall(b" ")
            except OSError:
                return

    def serve() -> None:
        while not over.is_set():
            try:
                client, _ = listener.accept()
            except TimeoutError:
                continue
            threading.Thread(target=drip, args=(client,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        over.set()
        thread.join()


def test_a_rest_call_ends_with_the_deadline(dripping: str) -> None:
    with Connection(cluster_url=dripping, client_token="t") as connection, connection.limits(deadline=DEADLINE):
        began = time.monotonic()
        with pytest.raises(ex.RequestTimeout):
            connection.versions()
        assert time.monotonic() - began < 20


def test_an_asynchronous_call_ends_with_the_deadline(dripping: str) -> None:
    async def ask() -> None:
        async with AsyncConnection(cluster_url=dripping, client_token="t") as connection:
            with connection.limits(deadline=DEADLINE):
                await connection.versions()

    with pytest.raises(ex.RequestTimeout):
        asyncio.run(ask())


def test_a_transfer_ends_with_the_deadline(dripping: str, tmp_path: Path) -> None:
    settings = Settings(cluster_url=dripping, token="t", retry_wait=0)
    with Connection._from_settings(settings) as connection:
        connection._access = StorageAccess(dripping, "me", "t")
        with connection.limits(deadline=DEADLINE), pytest.raises(ex.QarnotException) as caught:
            Bucket(connection, "b", create=False).get_file("key", tmp_path / "there")
    assert not (tmp_path / "there").exists()
    assert isinstance(caught.value, ex.RequestTimeout | ex.TransferException)
