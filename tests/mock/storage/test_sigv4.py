"""Signature V4 against the examples that AWS publishes for S3, and its refusals of malformed claims."""

from __future__ import annotations

import pytest

from qarnot_mock.storage import chunked, sigv4
from qarnot_mock.storage.errors import S3Error
from qarnot_mock.storage.uri import parse_query

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
DATE, SCOPE = "20130524T000000Z", "20130524/us-east-1/s3/aws4_request"
HOST = "examplebucket.s3.amazonaws.com"
EMPTY = sigv4.EMPTY_SHA256


def _signature(method, path, query, headers, payload_hash):
    canonical = sigv4.canonical_request(method, path, parse_query(query), headers, tuple(sorted(headers)), payload_hash)
    key = sigv4.signing_key(SECRET, "20130524", "us-east-1", "s3")
    return sigv4.sign(key, sigv4.string_to_sign(DATE, SCOPE, canonical))


@pytest.mark.parametrize(
    ("method", "path", "query", "headers", "payload_hash", "signature"),
    [
        pytest.param(
            "GET", "/test.txt", "", {"range": "bytes=0-9"}, EMPTY,
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41", id="get object",
        ),
        pytest.param(
            "PUT", "/test$file.text", "",
            {"date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"},
            "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd", id="put object",
        ),
        pytest.param(
            "GET", "/", "lifecycle", {}, EMPTY,
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543", id="bucket lifecycle",
        ),
        pytest.param(
            "GET", "/", "max-keys=2&prefix=J", {}, EMPTY,
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7", id="list objects",
        ),
    ],
)  # fmt: skip
def test_the_published_header_examples_are_reproduced(method, path, query, headers, payload_hash, signature):
    headers = {"host": HOST, "x-amz-content-sha256": payload_hash, "x-amz-date": DATE, **headers}
    assert _signature(method, path, query, headers, payload_hash) == signature


def test_the_published_presigned_example_is_reproduced():
    query = (
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2F"
        "aws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
    )
    claim = sigv4.parse_presigned(dict(parse_query(query)))
    assert claim.credential.access_key == "AKIAIOSFODNN7EXAMPLE"
    assert claim.expires_s == 86400
    assert _signature("GET", "/test.txt", query, {"host": HOST}, "UNSIGNED-PAYLOAD") == claim.signature


def test_the_published_chunk_signatures_are_reproduced():
    key = sigv4.signing_key(SECRET, "20130524", "us-east-1", "s3")
    seed = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
    first = "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"
    second = "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"
    last = "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"
    body = b"".join(
        f"{size:x};chunk-signature={signature}\r\n".encode() + b"a" * size + b"\r\n"
        for size, signature in ((65536, first), (1024, second), (0, last))
    )
    signer = chunked.ChunkSigner(key, DATE, SCOPE, seed)
    assert chunked.decode(body, signer).content == b"a" * 66560
    headers = {
        "host": "s3.amazonaws.com",
        "x-amz-date": DATE,
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
        "x-amz-content-sha256": chunked.SIGNED,
        "content-encoding": "aws-chunked",
        "x-amz-decoded-content-length": "66560",
        "content-length": "66824",
    }
    assert _signature("PUT", "/examplebucket/chunkObject.txt", "", headers, chunked.SIGNED) == seed


def test_an_access_key_may_hold_slashes_and_the_region_may_be_empty():
    credential = sigv4.parse_credential("a/b+c=@x.org/20260101//s3/aws4_request", sigv4.MALFORMED_HEADER)
    assert credential == sigv4.Credential("a/b+c=@x.org", "20260101", "", "s3")
    assert credential.scope == "20260101//s3/aws4_request"


@pytest.mark.parametrize(
    "credential",
    ["", "a", "a/20260101/us/s3", "a/20260101/us/ec2/aws4_request", "/20260101/us/s3/aws4_request"],
)
def test_a_malformed_credential_is_refused(credential):
    with pytest.raises(S3Error, match="not of the form"):
        sigv4.parse_credential(credential, sigv4.MALFORMED_HEADER)


@pytest.mark.parametrize(
    ("value", "timestamp", "code"),
    [
        ("AWS4-HMAC-SHA256", DATE, "AuthorizationHeaderMalformed"),
        ("AWS4-HMAC-SHA256 Credential=a/20130524/r/s3/aws4_request", DATE, "AuthorizationHeaderMalformed"),
        ("Credential=a/20130525/r/s3/aws4_request,SignedHeaders=h,Signature=s", DATE, "AuthorizationHeaderMalformed"),
        ("Credential=a/20130524/r/s3/aws4_request,SignedHeaders=h,Signature=s", "yesterday", "AccessDenied"),
    ],
)
def test_a_malformed_authorization_header_is_refused(value, timestamp, code):
    with pytest.raises(S3Error) as refused:
        sigv4.parse_authorization(value, timestamp)
    assert refused.value.code == code


@pytest.mark.parametrize("expires", ["0", "604801", "-1", "x", "1.5"])
def test_an_expiry_out_of_range_is_refused(expires):
    query = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
        "X-Amz-Credential": "a/20130524/r/s3/aws4_request",
        "X-Amz-Date": DATE,
        "X-Amz-Expires": expires,
        "X-Amz-SignedHeaders": "host",
        "X-Amz-Signature": "s",
    }
    with pytest.raises(S3Error, match="604800") as refused:
        sigv4.parse_presigned(query)
    assert refused.value.code == "AuthorizationQueryParametersError"
