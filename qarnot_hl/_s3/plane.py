"""The data plane: the few requests that transfers are made of, as a protocol that several engines satisfy.

An engine is safe to share between threads. Its errors are this package's own, with the bucket's and the object's name.
What to send when is the callers' business.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import IO, Protocol, TypeAlias

import attrs

from qarnot_hl._core.sync_actions import RemoteFile
from qarnot_hl.exceptions import QarnotGenericException

Body: TypeAlias = bytes | IO[bytes]  # a file is seekable, stands at its beginning and ends where the body does


class FileChanged(QarnotGenericException):
    """A local file was written to while it was sent."""


class UploadGone(QarnotGenericException):
    """The multipart upload does not exist any more: completed or aborted by somebody else."""


class ObjectChanged(QarnotGenericException):
    """The object is not the one any more that the request was meant for."""


class BodyBroken(QarnotGenericException):
    """The connection broke within the bytes of an object; what came before is good."""


@attrs.frozen
class Stored:
    """What the storage made of an upload. ``opaque``: it encrypts with keys, so that its ETags are no md5."""

    etag: str
    opaque: bool = False


@attrs.frozen
class Part:
    """A part of an unfinished multipart upload."""

    number: int
    size: int
    etag: str


class Answer(Protocol):
    """An object on its way: ``size`` of the whole object in bytes; ``opaque`` as of :class:`Stored`."""

    @property
    def size(self) -> int: ...

    @property
    def etag(self) -> str: ...

    @property
    def opaque(self) -> bool: ...

    def chunks(self) -> Iterator[bytes]:
        """The bytes, at most a MiB at a time. Raises :class:`BodyBroken`."""
        ...


class Plane(Protocol):
    """One account's storage. ``name`` tells it from others: its address and account."""

    @property
    def name(self) -> str: ...

    def create_bucket(self, bucket: str) -> None:
        """Create a bucket; the account's own existing one is left as it is."""
        ...

    def list(self, bucket: str, prefix: str = "", limit: int | None = None) -> Iterator[RemoteFile]:
        """The objects whose key starts with ``prefix``, as the pages come; at most ``limit``."""
        ...

    def put(self, bucket: str, key: str, body: Body) -> Stored:
        """Store an object in one piece."""
        ...

    def get(
        self, bucket: str, key: str, start: int = 0, stop: int | None = None, etag: str | None = None
    ) -> AbstractContextManager[Answer]:
        """Ask for the bytes ``[start, stop)``. With ``etag`` raises :class:`ObjectChanged` if it has another one."""
        ...

    def copy(self, bucket: str, source: str, key: str, etag: str | None = None) -> None:
        """Copy up to 5 GB on the server, with ``etag`` only while the source has it (:class:`ObjectChanged`)."""
        ...

    def delete(self, bucket: str, objects: Sequence[Mapping[str, str]]) -> Iterable[tuple[str, str]]:
        """Delete up to 1000, each a ``Key`` and perhaps a ``VersionId``; gives what was refused and why."""
        ...

    def create_upload(self, bucket: str, key: str) -> str:
        """Begin a multipart upload."""
        ...

    def put_part(self, bucket: str, key: str, upload: str, number: int, body: Body) -> Stored:
        """Send a part; numbers begin at 1. This and what follows raise :class:`UploadGone`."""
        ...

    def copy_part(
        self, bucket: str, key: str, upload: str, number: int, source: str, start: int, stop: int, etag: str
    ) -> Stored:
        """Make a part of the bytes ``[start, stop)`` of an object, while it has this ETag (:class:`ObjectChanged`)."""
        ...

    def list_parts(self, bucket: str, key: str, upload: str) -> Iterator[Part]:
        """What has arrived of an upload."""
        ...

    def complete_upload(self, bucket: str, key: str, upload: str, etags: Sequence[str]) -> Stored:
        """Make an object of the parts with these ETags, in order."""
        ...

    def abort_upload(self, bucket: str, key: str, upload: str) -> None:
        """Drop an upload and its parts."""
        ...

    def close(self) -> None:
        """Close idle connections. It stays usable."""
        ...
