"""The data plane of the package's own: signed requests over kept-alive connections, at a fraction of boto3's cost.

It knows the dozen requests of the protocol and no others.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import os
import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import IO, NoReturn
from urllib.parse import unquote_plus, urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape

import attrs

from qarnot_hl._core.etag import MIB, unquoted
from qarnot_hl._core.limits import current
from qarnot_hl._core.retry import BY_STATUS, DEADLINE, LONGEST_PAUSE, RetryPolicy, retry_after
from qarnot_hl._core.sigv4 import UNSIGNED, authorization, encoded_path, encoded_query
from qarnot_hl._core.storage_access import StorageAccess
from qarnot_hl._core.sync_actions import RemoteFile
from qarnot_hl._s3.errors import NETWORK_STEP, from_response
from qarnot_hl._s3.plane import Body, BodyBroken, ObjectChanged, Part, Stored, UploadGone
from qarnot_hl._s3.transport import Reply, Transport
from qarnot_hl.exceptions import ConnectionFailed, QarnotException, RequestTimeout

REGION = "us-east-1"  # the gateway takes any
EMPTY_HASH = hashlib.sha256(b"").hexdigest()
NAME_SPACE = re.compile(rb"""\sxmlns=(?:"[^"]*"|'[^']*')""")
BROKEN = (OSError, http.client.HTTPException)


@attrs.frozen
class Retries:
    """``count`` repeats after the first attempt, the first after about ``wait`` seconds. ``pause`` sleeps."""

    count: int
    wait: float
    pause: Callable[[float], object]


