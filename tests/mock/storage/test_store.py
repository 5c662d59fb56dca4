"""What every object store must do; each class that implements the port runs through it."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qarnot_mock.storage.store import StoreError

NAMES = st.text(st.sampled_from("ab/.\x00\x01\uffff\U0001f600é"), min_size=1, max_size=5)
STEPS = st.lists(st.tuples(st.sampled_from(["put", "delete"]), NAMES, st.binary(max_size=4)), max_size=40)


@pytest.fixture
def store(make_store):
    store = make_store()
    store.create_bucket("data", 5)
    return store


def test_a_bucket_is_created_once_and_keeps_its_date(store):
    assert store.create_bucket("data", 9) is False
    assert store.create_bucket("another", 7) is True
    assert [(bucket.name, bucket.created) for bucket in store.buckets()] == [("another", 7), ("data", 5)]


def test_an_object_keeps_what_it_was_given(store):
    info = store.put("data", "k", b"abc", 11, content_type="t/u", metadata={"m": "1"}, headers={"cache-control": "no"})
    assert info == store.head("data", "k")
    assert (info.key, info.size, info.last_modified, info.content_type) == ("k", 3, 11, "t/u")
    assert info.etag == hashlib.md5(b"abc").hexdigest()
    assert (dict(info.metadata), dict(info.headers)) == ({"m": "1"}, {"cache-control": "no"})


def test_a_given_etag_is_kept(store):
    assert store.put("data", "k", b"abc", 0, etag="abc-3").etag == "abc-3"


@pytest.mark.parametrize(("start", "stop"), [(0, None), (1, 2), (2, None), (0, 0), (1, 99)])
def test_a_slice_of_an_object_is_read(store, start, stop):
    store.put("data", "k", b"abcd", 0)
    assert store.get("data", "k", start, stop) == b"abcd"[start:stop]


@pytest.mark.parametrize("size", [1, 20_000])
@pytest.mark.parametrize(("start", "stop"), [(0, None), (1, 2), (0, 0), (3, None), (0, 6)])
def test_pieces_are_read_as_one(store, size, start, stop):
    pieces = [letter * size for letter in (b"a", b"b", b"c", b"d", b"e")]
    info = store.put("data", "k", pieces, 0)
    whole = b"".join(pieces)
    assert (info.size, info.etag) == (len(whole), hashlib.md5(whole).hexdigest())
    first, last = start * size - start // 2, None if stop is None else stop * size - stop // 2
    assert store.get("data", "k", first, last) == whole[first:last]


def test_what_is_being_read_is_read_to_its_end_whatever_becomes_of_it(store):
    part = bytes(range(256)) * 5000
    store.put("data", "k", [part, part[::-1]], 0)
    reading = store.read("data", "k", 7, 2 * len(part) - 9)
    unread = store.read("data", "k", 0, 5)
    first = next(reading)
    store.put("data", "k", b"replaced", 1)
    getattr(store, "commit", lambda: None)()
    portions = [first, *reading]
    assert b"".join(portions) == (part + part[::-1])[7:-9]
    assert max(map(len, portions)) <= 1024**2
    assert list(unread) == [part[:5]]
    assert list(store.read("data", "k", 2, 4)) == [b"pl"]


@pytest.mark.parametrize("content", [b"abc", b"abc" * 20_000], ids=["small", "large"])
@pytest.mark.parametrize("target", ["k", "new", "there"])
def test_a_copy_has_the_bytes_and_traits_of_its_source(store, content, target):
    store.put("data", "there", b"x" * 50_000, 0)
    source = store.put("data", "k", content, 1, etag="e-2", content_type="t/u", metadata={"m": "1"})
    info = store.copy(source, "data", "data", target, 9)
    assert (info.key, info.etag, info.last_modified, info.content_type) == (target, "e-2", 9, "t/u")
    assert info == store.head("data", target)
    assert store.get("data", target) == store.get("data", "k") == content
    assert store.bytes_used() == sum(each.size for each in store.list("data"))


def test_a_copy_of_what_is_gone_or_to_nowhere_is_refused(store):
    source = store.put("data", "k", b"abc", 1)
    with pytest.raises(StoreError, match="'no'"):
        store.copy(source, "data", "no", "k", 2)
    store.delete("data", "k")
    with pytest.raises(StoreError, match="'k'"):
        store.copy(source, "data", "data", "new", 2)


def test_replacing_and_deleting_keep_the_books(store):
    store.put("data", "k", b"abc", 0)
    store.put("data", "k", b"ab", 0)
    assert (store.bucket("data").object_count, store.bucket("data").bytes_used) == (1, 2)
    assert store.delete("data", "k") is True
    assert store.delete("data", "k") is False
    assert (store.bucket("data").object_count, store.bucket("data").bytes_used) == (0, 0)


def test_a_metadata_mapping_changed_later_does_not_change_the_object(store):
    metadata = {"m": "1"}
    store.put("data", "k", b"", 0, metadata=metadata)
    metadata["m"] = "2"
    assert store.head("data", "k").metadata["m"] == "1"


@pytest.mark.parametrize(
    "refused",
    [
        lambda store: store.bucket("no"),
        lambda store: store.delete_bucket("no"),
        lambda store: store.put("no", "k", b"", 0),
        lambda store: store.head("no", "k"),
        lambda store: store.get("no", "k"),
        lambda store: store.delete("no", "k"),
        lambda store: store.list("no"),
    ],
)
def test_a_missing_bucket_is_refused_at_once(store, refused):
    with pytest.raises(StoreError, match="'no'") as error:
        refused(store)
    assert error.value.code == "NoSuchBucket"


@pytest.mark.parametrize("method", ["head", "get"])
def test_a_missing_object_is_refused(store, method):
    with pytest.raises(StoreError, match="'k'") as error:
        getattr(store, method)("data", "k")
    assert error.value.code == "NoSuchKey"


def test_a_bucket_with_objects_is_not_deleted(store):
    store.put("data", "k", b"", 0)
    with pytest.raises(StoreError) as error:
        store.delete_bucket("data")
    assert error.value.code == "BucketNotEmpty"
    store.delete("data", "k")
    store.delete_bucket("data")
    assert store.buckets() == []


def test_a_listing_may_be_read_while_the_bucket_changes(store):
    for number in range(100):
        store.put("data", f"{number:03}", b"", 0)
    listing = store.list("data")
    seen = [next(listing).key]
    for number in range(50):
        store.delete("data", f"{number:03}")
    seen += [info.key for info in listing]
    assert seen == sorted(seen)
    assert {f"{number:03}" for number in range(50, 100)} <= set(seen)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(steps=STEPS, prefix=st.one_of(st.just(""), NAMES), after=st.one_of(st.just(""), NAMES))
def test_listings_are_in_byte_order_of_the_utf8_keys(make_store, steps, prefix, after):
    store, model = make_store(), {}
    store.create_bucket("data", 0)
    for verb, key, content in steps:
        if verb == "put":
            store.put("data", key, content, 0)
            model[key] = content
        else:
            assert store.delete("data", key) is (model.pop(key, None) is not None)
    expected = sorted(
        (key for key in model if key.startswith(prefix) and key.encode() > after.encode()), key=str.encode
    )
    assert [info.key for info in store.list("data", prefix, after)] == expected
    assert store.bucket("data").bytes_used == sum(map(len, model.values()))
    assert store.bucket("data").object_count == len(model)
