"""Objects through boto3: what goes in comes out, under every condition and range, and refusals leave no trace."""

from __future__ import annotations

import hashlib

import pytest
from botocore.exceptions import ClientError

SECOND = 1_000_000


@pytest.fixture
def stored(s3):
    s3.put_object(Bucket="data", Key="k", Body=b"0123456789", ContentType="text/plain", Metadata={"Colour": "red"},
                  CacheControl="no-cache", ContentDisposition="inline", ContentLanguage="fr")  # fmt: skip
    return s3


def code(call, **arguments):
    with pytest.raises(ClientError) as refused:
        call(Bucket="data", **arguments)
    return refused.value.response["Error"]["Code"]


def test_an_object_comes_back_with_its_traits(cloud, stored):
    for answer in (stored.get_object(Bucket="data", Key="k"), stored.head_object(Bucket="data", Key="k")):
        assert answer["ETag"] == f'"{hashlib.md5(b"0123456789").hexdigest()}"'
        assert (answer["ContentLength"], answer["ContentType"]) == (10, "text/plain")
        assert answer["Metadata"] == {"colour": "red"}
        assert (answer["CacheControl"], answer["ContentDisposition"], answer["ContentLanguage"]) == (
            "no-cache",
            "inline",
            "fr",
        )
        assert int(answer["LastModified"].timestamp()) == cloud.now // SECOND


def test_the_date_of_an_object_is_the_clouds(cloud, s3):
    cloud.wall, cloud.now = cloud.now, 1_000_000_000 * SECOND
    s3.put_object(Bucket="data", Key="k")
    assert s3.head_object(Bucket="data", Key="k")["LastModified"].timestamp() == 1_000_000_000


def test_head_states_the_length_and_has_no_body(cloud, stored):
    answer = cloud.send("HEAD", "/data/k")
    assert (answer.body, answer.header("content-length")) == (b"", "10")
    part = cloud.send("HEAD", "/data/k", headers={"Range": "bytes=2-4"})
    assert (part.status, part.header("content-length"), part.header("content-range")) == (206, "3", "bytes 2-4/10")


@pytest.mark.parametrize(
    ("asked", "body", "content_range"),
    [("bytes=2-4", b"234", "bytes 2-4/10"), ("bytes=-3", b"789", "bytes 7-9/10"), ("bytes=8-", b"89", "bytes 8-9/10")],
)
def test_a_range_is_answered_in_part(stored, asked, body, content_range):
    answer = stored.get_object(Bucket="data", Key="k", Range=asked)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 206
    assert (answer["Body"].read(), answer["ContentRange"]) == (body, content_range)


def test_a_range_behind_the_end_is_refused_with_the_size(stored):
    with pytest.raises(ClientError) as refused:
        stored.get_object(Bucket="data", Key="k", Range="bytes=10-")
    assert refused.value.response["Error"]["Code"] == "InvalidRange"
    assert refused.value.response["Error"]["ActualObjectSize"] == "10"


def test_response_overrides_are_applied(stored):
    answer = stored.get_object(Bucket="data", Key="k", ResponseContentType="a/b", ResponseCacheControl="max-age=1")
    assert (answer["ContentType"], answer["CacheControl"]) == ("a/b", "max-age=1")


def test_an_override_cannot_write_headers_of_its_own(stored):
    assert code(stored.get_object, Key="k", ResponseContentType="a/b\r\nx-added: 1") == "InvalidArgument"


def test_an_override_beyond_latin_1_becomes_its_utf8_bytes(cloud, stored):
    answer = cloud.send("GET", "/data/k?response-content-disposition=%E2%82%AC")
    assert answer.header("content-disposition").encode("latin-1").decode() == "€"


