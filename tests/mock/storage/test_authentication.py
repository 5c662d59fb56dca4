"""Who is let in: signatures by botocore's signers as the oracle, and every way of being refused."""

from __future__ import annotations

import email.utils
import hashlib
import string
import time
from urllib.parse import quote

import attrs
import pytest
from botocore import UNSIGNED
from botocore.auth import HmacV1QueryAuth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qarnot_mock.messages import Request
from qarnot_mock.storage import sigv4
from qarnot_mock.storage.memory import MemoryStore


@pytest.fixture
def make_store():
    """What is decided here is decided before any store is asked."""
    return MemoryStore


MINUTE = 60_000_000
KEYS = st.text(st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=40)
TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=10)
META = st.dictionaries(
    st.text(string.ascii_lowercase + "-", min_size=1, max_size=8).map("x-amz-meta-{}".format),
    st.text(string.ascii_letters + " ,;=", max_size=12),
    max_size=3,
)
ACCOUNTS = st.tuples(
    st.text(string.ascii_letters + string.digits + "+/=._-@", min_size=1, max_size=20).filter(
        lambda key: key[0] != "/"
    ),
    st.text(string.printable.strip(), min_size=1, max_size=30),
)
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def quoted(key):
    return quote(key, safe="/~")


@QUICK
@given(key=KEYS, meta=META, account=ACCOUNTS, region=st.sampled_from(["us-east-1", "default", "", "x"]))
def test_whatever_botocore_signs_in_the_header_is_accepted(new_cloud, key, meta, account, region):
    cloud = new_cloud()
    cloud.add_account(*account).store.create_bucket("data", 0)
    answer = cloud.send(
        "PUT", f"/data/{quoted(key)}?x-id=a%20b&z=%C3%BC", b"body", meta,
        access_key=account[0], secret_key=account[1], region=region,
    )  # fmt: skip
    assert (answer.status, answer.body) == (200, b"")
    assert [info.key for info in cloud.accounts[account[0]].store.list("data")] == [key]


@QUICK
@given(key=KEYS, account=ACCOUNTS, signer=st.sampled_from(["v4", "v2"]), disposition=TEXT)
def test_whatever_botocore_presigns_is_accepted(new_cloud, key, account, signer, disposition):
    cloud = new_cloud()
    store = cloud.add_account(*account).store
    store.create_bucket("data", 0)
    store.put("data", key, b"content", 0)
    request = AWSRequest("GET", f"http://h/data/{quoted(key)}?response-content-disposition={quoted(disposition)}")
    credentials = Credentials(*account)
    if signer == "v4":
        S3SigV4QueryAuth(credentials, "s3", "r", expires=60).add_auth(request)
    else:
        request.auth_path = f"/data/{quoted(key)}"
        HmacV1QueryAuth(credentials, expires=60).add_auth(request)
    answer = cloud.fetch("GET", request.prepare().url)
    assert (answer.status, answer.body) == (200, b"content")


@pytest.mark.parametrize("version", ["s3v4", "s3", None], ids=["v4", "v2", "default"])
def test_a_presigned_url_of_boto3_works_and_a_changed_one_is_refused(cloud, error, version):
    cloud.account.store.create_bucket("data", 0)
    cloud.account.store.put("data", "a b/ü", b"1", 0)
    client = cloud.client(signature_version=version)
    parameters = {"Bucket": "data", "Key": "a b/ü", "ResponseContentType": "text/x"}
    url = client.generate_presigned_url("get_object", Params=parameters, ExpiresIn=60)
    answer = cloud.fetch("GET", url)
    assert (answer.status, answer.body, answer.header("content-type")) == (200, b"1", "text/x")
    for changed in (url.replace("a%20b", "a%20c"), url.replace("text%2Fx", "text%2Fy")):
        assert changed != url
        assert error(cloud.fetch("GET", changed))["Code"] == "SignatureDoesNotMatch"
    assert error(cloud.fetch("DELETE", url))["Code"] == "SignatureDoesNotMatch"


