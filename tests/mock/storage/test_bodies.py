"""The bytes that arrive are the bytes that were meant: chunked encoding, trailers, Content-MD5, checksums."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io

import attrs
import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from qarnot_mock.storage import checksums, chunked
from qarnot_mock.storage.authentication import Proof, open_body
from qarnot_mock.storage.errors import S3Error
from qarnot_mock.storage.memory import MemoryStore


@pytest.fixture
def make_store():
    """What is decided here is decided before any store is asked."""
    return MemoryStore


SIGNER = chunked.ChunkSigner(b"key", "20260101T000000Z", "20260101/r/s3/aws4_request", "seed")


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("crc32", "cbf43926"),
        ("crc32c", "e3069283"),
        ("crc64nvme", "ae8b14860a799888"),
        ("sha1", hashlib.sha1(b"123456789").hexdigest()),
        ("sha256", hashlib.sha256(b"123456789").hexdigest()),
    ],
)
def test_each_checksum_gives_its_published_check_value(algorithm, expected):
    digest = checksums.ALGORITHMS[algorithm](b"123456789")
    assert digest.hex() == expected
    header = {f"x-amz-checksum-{algorithm}": base64.b64encode(digest).decode(), "x-amz-checksum-type": "FULL_OBJECT"}
    checksums.verify_checksums(header, b"123456789")
    with pytest.raises(S3Error, match=algorithm) as refused:
        checksums.verify_checksums(header, b"123456780")
    assert refused.value.code == "BadDigest"


@pytest.mark.parametrize("header", [{"x-amz-checksum-crc32": "x"}, {"x-amz-checksum-md4": "AAAA"}])
def test_a_checksum_that_cannot_be_one_is_an_invalid_request(header):
    with pytest.raises(S3Error) as refused:
        checksums.verify_checksums(header, b"")
    assert refused.value.code == "InvalidRequest"


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_boto3_checksums_are_verified(cloud, s3, algorithm):
    s3.put_object(Bucket="data", Key="k", Body=b"123", ChecksumAlgorithm=algorithm)
    header = f"x-amz-checksum-{algorithm.lower()}"
    assert any(request.header(header) for request, _ in cloud.seen)
    wrong = base64.b64encode(checksums.ALGORITHMS[algorithm.lower()](b"other")).decode()
    with pytest.raises(ClientError, match="BadDigest"):
        s3.put_object(Bucket="data", Key="new", Body=b"123", **{f"Checksum{algorithm}": wrong})
    assert [info.key for info in cloud.account.store.list("data")] == ["k"]


@pytest.mark.parametrize(("md5", "code"), [(hashlib.md5(b"other").digest(), "BadDigest"), (b"short", "InvalidDigest")])
def test_a_wrong_content_md5_is_refused(s3, md5, code):
    with pytest.raises(ClientError, match=code):
        s3.put_object(Bucket="data", Key="k", Body=b"123", ContentMD5=base64.b64encode(md5).decode())


def test_a_right_content_md5_is_accepted(s3):
    md5 = base64.b64encode(hashlib.md5(b"123").digest()).decode()
    assert (
        s3.put_object(Bucket="data", Key="k", Body=b"123", ContentMD5=md5)["ETag"]
        == f'"{hashlib.md5(b"123").hexdigest()}"'
    )


@pytest.mark.parametrize("endpoint", ["https://127.0.0.1:9", "http://127.0.0.1:9"])
def test_the_trailing_checksum_of_a_stream_is_undone_and_not_kept(cloud, endpoint):
    client = cloud.client(endpoint=endpoint)
    client.create_bucket(Bucket="data")
    client.put_object(Bucket="data", Key="k", Body=io.BytesIO(b"streamed" * 9000), ContentEncoding="gzip")
    request = cloud.seen[-1][0]
    if endpoint.startswith("https"):
        assert request.header("x-amz-content-sha256") == chunked.UNSIGNED_TRAILER
        assert request.body != b"streamed" * 9000
    got = client.get_object(Bucket="data", Key="k")
    assert got["Body"].read() == b"streamed" * 9000
    assert got["ContentEncoding"] == "gzip"


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"streamed", b"streameD", "BadDigest"),
        (b"x-amz-checksum-crc32:", b"x-other:", "MalformedTrailerError"),
        (b"8\r\n", b"7\r\n", "IncompleteBody"),
        (b"8\r\n", b"z\r\n", "InvalidRequest"),
        (b"\r\n0\r\n", b"", "IncompleteBody"),
    ],
)
def test_a_damaged_chunked_body_is_refused(cloud, error, old, new, code):
    client = cloud.client(endpoint="https://127.0.0.1:9")
    client.create_bucket(Bucket="data")
    client.put_object(Bucket="data", Key="k", Body=io.BytesIO(b"streamed"))
    request = cloud.seen[-1][0]
    assert old in request.body
    damaged = attrs.evolve(request, body=request.body.replace(old, new, 1))
    assert error(cloud.handle(damaged))["Code"] == code


@pytest.mark.parametrize(("announced", "refused"), [("4", None), ("5", "IncompleteBody"), ("3", "IncompleteBody")])
def test_an_announced_length_must_be_right(cloud, announced, refused):
    headers = {"x-amz-decoded-content-length": announced}
    proof = Proof(cloud.account, chunked.UNSIGNED_TRAILER, headers)
    body = b"4\r\nabcd\r\n0\r\n\r\n"
    if refused is None:
        assert open_body(proof, body) == b"abcd"
        return
    with pytest.raises(S3Error, match=f"announced {announced} bytes") as error:
        open_body(proof, body)
    assert error.value.code == refused


def test_an_unknown_way_to_sign_a_stream_is_named(cloud):
    proof = Proof(cloud.account, "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", {})
    with pytest.raises(S3Error, match="ECDSA") as error:
        open_body(proof, b"")
    assert error.value.code == "NotImplemented"


def encoded(chunks, trailers=None):
    previous, parts = SIGNER.seed, []
    for chunk in [*chunks, b""]:
        previous = SIGNER.of_chunk(previous, chunk)
        parts.append(f"{len(chunk):x};chunk-signature={previous}\r\n".encode() + (chunk + b"\r\n" if chunk else b""))
    for name, value in (trailers or {}).items():
        parts.append(f"{name}:{value}\r\n".encode())
    if trailers:
        parts.append(f"x-amz-trailer-signature:{SIGNER.of_trailers(previous, trailers)}\r\n".encode())
    return b"".join(parts) + b"\r\n"


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=4), st.booleans())
def test_signed_chunks_come_back_whole(chunks, with_trailer):
    trailers = {"x-amz-checksum-crc32": "AAAAAA=="} if with_trailer else {}
    decoded = chunked.decode(encoded(chunks, trailers), SIGNER)
    assert decoded.content == b"".join(chunks)
    assert decoded.trailers == trailers


@given(st.lists(st.binary(min_size=1, max_size=20), min_size=1, max_size=3), st.data())
def test_no_changed_byte_of_a_signed_body_goes_unnoticed(chunks, data):
    body = bytearray(encoded(chunks))
    place = data.draw(st.integers(0, len(body) - 3))
    body[place] ^= 1
    try:
        decoded = chunked.decode(bytes(body), SIGNER)
    except S3Error:
        return
    assert decoded.content == b"".join(chunks)


def test_a_changed_trailer_of_a_signed_body_is_refused():
    body = encoded([b"abc"], {"x-amz-checksum-crc32": "AAAAAA=="}).replace(b"AAAAAA==", b"AAAAAQ==")
    with pytest.raises(S3Error, match="trailers"):
        chunked.decode(body, SIGNER)


@given(st.binary(max_size=60))
def test_garbage_is_refused_not_crashed_on(body):
    with contextlib.suppress(S3Error):
        assert chunked.decode(body, None).content in body
