"""The tools that people use do a whole sync against the mock's S3, over real sockets and over both back ends.

Up, again with nothing to do, with one file changed, with one deleted, and down: after each the bucket or the folder is
what the source is, and nothing is sent that need not be.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import attrs
import boto3
import pytest
from boto3.s3.transfer import TransferConfig

from qarnot_mock.messages import Request, Response
from qarnot_mock.options import Options
from qarnot_mock.server import Server, open_server
from qarnot_mock.storage.directory import DirectoryStore
from qarnot_mock.storage.directory_uploads import DirectoryUploads
from qarnot_mock.storage.store import ObjectStore

pytestmark = pytest.mark.slow

TOKEN, EMAIL, BUCKET = "token/of+the=tenant", "someone+sync@example.com", "data"
OPTIONS = Options("127.0.0.1", 0, 0, "real", None, "simulated", {TOKEN: EMAIL}, 1, False)
WRITES = {"PUT", "POST", "DELETE"}
LARGE = 17 * 1024**2 + 5


@attrs.define
class Site:
    """A mock on sockets, the store behind the one account, and the keys that were written since the last look."""

    server: Server
    store: ObjectStore
    requests: list[Request]

    def written(self) -> set[str]:
        """Paths of the requests that wrote, without parameters; forgets them."""
        paths = {each.path for each in self.requests if each.method in WRITES}
        self.requests.clear()
        return paths

    def contents(self) -> dict[str, str]:
        """Key to digest of all that is stored."""
        listed = self.store.list(BUCKET)
        return {info.key: digest(self.store.get(BUCKET, info.key)) for info in listed}


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def tree(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): digest(path.read_bytes()) for path in files}


@pytest.fixture(params=["memory", "directory"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    requests: list[Request] = []

    def recording(handle: Callable[[Request], Response]) -> Callable[[Request], Response]:
        def answer(asked: Request) -> Response:
            requests.append(attrs.evolve(asked, body=b""))
            return handle(asked)

        return answer

    server = open_server(
        OPTIONS, None, fixed_epoch=False, handlers=lambda cloud: (cloud.rest, recording(cloud.s3))
    )  # fmt: skip
    tenant = server.cloud.authenticate(TOKEN)
    if request.param == "directory":
        store = request.getfixturevalue("directories")()
        assert isinstance(store, DirectoryStore)
        tenant.account = attrs.evolve(
            tenant.account, store=store, uploads=DirectoryUploads(store), commit=store.commit
        )  # fmt: skip
    tenant.account.store.create_bucket(BUCKET, 0)
    with server.in_thread():
        yield Site(server, tenant.account.store, requests)


@pytest.fixture
def source(tmp_path: Path, slow_size: Callable[[int, int], int]) -> Path:
    """A tree with what trips tools up: an empty file, odd names, a file of several parts, and many small ones."""
    folder = tmp_path / "source"
    rng = random.Random(1)
    names = ["a b.txt", "é ü/ñ.txt", "plus+&=#%.bin", "deep/er/and/deeper.txt", "deep-er.txt"]
    names += [f"many/{number % 7}/{number:04}.dat" for number in range(slow_size(1000, 20))]
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(rng.randbytes(rng.randrange(1, 5000)))
    (folder / "empty").touch()
    (folder / "large.bin").write_bytes(rng.randbytes(LARGE))
    for path in folder.rglob("*"):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    return folder


class Client(Protocol):
    """One tool: makes the bucket like a folder, and a folder like the bucket."""

    def up(self, folder: Path) -> None: ...

    def down(self, folder: Path) -> None: ...


def run(site: Site, command: list[str | Path], home: Path, **more: str) -> None:
    """Run a tool from beside this interpreter with the account's credentials in its environment."""
    program = Path(sys.executable).with_name(str(command[0]))
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "AWS_ACCESS_KEY_ID": EMAIL,
        "AWS_SECRET_ACCESS_KEY": TOKEN,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": site.server.storage_url,
        "AWS_EC2_METADATA_DISABLED": "true",
        **more,
    }
    done = subprocess.run([program, *command[1:]], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@attrs.frozen
class Aws:
    site: Site
    home: Path

    def up(self, folder: Path) -> None:
        run(self.site, ["aws", "s3", "sync", folder, f"s3://{BUCKET}", "--delete", "--only-show-errors"], self.home)

    def down(self, folder: Path) -> None:
        run(self.site, ["aws", "s3", "sync", f"s3://{BUCKET}", folder, "--delete", "--only-show-errors"], self.home)


@attrs.frozen
class Rclone:
    site: Site
    home: Path

    def up(self, folder: Path) -> None:
        self._sync(str(folder), f"mock:{BUCKET}")

    def down(self, folder: Path) -> None:
        self._sync(f"mock:{BUCKET}", str(folder))

    def _sync(self, source: str, target: str) -> None:
        remote = {"TYPE": "s3", "PROVIDER": "Ceph", "ENDPOINT": self.site.server.storage_url, "ENV_AUTH": "true",
                  "UPLOAD_CUTOFF": "8Mi", "CHUNK_SIZE": "8Mi"}  # fmt: skip
        settings = {f"RCLONE_CONFIG_MOCK_{name}": value for name, value in remote.items()}
        run(self.site, ["rclone", "sync", source, target, "--config", self.home / "none"], self.home, **settings)


@attrs.frozen
class S5cmd:
    site: Site
    home: Path

    def up(self, folder: Path) -> None:
        self._sync(f"{folder}/", f"s3://{BUCKET}/")

    def down(self, folder: Path) -> None:
        self._sync(f"s3://{BUCKET}/*", f"{folder}/")

    def _sync(self, source: str, target: str) -> None:
        endpoint = ["--endpoint-url", self.site.server.storage_url]
        run(self.site, ["s5cmd", *endpoint, "sync", "--delete", "--part-size", "8", source, target], self.home)


@attrs.frozen
class Library:
    """A library without a sync of its own, made to do one by size and ETag of what it lists."""

    list: Callable[[], Mapping[str, int]]
    put: Callable[[str, Path], None]
    get: Callable[[str, Path], None]
    delete: Callable[[list[str]], None]

    def up(self, folder: Path) -> None:
        there = self.list()
        local = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
        for key, path in local.items():
            if there.get(key) != path.stat().st_size:
                self.put(key, path)
        if gone := [key for key in there if key not in local]:
            self.delete(gone)

    def down(self, folder: Path) -> None:
        for key in self.list():
            path = folder / key
            path.parent.mkdir(parents=True, exist_ok=True)
            self.get(key, path)


def with_boto3(site: Site, home: Path) -> Client:
    s3: Any = boto3.client(
        "s3", endpoint_url=site.server.storage_url, aws_access_key_id=EMAIL, aws_secret_access_key=TOKEN,
        region_name="us-east-1",
    )  # fmt: skip
    config = TransferConfig(multipart_chunksize=5 * 1024**2, preferred_transfer_client="classic")

    def listing() -> dict[str, int]:
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, PaginationConfig={"PageSize": 7})
        return {each["Key"]: each["Size"] for page in pages for each in page.get("Contents", [])}

    def delete(keys: list[str]) -> None:
        s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": key} for key in keys]})

    return Library(
        listing,
        lambda key, path: s3.upload_file(str(path), BUCKET, key, Config=config),
        lambda key, path: s3.download_file(BUCKET, key, str(path), Config=config),
        delete,
    )


