"""Buckets and listings through boto3."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

LATIN = ["a", "a-x", "a/1", "a/2", "a/b/3", "ab", "b/1", "z é", "\U0001f600"]


@pytest.fixture
def filled(s3):
    for key in LATIN:
        s3.put_object(Bucket="data", Key=key, Body=key.encode())
    return s3


def keys(answer):
    return [entry["Key"] for entry in answer.get("Contents", [])]


def groups(answer):
    return [entry["Prefix"] for entry in answer.get("CommonPrefixes", [])]


def test_creating_ones_own_bucket_again_succeeds_and_keeps_its_objects(filled):
    assert filled.create_bucket(Bucket="data")["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert keys(filled.list_objects_v2(Bucket="data")) == LATIN


@pytest.mark.parametrize("location", ["", "default", "eu-west-1"])
def test_any_location_is_accepted(cloud, location):
    namespace = "http://s3.amazonaws.com/doc/2006-03-01/"
    body = (
        f'<CreateBucketConfiguration xmlns="{namespace}"><LocationConstraint>{location}</LocationConstraint>'
        "</CreateBucketConfiguration>"
    )
    assert cloud.send("PUT", "/data", body.encode()).status == 200


def test_a_bad_bucket_name_is_refused(cloud, error):
    refused = error(cloud.send("PUT", "/ab"))
    assert (refused["status"], refused["Code"], refused["BucketName"]) == ("400", "InvalidBucketName", "ab")
    assert error(cloud.send("PUT", "/data", b"<Wrong/>"))["Code"] == "MalformedXML"


def test_one_bucket_too_many_is_refused_but_an_existing_one_is_not(cloud, error):
    cloud.add_account("small@example.com", "t", max_buckets=1)
    who = {"access_key": "small@example.com", "secret_key": "t"}
    assert cloud.send("PUT", "/first", **who).status == 200
    refused = error(cloud.send("PUT", "/second", **who))
    assert (refused["Code"], refused["status"]) == ("TooManyBuckets", "400")
    assert cloud.send("PUT", "/first", **who).status == 200


def test_head_bucket_tells_the_usage_in_the_gateways_headers(filled):
    headers = filled.head_bucket(Bucket="data")["ResponseMetadata"]["HTTPHeaders"]
    assert headers["x-rgw-object-count"] == str(len(LATIN))
    assert headers["x-rgw-bytes-used"] == str(sum(len(key.encode()) for key in LATIN))


@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2", "list_object_versions", "get_bucket_acl",
                                       "get_bucket_location", "get_bucket_versioning", "list_multipart_uploads",
                                       "delete_bucket"])  # fmt: skip
def test_a_missing_bucket_is_named(s3, operation):
    with pytest.raises(ClientError) as refused:
        getattr(s3, operation)(Bucket="missing")
    said = refused.value.response
    assert (said["Error"]["Code"], said["Error"]["BucketName"]) == ("NoSuchBucket", "missing")
    assert said["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert said["ResponseMetadata"]["RequestId"].startswith("tx")


def test_head_of_a_missing_bucket_has_no_body(cloud):
    answer = cloud.send("HEAD", "/missing")
    assert (answer.status, answer.body) == (404, b"")


def test_a_full_bucket_is_not_deleted(filled):
    with pytest.raises(ClientError, match="BucketNotEmpty"):
        filled.delete_bucket(Bucket="data")


def test_versioning_location_and_acl_answer_the_minimum(s3):
    assert "Status" not in s3.get_bucket_versioning(Bucket="data")
    assert s3.get_bucket_location(Bucket="data")["LocationConstraint"] is None
    s3.put_object(Bucket="data", Key="k")
    for answer in (s3.get_bucket_acl(Bucket="data"), s3.get_object_acl(Bucket="data", Key="k")):
        assert [grant["Permission"] for grant in answer["Grants"]] == ["FULL_CONTROL"]


@pytest.mark.parametrize("size", [1, 2, 3, 1000])
@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2", "list_object_versions"])
@pytest.mark.parametrize("delimiter", ["", "/"])
def test_pages_of_any_size_add_up_to_the_whole_listing(filled, operation, size, delimiter):
    pages = filled.get_paginator(operation).paginate(
        Bucket="data", Delimiter=delimiter, PaginationConfig={"PageSize": size}
    )
    seen, prefixes = [], []
    for page in pages:
        seen += [entry["Key"] for entry in page.get("Contents", page.get("Versions", []))]
        prefixes += groups(page)
    assert seen == [key for key in LATIN if not delimiter or "/" not in key]
    assert prefixes == (["a/", "b/"] if delimiter else [])


def test_a_prefix_narrows_and_groups_below_it(filled):
    answer = filled.list_objects_v2(Bucket="data", Prefix="a/", Delimiter="/")
    assert (keys(answer), groups(answer), answer["KeyCount"]) == (["a/1", "a/2"], ["a/b/"], 3)


def test_start_after_and_marker_need_not_exist(filled):
    assert keys(filled.list_objects_v2(Bucket="data", StartAfter="a/11"))[0] == "a/2"
    assert keys(filled.list_objects(Bucket="data", Marker="a/11"))[0] == "a/2"


def test_the_owner_is_told_when_asked(cloud, filled):
    assert "Owner" not in filled.list_objects_v2(Bucket="data")["Contents"][0]
    owner = filled.list_objects_v2(Bucket="data", FetchOwner=True)["Contents"][0]["Owner"]
    assert owner["ID"] == cloud.account.access_key


@pytest.mark.parametrize(
    "key", ["\x01", "a\nb", "a\rb", "&<>\"'", "%2F", "a+b", " ", "../x", "//", "/abs", "./d", "a\\b"]
)
def test_strange_keys_are_stored_and_listed_verbatim(s3, key):
    s3.put_object(Bucket="data", Key=key, Body=b"1")
    assert keys(s3.list_objects_v2(Bucket="data")) == [key]
    assert keys(s3.list_objects(Bucket="data")) == [key]
    assert s3.get_object(Bucket="data", Key=key)["Body"].read() == b"1"
    s3.delete_object(Bucket="data", Key=key)
    assert keys(s3.list_objects_v2(Bucket="data")) == []


def test_without_an_encoding_keys_are_plain_xml(cloud, s3):
    s3.put_object(Bucket="data", Key="a&b <ü>")
    assert "<Key>a&amp;b &lt;ü&gt;</Key>" in cloud.send("GET", "/data?list-type=2").body.decode()
    assert "<Key>a%26b%20%3C%C3%BC%3E</Key>" in cloud.send("GET", "/data?list-type=2&encoding-type=url").body.decode()


@pytest.mark.parametrize(
    "query",
    ["max-keys=-1", "max-keys=x", "max-keys=99999999999", "encoding-type=base64", "list-type=3",
     "list-type=2&continuation-token=%21", "versions&version-id-marker=null"],
)  # fmt: skip
def test_a_bad_listing_parameter_is_refused(cloud, s3, error, query):
    assert error(cloud.send("GET", f"/data?{query}"))["Code"] == "InvalidArgument"


def test_no_page_is_larger_than_a_thousand(cloud, s3):
    for number in range(1001):
        cloud.account.store.put("data", f"{number:04}", b"", 0, etag="x")
    answer = s3.list_objects_v2(Bucket="data", MaxKeys=5000)
    assert (answer["KeyCount"], answer["IsTruncated"], answer["MaxKeys"]) == (1000, True, 1000)
    assert s3.list_objects_v2(Bucket="data", MaxKeys=0)["IsTruncated"] is False