class OwnPlane:
    """A :class:`~qarnot_hl._s3.plane.Plane`. ``now``: seconds since 1970."""

    def __init__(
        self,
        access: StorageAccess,
        name: str,
        transport: Transport,
        agent: str,
        now: Callable[[], float],
        retries: Retries,
    ) -> None:
        self.name = name
        self._access, self._transport, self._agent, self._now, self._retries = access, transport, agent, now, retries
        url = urlsplit(access.endpoint)
        self._host, self._base, self._signs_payload = url.netloc, url.path.rstrip("/"), url.scheme != "https"

    def create_bucket(self, bucket: str) -> None:
        """As the protocol says."""
        with self._request("create", "PUT", bucket) as reply:
            reply.read()

    def list(self, bucket: str, prefix: str = "", limit: int | None = None) -> Iterator[RemoteFile]:
        """As the protocol says."""
        query = {"list-type": "2", "prefix": prefix, "encoding-type": "url"}
        if limit is not None:
            query["max-keys"] = str(limit)
        while True:
            page = self._asked("list files", "GET", bucket, query=query)
            for entry in page.iter("Contents"):
                yield _remote_file(entry)
            following = page.findtext("NextContinuationToken")
            if limit is not None or page.findtext("IsTruncated") != "true" or not following:
                return
            query["continuation-token"] = following

    def put(self, bucket: str, key: str, body: Body) -> Stored:
        """As the protocol says."""
        with self._request("upload", "PUT", bucket, key, body=body) as reply:
            reply.read()
            return _stored(reply)

    @contextlib.contextmanager
    def get(
        self, bucket: str, key: str, start: int = 0, stop: int | None = None, etag: str | None = None
    ) -> Iterator[_Answer]:
        """As the protocol says."""
        headers = {} if etag is None else {"if-match": f'"{etag}"'}
        if start or stop is not None:
            headers["range"] = f"bytes={start}-{'' if stop is None else stop - 1}"
        with self._request("download", "GET", bucket, key, headers=headers) as reply:
            yield _Answer(reply, f"file {key!r} in bucket {bucket!r}")

    def copy(self, bucket: str, source: str, key: str, etag: str | None = None) -> None:
        """As the protocol says."""
        headers = {"x-amz-copy-source": encoded_path(bucket, source)}
        if etag is not None:
            headers["x-amz-copy-source-if-match"] = f'"{etag}"'
        self._asked("copy", "PUT", bucket, key, headers=headers, about=source)

    def delete(self, bucket: str, objects: Sequence[Mapping[str, str]]) -> Iterable[tuple[str, str]]:
        """As the protocol says."""
        entries = "".join(
            "<Object>" + "".join(f"<{name}>{_escaped(value)}</{name}>" for name, value in entry.items()) + "</Object>"
            for entry in objects
        )
        body = f"<Delete><Quiet>true</Quiet>{entries}</Delete>".encode()
        digest = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
        answer = self._asked(
            "delete files", "POST", bucket, query={"delete": ""}, headers={"content-md5": digest}, body=body
        )
        return [
            (error.findtext("Key") or "", f"{error.findtext('Code')}: {error.findtext('Message')}")
            for error in answer.iter("Error")
        ]

    def create_upload(self, bucket: str, key: str) -> str:
        """As the protocol says."""
        return self._asked("upload", "POST", bucket, key, query={"uploads": ""}).findtext("UploadId") or ""

    def put_part(self, bucket: str, key: str, upload: str, number: int, body: Body) -> Stored:
        """As the protocol says."""
        query = {"partNumber": str(number), "uploadId": upload}
        with self._request("upload", "PUT", bucket, key, query=query, body=body) as reply:
            reply.read()
            return _stored(reply)

    def copy_part(
        self, bucket: str, key: str, upload: str, number: int, source: str, start: int, stop: int, etag: str
    ) -> Stored:
        """As the protocol says."""
        headers = {
            "x-amz-copy-source": encoded_path(bucket, source),
            "x-amz-copy-source-if-match": f'"{etag}"',
            "x-amz-copy-source-range": f"bytes={start}-{stop - 1}",
        }
        query = {"partNumber": str(number), "uploadId": upload}
        answer = self._asked("copy", "PUT", bucket, key, query=query, headers=headers, about=source)
        return Stored(unquoted(answer.findtext("ETag") or ""))

    def list_parts(self, bucket: str, key: str, upload: str) -> Iterator[Part]:
        """As the protocol says."""
        query = {"uploadId": upload}
        while True:
            page = self._asked("resume the upload", "GET", bucket, key, query=query)
            for entry in page.iter("Part"):
                found = {child.tag: child.text or "" for child in entry}
                yield Part(int(found["PartNumber"]), int(found["Size"]), unquoted(found["ETag"]))
            if page.findtext("IsTruncated") != "true":
                return
            query["part-number-marker"] = page.findtext("NextPartNumberMarker") or ""

    def complete_upload(self, bucket: str, key: str, upload: str, etags: Sequence[str]) -> Stored:
        """As the protocol says."""
        parts = "".join(
            f'<Part><PartNumber>{number}</PartNumber><ETag>"{_escaped(etag)}"</ETag></Part>'
            for number, etag in enumerate(etags, 1)
        )
        body = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()
        with self._request("upload", "POST", bucket, key, query={"uploadId": upload}, body=body) as reply:
            answer = self._parsed(reply, "upload", bucket, key)
            return Stored(unquoted(answer.findtext("ETag") or ""), _encrypted(reply.headers))

    def abort_upload(self, bucket: str, key: str, upload: str) -> None:
        """As the protocol says."""
        with self._request("drop the upload", "DELETE", bucket, key, query={"uploadId": upload}) as reply:
            reply.read()

    def close(self) -> None:
        """As the protocol says."""
        self._transport.close()

    def _asked(
        self,
        action: str,
        method: str,
        bucket: str,
        key: str = "",
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Body = b"",
        about: str | None = None,
    ) -> ElementTree.Element:
        """The XML that answers a request."""
        named = about or key
        with self._request(action, method, bucket, key, query=query, headers=headers, body=body, about=about) as reply:
            return self._parsed(reply, action, bucket, named)

    def _parsed(self, reply: Reply, action: str, bucket: str, key: str) -> ElementTree.Element:
        """The answer's XML without name spaces. Some answers fail after they began well."""
        content = reply.read()
        root = _xml(content)
        if root.tag == "Error":
            self._fail(reply, content, action, bucket, key)
        return root

    @contextlib.contextmanager
    def _request(
        self,
        action: str,
        method: str,
        bucket: str,
        key: str = "",
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Body = b"",
        about: str | None = None,
    ) -> Iterator[Reply]:
        """An answer of success, after as many attempts as are allowed."""
        path, asked = self._base + encoded_path(bucket, key), encoded_query((query or {}).items())
        target = f"{path}?{asked}" if asked else path
        size = str(len(body) if isinstance(body, bytes) else _length(body))
        digest = _sha256(body) if self._signs_payload else UNSIGNED
        policy = current().policy(RetryPolicy(self._retries.count, self._retries.wait))
        for attempt in range(policy.count + 1):
            last = attempt == policy.count or current().left() <= 0
            signed = self._signed(method, path, asked, headers or {}, digest)
            try:
                reply = self._transport.send(method, target, {**signed, "content-length": size}, body)
                if reply.status >= 300:
                    content = reply.read()
                    reply.close()
                    if last or reply.status not in BY_STATUS or self._asks_too_much(reply):
                        self._fail(reply, content, action, bucket, about or key)
                    self._wait(attempt, body, policy.wait, retry_after(reply.headers, self._now()))
                    continue
            except BROKEN as error:
                if last:
                    raise _unreachable(error, action, bucket, about or key) from error
                self._wait(attempt, body, policy.wait)
                continue
            try:
                yield reply
            except BROKEN as error:
                raise _unreachable(error, action, bucket, about or key) from error
            finally:
                reply.close()
            return

    def _signed(self, method: str, path: str, query: str, headers: Mapping[str, str], digest: str) -> dict[str, str]:
        moment = datetime.fromtimestamp(self._now(), UTC).strftime("%Y%m%dT%H%M%SZ")
        signed = {"host": self._host, "x-amz-content-sha256": digest, "x-amz-date": moment, **headers}
        access, secret = self._access.access_key, self._access.secret_key
        told = authorization(method, path, query, signed, access, secret, REGION)
        return {**signed, "authorization": told, "user-agent": self._agent, "accept-encoding": "identity"}

    def _asks_too_much(self, reply: Reply) -> bool:
        """Whether the server wants a longer pause than there is time for: it is not asked any earlier."""
        return retry_after(reply.headers, self._now()) >= min(DEADLINE, current().left())

    def _wait(self, attempt: int, body: Body, longest: float, asked: float = 0.0) -> None:
        """Pause at random, but as long as the server asked at least."""
        if not isinstance(body, bytes):
            body.seek(0)
        pause = random.uniform(0, min(LONGEST_PAUSE, longest * 2**attempt))
        self._retries.pause(current().pause(max(asked, pause)))

    def _fail(self, reply: Reply, content: bytes, action: str, bucket: str, key: str) -> NoReturn:
        about = f"file {key!r} in bucket {bucket!r}" if key else f"bucket {bucket!r}"
        said = {child.tag: child.text or "" for child in _xml(content)} if content.strip() else {}
        said.setdefault("Code", str(reply.status))
        request = said.get("RequestId") or reply.headers.get("x-amz-request-id")
        error = from_response(said, reply.status, request, f"Cannot {action} ({about})", bucket, key or None)
        words = str(error).removeprefix("Error: ")
        if said["Code"] == "NoSuchUpload":
            raise UploadGone(words, status=reply.status, object_id=bucket)
        if reply.status == 412:
            raise ObjectChanged(words, status=reply.status, object_id=bucket)
        raise error