def test_conditions_on_reading(stored):
    etag = stored.head_object(Bucket="data", Key="k")["ETag"]
    assert stored.get_object(Bucket="data", Key="k", IfMatch=etag)["Body"].read() == b"0123456789"
    assert code(stored.get_object, Key="k", IfMatch='"other"') == "PreconditionFailed"
    assert code(stored.get_object, Key="k", IfNoneMatch=etag) == "304"
    assert code(stored.head_object, Key="k", IfMatch='"other"') == "412"


def test_conditions_on_writing(stored):
    etag = stored.head_object(Bucket="data", Key="k")["ETag"]
    assert code(stored.put_object, Key="k", Body=b"x", IfNoneMatch="*") == "PreconditionFailed"
    assert code(stored.put_object, Key="k", Body=b"x", IfMatch='"other"') == "PreconditionFailed"
    assert stored.get_object(Bucket="data", Key="k")["Body"].read() == b"0123456789"
    stored.put_object(Bucket="data", Key="k", Body=b"x", IfMatch=etag)
    stored.put_object(Bucket="data", Key="new", Body=b"x", IfNoneMatch="*")
    assert code(stored.delete_object, Key="k", IfMatch=etag) == "PreconditionFailed"


def test_deleting_twice_succeeds(stored):
    for _ in range(2):
        assert stored.delete_object(Bucket="data", Key="k")["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert code(stored.get_object, Key="k") == "NoSuchKey"
    assert code(stored.head_object, Key="k") == "404"


@pytest.mark.parametrize("quiet", [True, False])
def test_many_objects_are_deleted_at_once(stored, quiet):
    wanted = [{"Key": "k", "VersionId": "null"}, {"Key": "missing"}, {"Key": "other", "VersionId": "1"}]
    answer = stored.delete_objects(Bucket="data", Delete={"Objects": wanted, "Quiet": quiet})
    assert [entry["Key"] for entry in answer.get("Deleted", [])] == ([] if quiet else ["k", "missing"])
    assert [(entry["Key"], entry["Code"]) for entry in answer["Errors"]] == [("other", "NoSuchVersion")]
    assert "Contents" not in stored.list_objects_v2(Bucket="data")


def test_every_object_is_its_own_null_version(stored):
    versions = stored.list_object_versions(Bucket="data")["Versions"]
    assert [(entry["Key"], entry["VersionId"], entry["IsLatest"]) for entry in versions] == [("k", "null", True)]


def test_a_delete_of_an_object_without_a_name_is_refused(cloud, s3, error):
    body = b"<Delete><Object><Key>k</Key></Object><Object><VersionId>null</VersionId></Object></Delete>"
    s3.put_object(Bucket="data", Key="k")
    assert error(cloud.send("POST", "/data?delete", body))["Code"] == "MalformedXML"
    assert s3.head_object(Bucket="data", Key="k")["ContentLength"] == 0


@pytest.mark.parametrize("count", [0, 1001])
def test_a_delete_of_none_or_too_many_is_refused(cloud, s3, error, count):
    body = f"<Delete>{'<Object><Key>k</Key></Object>' * count}</Delete>".encode()
    assert error(cloud.send("POST", "/data?delete", body))["Code"] == "MalformedXML"


def test_a_copy_keeps_or_replaces_the_traits(stored):
    answer = stored.copy_object(Bucket="data", Key="a ü/2", CopySource={"Bucket": "data", "Key": "k"})
    head = stored.head_object(Bucket="data", Key="a ü/2")
    assert (head["ETag"], head["Metadata"]) == (answer["CopyObjectResult"]["ETag"], {"colour": "red"})
    stored.copy_object(Bucket="data", Key="k", CopySource="data/a ü/2", MetadataDirective="REPLACE",
                       Metadata={"x": "y"}, ContentType="new/type")  # fmt: skip
    head = stored.head_object(Bucket="data", Key="k")
    assert (head["Metadata"], head["ContentType"]) == ({"x": "y"}, "new/type")
    assert "CacheControl" not in head


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"CopySource": "data/missing"}, "NoSuchKey"),
        ({"CopySource": "missing/k"}, "NoSuchBucket"),
        ({"CopySource": "nothing"}, "InvalidArgument"),
        ({"CopySource": "data/k?versionId=7"}, "NoSuchVersion"),
        ({"CopySource": "data/k", "Key": "k"}, "InvalidRequest"),
        ({"CopySource": "data/k", "CopySourceIfMatch": '"other"'}, "PreconditionFailed"),
        ({"CopySource": "data/k", "CopySourceIfNoneMatch": "*"}, "PreconditionFailed"),
    ],
)
def test_a_copy_that_cannot_be_is_refused(stored, arguments, expected):
    assert code(stored.copy_object, **{"Key": "copy", **arguments}) == expected
    assert len(stored.list_objects_v2(Bucket="data")["Contents"]) == 1


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"Key": "x" * 1025}, "KeyTooLongError"),
        ({"Key": "x", "Metadata": {"m": "y" * 2048}}, "MetadataTooLarge"),
        ({"Key": "x", "Tagging": "a=b"}, "NotImplemented"),
        ({"Key": "x", "ServerSideEncryption": "AES256"}, "NotImplemented"),
        ({"Key": "x", "StorageClass": "GLACIER"}, "InvalidStorageClass"),
    ],
)
def test_a_put_that_cannot_be_kept_as_asked_is_refused(s3, arguments, expected):
    assert code(s3.put_object, Body=b"1", **arguments) == expected
    assert "Contents" not in s3.list_objects_v2(Bucket="data")