def test_a_presigned_put_carries_its_metadata(cloud):
    client = cloud.client(signature_version="s3v4")
    client.create_bucket(Bucket="data")
    parameters = {"Bucket": "data", "Key": "k", "Metadata": {"colour": "red"}, "ContentType": "text/plain"}
    url = client.generate_presigned_url("put_object", Params=parameters)
    headers = {"x-amz-meta-colour": "red", "content-type": "text/plain"}
    assert cloud.fetch("PUT", url, b"x", headers).status == 200
    head = client.head_object(Bucket="data", Key="k")
    assert (head["Metadata"], head["ContentType"]) == ({"colour": "red"}, "text/plain")
    assert cloud.fetch("PUT", url, b"x", {**headers, "x-amz-meta-colour": "blue"}).status == 403


@pytest.mark.parametrize("name", ["x-amz-meta-a\r\nx-added: 1", "x-amz-meta-a"])
def test_a_query_cannot_write_headers_of_its_own(cloud, error, name):
    request = AWSRequest("PUT", f"http://h/data/k?{quote(name)}=1%0A")
    S3SigV4QueryAuth(Credentials(cloud.account.access_key, cloud.account.secret_key), "s3", "r").add_auth(request)
    assert error(cloud.fetch("PUT", request.prepare().url))["Code"] == "InvalidArgument"


def test_headers_that_a_signer_moved_into_the_query_count(cloud):
    cloud.account.store.create_bucket("data", 0)
    request = AWSRequest("PUT", "http://h/data/k?x-amz-meta-colour=red")
    S3SigV4QueryAuth(Credentials(cloud.account.access_key, cloud.account.secret_key), "s3", "r").add_auth(request)
    assert cloud.fetch("PUT", request.prepare().url, b"x").status == 200
    assert dict(cloud.account.store.head("data", "k").metadata) == {"colour": "red"}


@pytest.mark.parametrize("by", ["wall", "cloud"])
def test_a_date_is_in_time_by_the_machine_or_by_the_cloud(cloud, by):
    there = cloud.now
    cloud.now, cloud.wall = (there + 900 * MINUTE, there) if by == "wall" else (there, there + 900 * MINUTE)
    assert cloud.send("GET", "/").status == 200


@pytest.mark.parametrize(("minutes", "status"), [(14, 200), (-14, 200), (16, 403), (-16, 403)])
def test_a_date_more_than_15_minutes_away_is_refused(cloud, error, minutes, status):
    cloud.now += minutes * MINUTE
    answer = cloud.send("GET", "/")
    assert answer.status == status
    if status == 403:
        assert error(answer)["Code"] == "RequestTimeTooSkewed"


@pytest.mark.parametrize("version", ["s3v4", "s3"])
@pytest.mark.parametrize(("minutes", "status"), [(0, 200), (9, 200), (11, 403)])
def test_a_presigned_url_expires(cloud, error, version, minutes, status):
    client = cloud.client(signature_version=version)
    url = client.generate_presigned_url("list_buckets", ExpiresIn=600)
    cloud.now += minutes * MINUTE
    answer = cloud.fetch("GET", url)
    assert answer.status == status
    if status == 403:
        assert (error(answer)["Code"], error(answer)["Message"]) == ("AccessDenied", "Request has expired")


def test_a_presigned_url_of_the_future_is_refused(cloud, error):
    url = cloud.client(signature_version="s3v4").generate_presigned_url("list_buckets", ExpiresIn=600)
    cloud.now -= 20 * MINUTE
    assert "not valid yet" in error(cloud.fetch("GET", url))["Message"]


def test_an_unknown_access_key_is_told_how_to_become_known(cloud, error):
    refused = error(cloud.send("GET", "/", access_key="nobody@example.com"))
    assert (refused["status"], refused["Code"]) == ("403", "InvalidAccessKeyId")
    assert "e-mail" in refused["Message"]
    assert "GET /info" in refused["Message"]


def test_a_wrong_secret_is_refused_and_the_right_one_never_shown(cloud, error):
    answer = cloud.send("GET", "/", secret_key="wrong")
    assert (answer.status, error(answer)["Code"]) == (403, "SignatureDoesNotMatch")
    assert cloud.account.secret_key.encode() not in answer.body
    assert cloud.account.secret_key not in repr(cloud.account)


def test_one_tenants_secret_does_not_open_anothers_buckets(cloud, error):
    cloud.add_account("other@example.com", "other-token").store.create_bucket("theirs", 0)
    refused = error(cloud.send("GET", "/theirs", access_key="other@example.com"))
    assert refused["Code"] == "SignatureDoesNotMatch"
    assert error(cloud.send("GET", "/theirs"))["Code"] == "NoSuchBucket"


