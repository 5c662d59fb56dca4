"""What the Python tools do in a process of their own: ``python -m benchmarks.bench_sync.child TOOL VERB DIRECTORY``.

The rest comes from the environment: ``BENCH_REST``, ``BENCH_S3``, ``BENCH_BUCKET``, ``BENCH_TOKEN``, ``BENCH_EMAIL``.
Imports are inside the functions: what a tool imports is part of what it costs.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from obstore.store import S3Store

THREADS = 16
RUNNING = 5  # calls inside one process


def ours(verb: str, directory: str) -> None:
    """This package."""
    from qarnot_hl.bucket import Bucket
    from qarnot_hl.connection import Connection

    connection = Connection(
        cluster_url=os.environ["BENCH_REST"],
        client_token=os.environ["BENCH_TOKEN"],
        storage_url=os.environ["BENCH_S3"],
    )
    bucket = Bucket(connection, os.environ["BENCH_BUCKET"], create=False)
    push = lambda: bucket.sync_directory(directory)  # noqa: E731
    pull = lambda: bucket.sync_remote_to_local(directory)  # noqa: E731
    _called(verb, push, pull)


def official(verb: str, directory: str) -> None:
    """The official package."""
    from qarnot.bucket import Bucket  # type: ignore[import-untyped]
    from qarnot.connection import Connection  # type: ignore[import-untyped]

    connection = Connection(
        cluster_url=os.environ["BENCH_REST"],
        client_token=os.environ["BENCH_TOKEN"],
        storage_url=os.environ["BENCH_S3"],
    )
    bucket = Bucket(connection, os.environ["BENCH_BUCKET"], create=False)
    push = lambda: bucket.sync_directory(directory)  # noqa: E731
    pull = lambda: bucket.sync_remote_to_local(directory)  # noqa: E731
    _called(verb, push, pull)


def obstore(verb: str, directory: str) -> None:
    """The fastest client without a synchronisation: every file put, every object got, by threads."""
    import obstore as client

    store, root = _store(), Path(directory)

    def put(path: Path) -> None:
        client.put(store, str(path.relative_to(root)), path)

    def get(key: str) -> None:
        path = root / key
        with path.open("wb") as file:
            for chunk in client.get(store, key):
                file.write(chunk)

    with ThreadPoolExecutor(THREADS) as pool:
        if verb == "push":
            list(pool.map(put, (path for path in root.rglob("*") if path.is_file())))
        else:
            keys = [entry["path"] for page in client.list(store) for entry in page]
            for folder in {(root / key).parent for key in keys}:
                folder.mkdir(parents=True, exist_ok=True)
            list(pool.map(get, keys))


def server(verb: str, directory: str) -> None:
    """What the benchmark itself asks of the storage: ``create`` and ``drop`` a bucket, ``count`` what it holds."""
    if verb == "create":
        import boto3

        client = boto3.client(
            "s3", endpoint_url=os.environ["BENCH_S3"], region_name="us-east-1",
            aws_access_key_id=os.environ["BENCH_EMAIL"], aws_secret_access_key=os.environ["BENCH_TOKEN"],
        )  # fmt: skip
        client.create_bucket(Bucket=os.environ["BENCH_BUCKET"])
        return
    import obstore as client_of_all

    store = _store()
    keys = [entry["path"] for page in client_of_all.list(store) for entry in page]
    if verb == "count":
        print(len(keys))
    elif keys:
        client_of_all.delete(store, keys)


def _called(verb: str, push: Callable[[], object], pull: Callable[[], object]) -> None:
    """Once; or for ``running`` several times, of which the first only warms up, printing the seconds of the others."""
    if verb != "running":
        (push if verb == "push" else pull)()
        return
    for number in range(RUNNING + 1):
        began = time.perf_counter()
        push()
        if number:
            print(time.perf_counter() - began)


def _store() -> S3Store:
    from obstore.store import S3Store

    return S3Store(
        os.environ["BENCH_BUCKET"], endpoint=os.environ["BENCH_S3"], region="us-east-1",
        access_key_id=os.environ["BENCH_EMAIL"], secret_access_key=os.environ["BENCH_TOKEN"],
        virtual_hosted_style_request=False, client_options={"allow_http": True},
    )  # fmt: skip


TOOLS: dict[str, Callable[[str, str], None]] = {
    "ours": ours, "official": official, "obstore": obstore, "server": server,
}  # fmt: skip

if __name__ == "__main__":
    TOOLS[sys.argv[1]](sys.argv[2], sys.argv[3])
