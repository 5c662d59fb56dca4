"""Our signatures, held against botocore's signer and AWS's published example."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from qarnot_hl._core.sigv4 import UNSIGNED, authorization, encoded_path, encoded_query

MOMENT = "20130524T000000Z"
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
HASH = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"


def test_the_published_example_of_an_upload() -> None:
    headers = {
        "date": "Fri, 24 May 2013 00:00:00 GMT",
        "host": "examplebucket.s3.amazonaws.com",
        "x-amz-content-sha256": HASH,
        "x-amz-date": MOMENT,
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
    }
    secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    told = authorization("PUT", "/test%24file.text", "", headers, "AKIAIOSFODNN7EXAMPLE", secret, "us-east-1")
    assert told.endswith("Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")


@given(TEXTS, st.dictionaries(TEXTS.filter(bool), TEXTS, max_size=4), st.sampled_from([HASH, UNSIGNED]))
def test_botocore_signs_alike(key: str, query: dict[str, str], digest: str) -> None:
    path, asked = encoded_path("bucket", key), encoded_query(query.items())
    headers = {"host": "storage.example.com", "x-amz-content-sha256": digest, "x-amz-date": MOMENT, "range": " a  b "}
    url = f"https://storage.example.com{path}" + (f"?{asked}" if asked else "")
    request: Any = AWSRequest("GET", url, headers=headers)
    request.context["timestamp"] = MOMENT
    signer: Any = S3SigV4Auth(Credentials("me@example.com", "t0ken"), "s3", "us-east-1")
    signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    told = authorization("GET", path, asked, headers, "me@example.com", "t0ken", "us-east-1")
    assert told.rpartition("Signature=")[2] == signature


@pytest.mark.parametrize(
    ("key", "path"),
    [("a b", "/b/a%20b"), ("../x", "/b/../x"), ("a//b", "/b/a//b"), ("ü~+", "/b/%C3%BC~%2B"), ("", "/b")],
)
def test_a_key_is_sent_character_by_character(key: str, path: str) -> None:
    assert encoded_path("b", key) == path


def test_the_secret_key_does_not_show() -> None:
    headers = {"host": "h", "x-amz-content-sha256": HASH, "x-amz-date": MOMENT}
    assert "t0ken" not in authorization("GET", "/", "", headers, "me", "t0ken", "us-east-1")