def test_a_version_other_than_null_does_not_exist(stored):
    assert stored.get_object(Bucket="data", Key="k", VersionId="null")["ContentLength"] == 10
    assert code(stored.get_object, Key="k", VersionId="7") == "NoSuchVersion"


def test_the_quota_counts_all_buckets_and_unfinished_parts(cloud):
    account = cloud.add_account("small@example.com", "t", quota_bytes=10)
    client = cloud.client("small@example.com", "t")
    client.create_bucket(Bucket="data")
    client.create_bucket(Bucket="more")
    client.put_object(Bucket="more", Key="k", Body=b"12345")
    assert code(client.put_object, Key="k", Body=b"123456") == "QuotaExceeded"
    upload = client.create_multipart_upload(Bucket="data", Key="m")["UploadId"]
    client.upload_part(Bucket="data", Key="m", UploadId=upload, PartNumber=1, Body=b"1234")
    assert code(client.put_object, Key="k", Body=b"12") == "QuotaExceeded"
    assert code(client.copy_object, Key="copy", CopySource="more/k") == "QuotaExceeded"
    client.put_object(Bucket="more", Key="k", Body=b"123456")
    assert account.used_bytes() == 10
    client.abort_multipart_upload(Bucket="data", Key="m", UploadId=upload)
    client.put_object(Bucket="data", Key="k", Body=b"12")


def test_unrouted_operations_are_named(cloud, s3, error):
    refused = error(cloud.send("GET", "/data/k?tagging"))
    assert (refused["status"], refused["Code"], refused["Resource"]) == ("501", "NotImplemented", "/data/k")
    assert "?tagging" in refused["Message"]


@pytest.mark.parametrize("host", ["localhost:9", "storage.qarnot.com:9"])
def test_virtual_host_style_below_the_known_hosts(cloud, s3, host):
    client = cloud.client(endpoint=f"http://{host}", s3={"addressing_style": "virtual"})
    client.put_object(Bucket="data", Key="a/b", Body=b"1")
    assert cloud.seen[-1][0].header("host") == f"data.{host}"
    assert s3.get_object(Bucket="data", Key="a/b")["Body"].read() == b"1"
    url = cloud.client(
        endpoint=f"http://{host}", s3={"addressing_style": "virtual"}, signature_version="s3"
    ).generate_presigned_url("get_object", Params={"Bucket": "data", "Key": "a/b"})
    assert cloud.fetch("GET", url).body == b"1"