def test_anonymous_access_is_denied(cloud, error):
    assert error(cloud.fetch("GET", "http://h/data"))["Code"] == "AccessDenied"
    client = cloud.client(signature_version=UNSIGNED)
    with pytest.raises(ClientError, match="403"):
        client.head_bucket(Bucket="data")


def without(name):
    return lambda request: attrs.evolve(
        request, headers=tuple((key, value) for key, value in request.headers if key != name)
    )


def with_header(name, value):
    return lambda request: attrs.evolve(request, headers=(*without(name)(request).headers, (name, value)))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda request: attrs.evolve(request, path="/data/other"), "SignatureDoesNotMatch"),
        (lambda request: attrs.evolve(request, query="x=1"), "SignatureDoesNotMatch"),
        (lambda request: attrs.evolve(request, method="DELETE"), "SignatureDoesNotMatch"),
        (lambda request: attrs.evolve(request, body=b"changed"), "XAmzContentSHA256Mismatch"),
        (with_header("x-amz-content-sha256", "0" * 64), "SignatureDoesNotMatch"),
        (with_header("x-amz-meta-added", "1"), "AccessDenied"),
        (with_header("host", "elsewhere"), "SignatureDoesNotMatch"),
        (without("x-amz-content-sha256"), "InvalidRequest"),
        (without("x-amz-date"), "AccessDenied"),
        (with_header("authorization", "AWS someone:signature"), "InvalidRequest"),
        (with_header("authorization", "Bearer x"), "InvalidRequest"),
        (with_header("authorization", "AWS4-HMAC-SHA256 nonsense"), "AuthorizationHeaderMalformed"),
        (lambda request: attrs.evolve(request, query="X-Amz-Algorithm=AWS4-HMAC-SHA256"), "InvalidArgument"),
    ],
)
def test_a_request_changed_on_its_way_is_refused_and_does_nothing(cloud, error, change, code):
    cloud.account.store.create_bucket("data", 0)
    assert error(cloud.send("PUT", "/data/k", b"body", change=change))["Code"] == code
    assert list(cloud.account.store.list("data")) == []


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("X-Amz-Algorithm=AWS4-HMAC-SHA256", "AuthorizationQueryParametersError"),
        ("X-Amz-Algorithm=other", "AuthorizationQueryParametersError"),
        ("AWSAccessKeyId=nobody", "InvalidAccessKeyId"),
        ("AWSAccessKeyId=someone%2Btest%40example.com&Expires=x&Signature=y", "AccessDenied"),
        ("AWSAccessKeyId=someone%2Btest%40example.com&Expires=99999999999&Signature=y", "SignatureDoesNotMatch"),
    ],
)
def test_a_malformed_presigned_query_is_refused(cloud, error, query, code):
    assert error(cloud.fetch("GET", f"http://h/data/k?{query}"))["Code"] == code


def hand_signed(cloud, leave_out=()):
    """A GET of the service, dated by ``Date`` and signed with our own arithmetic over all headers but some."""
    now = cloud.now // 1_000_000
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    digest = hashlib.sha256(b"").hexdigest()
    headers = {"host": "h", "date": email.utils.formatdate(now, usegmt=True), "x-amz-content-sha256": digest}
    signed = tuple(sorted(set(headers) - set(leave_out)))
    credential = sigv4.Credential(cloud.account.access_key, stamp[:8], "r", "s3")
    canonical = sigv4.canonical_request("GET", "/", (), headers, signed, digest)
    key = sigv4.signing_key(cloud.account.secret_key, stamp[:8], "r", "s3")
    signature = sigv4.sign(key, sigv4.string_to_sign(stamp, credential.scope, canonical))
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credential.access_key}/{credential.scope}, "
        f"SignedHeaders={';'.join(signed)}, Signature={signature}"
    )
    return Request("GET", "/", headers=tuple(headers.items()))


def test_a_v4_date_may_come_in_the_date_header(cloud):
    assert cloud.handle(hand_signed(cloud)).status == 200


@pytest.mark.parametrize("name", ["host", "x-amz-content-sha256"])
def test_a_signature_that_leaves_out_what_matters_is_refused(cloud, error, name):
    refused = error(cloud.handle(hand_signed(cloud, leave_out=[name])))
    assert (refused["Code"], refused["HeadersNotSigned"]) == ("AccessDenied", name)
