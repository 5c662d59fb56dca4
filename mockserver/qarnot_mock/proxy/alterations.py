"""All that the proxy changes in what it passes on, each change with a name for the report. Pure."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from typing import Generic, TypeVar
from urllib.parse import urlsplit

import attrs

from qarnot_mock.messages import Request, Response
from qarnot_mock.storage.uri import host_style_bucket

HOST, HOP_BY_HOP, STORAGE, SIGNATURE = "Host", "hop-by-hop headers", "storage of /settings", "S3 signature"
HOPS = frozenset(
    {
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade",
    }
)  # fmt: skip
"""Headers that concern one connection only (RFC 9110, 7.6.1)."""

Headers = tuple[tuple[str, str], ...]
_STORAGE = re.compile(rb'("storage"\s*:\s*)("(?:[^"\\]|\\.)*")')


Message = TypeVar("Message", Request, Response)


@attrs.frozen
class Altered(Generic[Message]):
    """A message to pass on, and the names of what was changed in it."""

    message: Message
    names: tuple[str, ...] = ()


def outgoing(request: Request, target: str) -> Altered[Request]:
    """A request as the server at ``target`` is to get it; a bucket named by the host stays so."""
    host = urlsplit(target).netloc.rpartition("@")[2]
    bucket = host_style_bucket(request.header("host"))
    wanted = f"{bucket}.{host}" if bucket else host
    kept, hops = _end_to_end(request.headers)
    headers = tuple((name, wanted if name == "host" else value) for name, value in kept)
    names = ((HOST,) if headers != kept else ()) + ((HOP_BY_HOP,) if hops else ())
    return Altered(attrs.evolve(request, headers=headers), names)


def incoming(response: Response) -> Altered[Response]:
    """An answer as the client is to get it."""
    headers, hops = _end_to_end(response.headers)
    return Altered(attrs.evolve(response, headers=headers), (HOP_BY_HOP,) if hops else ())


def with_storage(response: Response, url: str) -> Altered[Response]:
    """The answer of ``/settings`` with another address of the storage, where it has one."""
    content = decoded(response)
    if storage_of(content) is None:
        return Altered(response)
    changed = _STORAGE.sub(lambda match: match[1] + json.dumps(url).encode(), content, count=1)
    body = gzip.compress(changed, mtime=0) if _coding(response) == "gzip" else changed
    dropped = {"content-length"} | ({"content-encoding"} if _coding(response) == "deflate" else set())
    headers = tuple((name, value) for name, value in response.headers if name.lower() not in dropped)
    return Altered(attrs.evolve(response, headers=headers, body=body), (STORAGE,))


def storage_of(settings: bytes) -> str | None:
    """The address of the storage in the (decoded) body of ``/settings``."""
    try:
        parsed = json.loads(settings)
    except ValueError:
        return None
    storage = parsed.get("storage") if isinstance(parsed, dict) else None
    return storage if isinstance(storage, str) else None


def decoded(response: Response) -> bytes:
    """The content of an answer. Raises ``ValueError`` for a coding that is unknown or broken."""
    coding = _coding(response)
    try:
        if coding in ("", "identity"):
            return response.body
        if coding in ("gzip", "deflate"):
            return zlib.decompress(response.body, 47)
    except zlib.error as error:
        raise ValueError(f"the body is not {coding} as content-encoding says: {error}") from error
    raise ValueError(f"the content-encoding {coding!r} is not known here")


def _coding(response: Response) -> str:
    return response.header("content-encoding").strip().lower() if response.body else ""


def _end_to_end(headers: Headers) -> tuple[Headers, bool]:
    """The headers that concern more than one connection, and whether there were others."""
    named = {one.strip().lower() for name, value in headers if name.lower() == "connection" for one in value.split(",")}
    kept = tuple((name, value) for name, value in headers if name.lower() not in HOPS | named)
    return kept, kept != headers
