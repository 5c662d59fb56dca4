"""``serve --data`` is killed under load, again and again: all that it acknowledged is there when it comes back."""

from __future__ import annotations

import json
import random
import threading
import urllib.request
from collections.abc import Callable, Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Any

import attrs
import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from qarnot_mock import contract
from qarnot_mock.persistence.rebuilding import canonical, rebuild
from qarnot_mock.persistence.recording import read_recordings

Start = Callable[..., Any]
GONE = (OSError, HTTPException, BotoCoreError, ClientError)
"""What a client meets when its server is killed."""
ROUNDS_A_DIRECTORY = 20


@attrs.define
class Load:
    """Clients of one tenant, and what they were told. After ``wanted`` successes it is ``enough``.

    ``failures`` are what went wrong before the kill.
    """

    server: Any
    token: str
    wanted: int
    tasks: list[str] = attrs.field(factory=list)
    objects: dict[str, bytes] = attrs.field(factory=dict)
    parts: dict[int, str] = attrs.field(factory=dict)
    upload: str = ""
    now: int = 0
    acknowledged: int = 0
    enough: threading.Event = attrs.field(factory=threading.Event)
    killed: bool = False
    failures: list[Exception] = attrs.field(factory=list)
    _lock: threading.Lock = attrs.field(factory=threading.Lock)

    def ask(self, method: str, path: str, body: object = None) -> Any:
        headers = {"Content-Type": "application/json", "Authorization": self.token}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.server.url + path, data=data, headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)

    def s3(self) -> Any:
        return boto3.client(
            "s3", endpoint_url=self.server.storage, aws_access_key_id=self.ask("GET", "/info")["email"],
            aws_secret_access_key=self.token, region_name="us-east-1",
            config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
        )  # fmt: skip

    def told(self) -> None:
        with self._lock:
            self.acknowledged += 1
            if self.acknowledged >= self.wanted:
                self.enough.set()

    def submit(self) -> Iterator[None]:
        while len(self.tasks) < 90:
            body = {"name": "t", "profile": "docker-batch", "instanceCount": 2, "resultBucket": "out"}
            self.tasks.append(self.ask("POST", "/tasks", body)["uuid"])
            yield

    def move_time(self) -> Iterator[None]:
        while True:
            self.now = self.ask("POST", "/_mock/clock/advance", {"seconds": 0.3})["microseconds"]
            yield

    def put(self) -> Iterator[None]:
        client, number = self.s3(), 0
        while True:
            number += 1
            key, content = f"key-{number}", bytes([number % 256]) * (100 if number % 2 else 200_000)
            client.put_object(Bucket="box", Key=key, Body=content)
            self.objects[key] = content
            yield

    def put_parts(self) -> Iterator[None]:
        client = self.s3()
        upload = client.create_multipart_upload(Bucket="box", Key="parts")["UploadId"]
        self.upload = upload
        for number in range(1, 10_000):
            answer = client.upload_part(
                Bucket="box", Key="parts", UploadId=upload, PartNumber=number, Body=b"p" * 70_000
            )
            self.parts[number] = answer["ETag"]
            yield

    def work(self, steps: Iterator[None]) -> None:
        try:
            for _ in steps:
                self.told()
        except GONE as error:
            if not self.killed:
                self.failures.append(error)
                self.enough.set()


def killed_under_load(load: Load) -> None:
    """Four clients work until so much is acknowledged; then the server dies, in the middle of what they do next."""
    load.s3().create_bucket(Bucket="box")
    work = (load.submit(), load.move_time(), load.put(), load.put_parts())
    threads = [threading.Thread(target=load.work, args=(steps,)) for steps in work]
    for thread in threads:
        thread.start()
    assert load.enough.wait(120), "the load stood still"
    load.killed = True
    load.server.process.kill()
    for thread in threads:
        thread.join()
    load.server.process.communicate()
    assert load.failures == []


def check_all_is_there(load: Load, directory: Path) -> None:
    """Everything acknowledged, and the state that a replay of the files gives."""
    recordings = {recording.name: recording for recording in read_recordings(directory)}
    assert {task["uuid"] for task in load.ask("GET", "/tasks")} >= set(load.tasks)
    client = load.s3()
    for key, content in load.objects.items():
        assert client.get_object(Bucket="box", Key=key)["Body"].read() == content, key
    if load.upload:
        pages = client.get_paginator("list_parts").paginate(Bucket="box", Key="parts", UploadId=load.upload)
        found = {part["PartNumber"]: part["ETag"] for page in pages for part in page.get("Parts", ())}
        assert found.items() >= load.parts.items()
    state = load.ask("GET", "/_mock/state")
    assert state["now"] >= load.now
    exported = load.ask("GET", "/_mock/export")
    rebuilt = rebuild(recordings[exported["birth"]["tenant"]], contract.load().lifecycles)
    rebuilt.advance(state["now"])
    assert canonical(rebuilt.world.dump()) == canonical(state)


@pytest.mark.slow
def test_no_kill_under_load_loses_what_was_acknowledged(
    mock_server: Start, tmp_path: Path, slow_size: Callable[[int, int], int]
) -> None:
    chance = random.Random(5)
    acknowledged = 0
    for number in range(slow_size(300, 6)):
        directory = tmp_path / f"data-{number // ROUNDS_A_DIRECTORY}"
        options = ("--time", "virtual", "--data", str(directory))
        if number % ROUNDS_A_DIRECTORY == 0:
            server = mock_server(*options)
        load = Load(server, f"token-{number}", chance.randint(1, 120))
        killed_under_load(load)
        acknowledged += load.acknowledged
        server = mock_server(*options)
        check_all_is_there(attrs.evolve(load, server=server), directory)
        if (number + 1) % ROUNDS_A_DIRECTORY == 0:
            server.process.kill()
    print(f"{acknowledged} answers acknowledged")
