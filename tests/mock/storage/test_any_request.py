"""Whatever is asked, signed or not, the answer is one of S3's: nothing crashes and nothing is half done."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qarnot_mock.messages import Request
from qarnot_mock.storage.errors import STATUS
from qarnot_mock.storage.memory import MemoryStore
from qarnot_mock.storage.routes import SUBRESOURCES


@pytest.fixture
def make_store():
    """What is decided here is decided before any store is asked."""
    return MemoryStore


ANSWERS = {*STATUS.values(), 200, 204, 206, 304}
PARAMETERS = [
    *sorted(SUBRESOURCES), "list-type", "prefix", "delimiter", "marker", "max-keys", "continuation-token",
    "start-after", "encoding-type", "key-marker", "version-id-marker", "upload-id-marker", "max-parts",
    "part-number-marker", "versionId", "response-content-type",
]  # fmt: skip
SIGNATURE_PARAMETERS = [
    "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-Signature", "X-Amz-SignedHeaders",
    "AWSAccessKeyId", "Expires", "Signature",
]  # fmt: skip
HEADERS = [
    "range", "if-match", "if-none-match", "if-modified-since", "if-range", "x-amz-copy-source", "content-md5",
    "x-amz-copy-source-range", "x-amz-metadata-directive", "x-amz-checksum-crc32", "x-amz-meta-a", "expires",
    "x-amz-storage-class", "x-amz-copy-source-if-match", "content-encoding", "x-amz-trailer",
]  # fmt: skip
NINES = "9" * 5000
VALUES = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["1", "0", "-1", NINES, "bytes=0-1", f"bytes={NINES}-", "data/k", "url", "*", "\r\n", "²"]),
)
PRINTABLE = VALUES.map(lambda value: "".join(c for c in value if " " <= c <= "~"))
PART = f"<Part><PartNumber>{NINES}</PartNumber><ETag>x</ETag></Part>"
BODIES = st.one_of(
    st.binary(max_size=20),
    st.sampled_from(["<Delete/>", f"<CompleteMultipartUpload>{PART}</CompleteMultipartUpload>", "<a><b></a>"]).map(
        str.encode
    ),
)
MANY = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@MANY
@given(
    method=st.sampled_from(["GET", "PUT", "HEAD", "DELETE", "POST", "PATCH", "OPTIONS"]),
    path=st.sampled_from(["/", "/data", "/data/", "/data/k", "/data//", "/missing/k", "/data/%00", "//", "/DATA"]),
    parameters=st.dictionaries(st.sampled_from(PARAMETERS), VALUES, max_size=3),
    headers=st.dictionaries(st.sampled_from(HEADERS), PRINTABLE, max_size=3),
    body=BODIES,
)
def test_a_signed_request_gets_an_answer_of_s3(new_cloud, method, path, parameters, headers, body):
    cloud = new_cloud()
    cloud.account.store.create_bucket("data", 0)
    cloud.account.store.put("data", "k", b"0123456789", 0)
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in parameters.items())
    answer = cloud.send(method, f"{path}?{query}", body, headers)
    assert answer.status in ANSWERS
    assert (method == "HEAD") <= (answer.body == b"")
    assert all("\n" not in value and "\r" not in value for _, value in answer.headers)


@MANY
@given(
    method=st.sampled_from(["GET", "PUT", "HEAD"]),
    path=st.one_of(st.text(max_size=6).map("/{}".format), st.sampled_from(["/data/k", "/%ff", "/data/%zz"])),
    query=st.dictionaries(st.sampled_from(SIGNATURE_PARAMETERS), VALUES, max_size=9).map(
        lambda pairs: "&".join(f"{name}={quote(value)}" for name, value in pairs.items())
    ),
    authorization=st.one_of(
        st.just(""), VALUES, VALUES.map("AWS4-HMAC-SHA256 Credential={0},SignedHeaders={0},Signature={0}".format)
    ),
    date=st.one_of(VALUES, st.sampled_from(["Tue, 99 Nov 2023 22:13:20 GMT", "20260231T000000Z"])),
)
def test_an_unsigned_request_is_refused_and_changes_nothing(new_cloud, method, path, query, authorization, date):
    cloud = new_cloud()
    cloud.account.store.create_bucket("data", 0)
    headers = (("host", "h"), ("authorization", authorization), ("date", date), ("x-amz-content-sha256", "x"))
    answer = cloud.handle(Request(method, path, query, headers, b"body"))
    assert answer.status in {400, 403}
    assert list(cloud.account.store.list("data")) == []
