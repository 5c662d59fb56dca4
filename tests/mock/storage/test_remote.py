"""The store over a real S3 server, in front of moto and of a mock of our own; both in process, reached with boto3."""

from __future__ import annotations

import hashlib

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws

from qarnot_mock.storage.memory import MemoryStore
from qarnot_mock.storage.remote import RemoteStorage, RemoteStore
from qarnot_mock.storage.store import StoreError

URL = "http://127.0.0.1:9"


@pytest.fixture(params=["mock", "moto"])
def client(request, new_cloud):
    if request.param == "mock":
        yield new_cloud().client()
    else:
        with mock_aws():
            yield boto3.client("s3", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")


@pytest.fixture
def make_store():
    """What stands behind the mock that is the server here."""
    return MemoryStore


@pytest.fixture
def store(client):
    store = RemoteStore(client, URL)
    assert store.create_bucket("data", 5)
    return store


def test_buckets_are_made_once_and_told_with_their_use(store):
    store.put("data", "k", b"abc", 0)
    assert store.create_bucket("data", 6) is False
    assert store.create_bucket("more", 6) is True
    assert store.bucket_names() == ["data", "more"]
    assert [(each.name, each.object_count, each.bytes_used) for each in store.buckets()] == [
        ("data", 1, 3),
        ("more", 0, 0),
    ]
    assert store.bytes_used() == 3
    store.delete_bucket("more")
    assert store.bucket_names() == ["data"]


def test_an_object_keeps_what_it_was_given(store):
    info = store.put("data", "k", [b"ab", b"cd"], 0, content_type="t/u", metadata={"m": "1"},
                     headers={"cache-control": "no"})  # fmt: skip
    assert info == store.head("data", "k")
    assert (info.size, info.content_type, info.etag) == (4, "t/u", hashlib.md5(b"abcd").hexdigest())
    assert (info.metadata, info.headers) == ({"m": "1"}, {"cache-control": "no"})
    copied = store.copy(info, "data", "data", "copies/é +", 0)
    assert (copied.content_type, copied.metadata, copied.etag) == ("t/u", {"m": "1"}, info.etag)
    assert store.get("data", "copies/é +") == b"abcd"


@pytest.mark.parametrize(("start", "stop"), [(0, None), (1, 2), (2, None), (0, 0), (1, 99), (4, None)])
def test_a_slice_is_read(store, start, stop):
    store.put("data", "k", b"abcd", 0)
    assert store.get("data", "k", start, stop) == b"abcd"[start:stop]


def test_listings_and_deletions(store):
    for key in ("a", "a/1", "b", "a-x"):
        store.put("data", key, key.encode(), 0)
    assert [(info.key, info.size) for info in store.list("data", "a", "a")] == [("a-x", 3), ("a/1", 3)]
    assert store.delete("data", "a") is True
    assert store.delete("data", "a") is False
    assert [info.key for info in store.list("data")] == ["a-x", "a/1", "b"]


@pytest.mark.parametrize(
    ("refused", "code"),
    [
        (lambda store: store.bucket("no"), "NoSuchBucket"),
        (lambda store: store.delete_bucket("no"), "NoSuchBucket"),
        (lambda store: store.put("no", "k", b"", 0), "NoSuchBucket"),
        (lambda store: store.head("no", "k"), "NoSuchBucket"),
        (lambda store: store.head("data", "k"), "NoSuchKey"),
        (lambda store: store.get("data", "k"), "NoSuchKey"),
        (lambda store: store.delete("no", "k"), "NoSuchBucket"),
        (lambda store: store.list("no"), "NoSuchBucket"),
    ],
)
def test_refusals_are_those_of_every_store(store, refused, code):
    with pytest.raises(StoreError) as error:
        refused(store)
    assert error.value.code == code


def test_a_bucket_with_objects_is_not_deleted(store):
    store.put("data", "k", b"", 0)
    with pytest.raises(StoreError, match=URL) as error:
        store.delete_bucket("data")
    assert error.value.code == "BucketNotEmpty"


def test_a_server_that_does_not_answer_is_named(new_cloud):
    client = new_cloud().client()

    def silent(**_):
        raise EndpointConnectionError(endpoint_url=URL)

    client.meta.events.register_first("before-send.s3", silent)
    with pytest.raises(StoreError, match=URL) as error:
        RemoteStore(client, URL).bucket_names()
    assert error.value.code == "ServiceUnavailable"


def test_credentials_default_to_those_of_the_account_and_are_never_shown():
    storage = RemoteStorage(URL, "key", "hidden")
    assert "hidden" not in repr(storage)
    for given, expected in ((storage, ("key", "hidden")), (RemoteStorage(URL), ("e@x", "token"))):
        signer = given.store_for("e@x", "token")._client._request_signer._credentials
        assert (signer.access_key, signer.secret_key) == expected
