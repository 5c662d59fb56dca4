"""How many requests a second the mock's S3 answers, in memory and over a directory, against moto's server and
SeaweedFS: obstore with 16 threads and objects of 1 kB, and a listing of 10,000 keys.

Client and servers share the machine, and none is bound to a core. Rounds are interleaved and the median is shown.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import boto3
import obstore
from botocore.exceptions import ClientError
from obstore.store import S3Store

from benchmarks.s3_servers import KEY, SECRET, SERVERS

BUCKET, CONTENT = "benchmark", b"x" * 1024
THREADS, LISTED, ROUNDS = 16, 10_000, 3
SECONDS = 3.0
OPERATIONS = ("PUT", "GET", "HEAD", "list 10,000")
SLOWEST = "moto server"


def table() -> list[list[str]]:
    """One row a server: requests a second and their ratio to moto; a listing in keys a second."""
    measured: dict[str, list[dict[str, float]]] = {name: [] for name in SERVERS}
    with contextlib.ExitStack() as stack:
        urls = {name: stack.enter_context(start()) for name, start in SERVERS.items()}
        for url in urls.values():
            _fill(url)
        for _ in range(ROUNDS):
            for name, url in urls.items():
                measured[name].append(_round(url))
    medians = {
        name: {operation: statistics.median(found[operation] for found in rounds) for operation in OPERATIONS}
        for name, rounds in measured.items()
    }
    load = f"load {os.getloadavg()[0]:.1f}"
    rows = [["server", *(f"{operation}/s" for operation in OPERATIONS[:3]), "keys listed/s", load]]
    for name, rates in medians.items():
        ratios = {operation: rates[operation] / medians[SLOWEST][operation] for operation in OPERATIONS}
        rows.append([name, *(f"{rates[each]:,.0f} ({ratios[each]:.1f}×)" for each in OPERATIONS), ""])
    return rows


def _store(url: str) -> S3Store:
    return S3Store(
        BUCKET,
        endpoint=url,
        access_key_id=KEY,
        secret_access_key=SECRET,
        region="us-east-1",
        virtual_hosted_style_request=False,
        client_options={"allow_http": True},
    )


def _fill(url: str) -> None:
    """A bucket with the objects that are listed and read."""
    client = boto3.client(
        "s3", endpoint_url=url, aws_access_key_id=KEY, aws_secret_access_key=SECRET, region_name="us-east-1"
    )
    with contextlib.suppress(ClientError):  # SeaweedFS refuses to create what is there
        client.create_bucket(Bucket=BUCKET)
    store = _store(url)
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda n: obstore.put(store, _listed(n), CONTENT, use_multipart=False), range(LISTED)))


def _listed(number: int) -> str:
    return f"listed/{number % LISTED:05}"


def _round(url: str) -> dict[str, float]:
    store = _store(url)
    return {
        "PUT": _rate(lambda n: obstore.put(store, f"put/{n:07}", CONTENT, use_multipart=False)),
        "GET": _rate(lambda n: obstore.get(store, _listed(n)).bytes()),
        "HEAD": _rate(lambda n: obstore.head(store, _listed(n))),
        "list 10,000": _listing_rate(store),
    }


def _rate(request: Callable[[int], object]) -> float:
    """Requests a second of all threads together; each thread asks again as soon as it is answered."""
    began = time.perf_counter()

    def ask(thread: int) -> int:
        number = 0
        while time.perf_counter() < began + SECONDS:
            request(number * THREADS + thread)
            number += 1
        return number

    with ThreadPoolExecutor(THREADS) as pool:
        answered = sum(pool.map(ask, range(THREADS)))
    return answered / (time.perf_counter() - began)


def _listing_rate(store: S3Store) -> float:
    began = time.perf_counter()
    found = sum(len(page) for page in obstore.list(store, prefix="listed/", chunk_size=1000))
    if found != LISTED:
        raise RuntimeError(f"{found} of {LISTED} objects were listed")
    return found / (time.perf_counter() - began)