@attrs.frozen
class _Answer:
    _reply: Reply
    _about: str

    @property
    def size(self) -> int:
        told = self._reply.headers.get("content-range", "").rpartition("/")[2]
        return int(told) if told.isdecimal() else int(self._reply.headers["content-length"])

    @property
    def etag(self) -> str:
        return unquoted(self._reply.headers.get("etag", ""))

    @property
    def opaque(self) -> bool:
        return _encrypted(self._reply.headers)

    def chunks(self) -> Iterator[bytes]:
        """At most a MiB at a time; an answer that ends too early is broken as well."""
        missing = int(self._reply.headers["content-length"])
        while missing > 0:
            try:
                chunk = self._reply.read(min(MIB, missing))
            except BROKEN as error:
                raise BodyBroken(f"the connection broke ({self._about}): {error}") from error
            if not chunk:
                raise BodyBroken(f"the connection broke ({self._about})")
            missing -= len(chunk)
            yield chunk
        self._reply.read()


def _remote_file(entry: ElementTree.Element) -> RemoteFile:
    found = {child.tag: child.text or "" for child in entry}
    changed = found.get("LastModified")
    return RemoteFile(
        unquote_plus(found["Key"]),
        int(found.get("Size") or 0),
        unquoted(found.get("ETag", "")),
        datetime.fromisoformat(changed) if changed else None,
        found.get("StorageClass"),
    )


def _stored(reply: Reply) -> Stored:
    return Stored(unquoted(reply.headers.get("etag", "")), _encrypted(reply.headers))


def _encrypted(headers: Mapping[str, str]) -> bool:
    """With keys of the server or the customer an ETag is no md5; with the storage's own (AES256) it is."""
    told = headers.get("x-amz-server-side-encryption", "")
    return "x-amz-server-side-encryption-customer-algorithm" in headers or "kms" in told


def _xml(content: bytes) -> ElementTree.Element:
    """The root, its names without the name space that some servers write and others do not."""
    try:
        return ElementTree.fromstring(NAME_SPACE.sub(b"", content, count=1))
    except ElementTree.ParseError:
        return ElementTree.Element("Error")


def _escaped(text: str) -> str:
    return escape(text, {"\r": "&#13;", "\n": "&#10;", "\t": "&#9;"})


def _sha256(body: Body) -> str:
    if isinstance(body, bytes):
        return hashlib.sha256(body).hexdigest() if body else EMPTY_HASH
    digest = hashlib.sha256()
    while chunk := body.read(MIB):
        digest.update(chunk)
    body.seek(0)
    return digest.hexdigest()


def _length(body: IO[bytes]) -> int:
    size = body.seek(0, os.SEEK_END)
    body.seek(0)
    return size


def _unreachable(error: Exception, action: str, bucket: str, key: str) -> QarnotException:
    about = f"file {key!r} in bucket {bucket!r}" if key else f"bucket {bucket!r}"
    message = f"Cannot {action} ({about}): {error or type(error).__name__}"
    if isinstance(error, TimeoutError):
        return RequestTimeout(message, object_id=bucket, next_step="Try again, or allow more time (cluster_timeout).")
    return ConnectionFailed(message, object_id=bucket, next_step=NETWORK_STEP)
