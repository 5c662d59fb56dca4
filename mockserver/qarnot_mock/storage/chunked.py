"""The ``aws-chunked`` body encoding: undo it, checking chunk signatures and collecting trailers. Pure.

Which of the three modes applies comes from ``x-amz-content-sha256``; whether the trailing checksums are right is
``checksums``' business.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping

import attrs

from qarnot_mock.storage.errors import S3Error
from qarnot_mock.storage.sigv4 import EMPTY_SHA256, sign

SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
MODES = frozenset({SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER})
_SIZE = re.compile(rb"[0-9a-fA-F]{1,16}").fullmatch
_TRAILER_SIGNATURE = "x-amz-trailer-signature"


@attrs.frozen
class ChunkSigner:
    """What chunk signatures are made with: the day's key, and the date, scope and signature of the request."""

    key: bytes = attrs.field(repr=False)
    timestamp: str
    scope: str
    seed: str

    def of_chunk(self, previous: str, chunk: bytes) -> str:
        return self._sign("AWS4-HMAC-SHA256-PAYLOAD", previous, EMPTY_SHA256, hashlib.sha256(chunk).hexdigest())

    def of_trailers(self, previous: str, trailers: Mapping[str, str]) -> str:
        text = "".join(f"{name}:{value}\n" for name, value in trailers.items())
        return self._sign("AWS4-HMAC-SHA256-TRAILER", previous, hashlib.sha256(text.encode()).hexdigest())

    def _sign(self, algorithm: str, previous: str, *hashes: str) -> str:
        return sign(self.key, "\n".join((algorithm, self.timestamp, self.scope, previous, *hashes)))


@attrs.frozen
class Decoded:
    content: bytes
    trailers: Mapping[str, str]


def decode(body: bytes, signer: ChunkSigner | None) -> Decoded:
    """Undo the encoding; with a signer every chunk, and the trailers if any, must carry the right signature.

    Raises ``IncompleteBody``, ``InvalidRequest`` or ``SignatureDoesNotMatch``.
    """
    chunks: list[bytes] = []
    previous = signer.seed if signer else ""
    position = 0
    while True:
        size, presented, position = _chunk_header(body, position)
        chunk = body[position : position + size]
        if signer:
            expected = signer.of_chunk(previous, chunk)
            _check_signature(expected, presented, f"chunk {len(chunks) + 1}")
            previous = expected
        if size == 0:
            break
        position += size
        if len(chunk) < size or body[position : position + 2] != b"\r\n":
            raise _incomplete(f"chunk {len(chunks) + 1} of {size} bytes is cut short or has no line end")
        chunks.append(chunk)
        position += 2
    trailers = _trailers(body[position:])
    trailer_signature = trailers.pop(_TRAILER_SIGNATURE, "")
    if signer and trailers:
        _check_signature(signer.of_trailers(previous, trailers), trailer_signature, "the trailers")
    return Decoded(chunks[0] if len(chunks) == 1 else b"".join(chunks), trailers)


def resign(body: bytes, signer: ChunkSigner) -> bytes:
    """The same chunks of a body that :func:`decode` accepted, with the signatures of ``signer``. No length changes."""
    pieces: list[bytes] = []
    previous, position, size = signer.seed, 0, 1
    while size:
        start = position
        size, presented, position = _chunk_header(body, start)
        chunk = body[position : position + size]
        previous = signer.of_chunk(previous, chunk)
        pieces.append(body[start:position].replace(presented.encode(), previous.encode()))
        position += size
        if size:
            pieces += [chunk, body[position : position + 2]]
            position += 2
    tail = body[position:]
    trailers = _trailers(tail)
    presented = trailers.pop(_TRAILER_SIGNATURE, "")
    if trailers and presented:
        tail = tail.replace(presented.encode(), signer.of_trailers(previous, trailers).encode())
    return b"".join([*pieces, tail])


def require_trailers(declared: str, trailers: Mapping[str, str]) -> None:
    """Refuse a body that lacks a trailer which ``x-amz-trailer`` announced."""
    missing = [name for name in declared.lower().replace(" ", "").split(",") if name and name not in trailers]
    if missing:
        raise S3Error("MalformedTrailerError", f"The body ends without the announced trailer {', '.join(missing)}.")


def _chunk_header(body: bytes, position: int) -> tuple[int, str, int]:
    """Size, signature and the place where the data of the next chunk begins."""
    end = body.find(b"\r\n", position)
    if end < 0:
        raise _incomplete("it ends before the closing chunk of size 0")
    size, _, extension = body[position:end].partition(b";")
    name, _, signature = extension.partition(b"=")
    if not _SIZE(size):
        raise S3Error("InvalidRequest", f"An aws-chunked chunk size is not hexadecimal: {size[:32]!r}.")
    return int(size, 16), signature.decode("latin-1") if name == b"chunk-signature" else "", end + 2


def _trailers(tail: bytes) -> dict[str, str]:
    lines = (line.strip() for line in tail.decode("latin-1").split("\n"))
    split = (line.partition(":") for line in lines if line)
    return {name.strip().lower(): value.strip() for name, _, value in split}


def _check_signature(expected: str, presented: str, what: str) -> None:
    if not hmac.compare_digest(expected.encode(), presented.encode()):
        raise S3Error("SignatureDoesNotMatch", f"The signature of {what} in the aws-chunked body is missing or wrong.")


def _incomplete(why: str) -> S3Error:
    return S3Error("IncompleteBody", f"The aws-chunked body is incomplete: {why}.")
