"""Which buckets a request body names, so that the shell can look them up for a world that does no I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from qarnot_mock.sim.commands import Json

BUCKET_FIELDS = frozenset(
    {"resourceBuckets", "advancedResourceBuckets", "resultBucket", "resultsBucket", "snapshotBucket", "bucket",
     "bucketName"}
)  # fmt: skip
"""Fields of request bodies whose value is a bucket name, a list of them, or a list of objects that hold one."""

COPIES = frozenset({"task_clone", "task_retry", "task_resume", "task_recover", "pool_clone"})
"""Operations that make a new object from the definition of the one that they address."""


def bucket_names(body: Json) -> frozenset[str]:
    """The names of all buckets that a body (one object or a bulk list) mentions."""
    return frozenset(_names(body, inside=False))


def _names(node: Json, inside: bool) -> Iterator[str]:
    if isinstance(node, str):
        if inside and node:
            yield node
    elif isinstance(node, Mapping):
        for key, value in node.items():
            if key in BUCKET_FIELDS:
                yield from _names(value, inside=True)
    elif isinstance(node, Sequence):
        for item in node:
            yield from _names(item, inside)