def with_obstore(site: Site, home: Path) -> Client:
    import obstore
    from obstore.store import S3Store

    store = S3Store(
        BUCKET, endpoint=site.server.storage_url, access_key_id=EMAIL, secret_access_key=TOKEN, region="us-east-1",
        virtual_hosted_style_request=False, client_options={"allow_http": True},
    )  # fmt: skip

    def listing() -> dict[str, int]:
        return {each["path"]: each["size"] for page in obstore.list(store) for each in page}

    return Library(
        listing,
        lambda key, path: obstore.put(store, key, path, chunk_size=5 * 1024**2),
        lambda key, path: path.write_bytes(obstore.get(store, key).bytes()),
        lambda keys: obstore.delete(store, keys),
    )


@attrs.frozen
class Official:
    """The vendor's own package."""

    bucket: Any

    def up(self, folder: Path) -> None:
        self.bucket.sync_directory(str(folder))

    def down(self, folder: Path) -> None:
        self.bucket.sync_remote_to_local(str(folder), None)


def official(site: Site, home: Path) -> Client:
    import qarnot

    connection = qarnot.Connection(cluster_url=site.server.url, client_token=TOKEN)
    return Official(qarnot.bucket.Bucket(connection, BUCKET))


CLIENTS = {"aws": Aws, "rclone": Rclone, "s5cmd": S5cmd, "boto3": with_boto3, "obstore": with_obstore,
           "official": official}  # fmt: skip


@pytest.mark.parametrize("name", CLIENTS)
def test_a_whole_sync(name: str, site: Site, source: Path, tmp_path: Path) -> None:
    client = CLIENTS[name](site, tmp_path)
    client.up(source)
    assert site.contents() == tree(source)
    assert site.written()

    client.up(source)
    assert site.written() == set()

    (source / "deep-er.txt").write_bytes(b"changed, and of another length")
    client.up(source)
    assert {path.partition("?")[0] for path in site.written()} == {f"/{BUCKET}/deep-er.txt"}
    assert site.contents() == tree(source)

    (source / "a b.txt").unlink()
    client.up(source)
    assert site.contents() == tree(source)

    target = tmp_path / "target"
    target.mkdir()
    client.down(target)
    assert tree(target) == tree(source)
    shutil.rmtree(target)
