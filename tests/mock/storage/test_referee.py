"""moto as an independent referee: the same calls go to both, and the answers agree or the difference is listed.

Only what a client acts on is compared: status, error code, and the answer without dates, ids and owners.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws

FULL = b"x" * (5 * 1024**2)
VOLATILE = frozenset(
    [
        "ResponseMetadata",
        "LastModified",
        "CreationDate",
        "Owner",
        "Initiator",
        "Initiated",
        "UploadId",
        "NextUploadIdMarker",
        "UploadIdMarker",
        "NextContinuationToken",
        "ContinuationToken",
        "VersionId",
        "NextVersionIdMarker",
        "VersionIdMarker",
        "ServerSideEncryption",
        "ChecksumCRC32",
        "ChecksumType",
        "ChecksumAlgorithm",
        "Location",
        "StorageClass",
        "RequestCharged",
        "BucketRegion",
        "BucketArn",
        "Grants",
        "Expiration",
        "EncodingType",
        "Marker",
    ]
)

DIFFERENCES = {
    "create with capitals": "reference 5: names are DNS style; moto takes capitals in us-east-1",
    "key too long": "S3 allows 1024 bytes; moto counts differently",
    "delete many quietly": "Quiet means that successes are not told; moto tells them",
    "list_objects first page": "S3 gives NextMarker only with a delimiter; moto gives a digest",
    "v1 marker and delimiter": "a marker that is a common prefix continues after it; moto loses the later groups",
    "part 0": "S3 refuses the number; moto speaks of the upload",
    "wrong order": "here the order is judged before the sizes",
    "wrong md5": "S3 checks Content-MD5; moto does not look at it",
    "malformed md5": "S3 checks Content-MD5; moto does not look at it",
    "wrong crc32": "S3 checks the checksum that it is told; moto does not",
    "wrong md5 of a part": "S3 checks Content-MD5; moto does not look at it",
    "copy if-match fails": "S3 evaluates the conditions on a copy's source; moto only some of them",
    "list uploads with prefix": "S3 repeats the prefix in its answer; moto leaves it out",
    "list uploads with another prefix": "S3 repeats the prefix in its answer; moto leaves it out",
    "part for another key": "an upload belongs to its key; moto takes the part",
    "part copy of missing": "S3 names the missing key; moto answers a bare 404",
    "copy multipart": "the gateway keeps a multipart ETag when it copies; AWS and moto compute a new one",
    "part copy beyond": "S3 refuses a range beyond the source; moto cuts it",
    "part after abort": "moto crashes",
}
"""Step to reason; a step that is listed and agrees fails too."""


class Steps:
    """The script, run once on each side. ``note`` remembers upload ids and ETags of that side."""

    def __init__(self, client):
        self.client = client
        self.outcomes = {}

    def __call__(self, name, operation, **arguments):
        assert name not in self.outcomes
        try:
            answer = getattr(self.client, operation)(**arguments)
        except ClientError as error:
            said = error.response
            self.outcomes[name] = ("refused", said["ResponseMetadata"]["HTTPStatusCode"], said["Error"]["Code"])
            return {}
        except KeyError as crash:  # moto, in places; never ours: see the assertion on our outcomes
            self.outcomes[name] = ("crashed", type(crash).__name__)
            return {}
        self.outcomes[name] = ("ok", answer["ResponseMetadata"]["HTTPStatusCode"], lasting(answer))
        return answer


def lasting(value):
    """What is left of an answer without volatile members and empty values; a body is read."""
    if isinstance(value, dict):
        kept = {name: lasting(member) for name, member in value.items() if name not in VOLATILE}
        return {name: member for name, member in kept.items() if member not in ({}, [], "", None)}
    if isinstance(value, list):
        return [lasting(member) for member in value]
    if hasattr(value, "read"):
        return hashlib.md5(value.read()).hexdigest()
    return value


def script(client):
    step = Steps(client)
    buckets(step)
    objects(step)
    listings(step)
    multipart(step)
    step("create with capitals", "create_bucket", Bucket="DATA")
    return step.outcomes


def buckets(step):
    step("no bucket yet", "list_buckets")
    step("head missing bucket", "head_bucket", Bucket="data")
    step("create", "create_bucket", Bucket="data")
    step("create again", "create_bucket", Bucket="data")
    step("create with bad name", "create_bucket", Bucket="ab")
    step("create own bucket again elsewhere", "create_bucket", Bucket="data",
         CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})  # fmt: skip
    step("list buckets", "list_buckets")
    step("location", "get_bucket_location", Bucket="data")
    step("versioning", "get_bucket_versioning", Bucket="data")
    step("acl", "get_bucket_acl", Bucket="data")
    step("acl of missing bucket", "get_bucket_acl", Bucket="missing")
    step("delete missing bucket", "delete_bucket", Bucket="missing")
    step("list missing bucket", "list_objects_v2", Bucket="missing")
    step("put into missing bucket", "put_object", Bucket="missing", Key="k", Body=b"1")


def objects(step):
    step("put", "put_object", Bucket="data", Key="k", Body=b"0123456789", ContentType="t/u", Metadata={"a": "b"})
    etag = step("head", "head_object", Bucket="data", Key="k").get("ETag", "")
    step("get", "get_object", Bucket="data", Key="k")
    step("put empty", "put_object", Bucket="data", Key="empty")
    step("get empty", "get_object", Bucket="data", Key="empty")
    for name, asked in {"inner": "bytes=2-4", "open": "bytes=7-", "suffix": "bytes=-3", "beyond": "bytes=10-",
                        "past the end": "bytes=8-99"}.items():  # fmt: skip
        step(f"range {name}", "get_object", Bucket="data", Key="k", Range=asked)
    step("get missing", "get_object", Bucket="data", Key="missing")
    step("head missing", "head_object", Bucket="data", Key="missing")
    step("if-match", "get_object", Bucket="data", Key="k", IfMatch=etag)
    step("if-match fails", "get_object", Bucket="data", Key="k", IfMatch='"other"')
    step("if-none-match", "get_object", Bucket="data", Key="k", IfNoneMatch=etag)
    step("if-none-match passes", "get_object", Bucket="data", Key="k", IfNoneMatch='"other"')
    step("put if absent", "put_object", Bucket="data", Key="k", Body=b"x", IfNoneMatch="*")
    dates = {"long ago": datetime(2001, 1, 1, tzinfo=UTC), "far ahead": datetime(2101, 1, 1, tzinfo=UTC)}
    for name, date in dates.items():
        step(f"if-modified-since {name}", "get_object", Bucket="data", Key="k", IfModifiedSince=date)
        step(f"if-unmodified-since {name}", "get_object", Bucket="data", Key="k", IfUnmodifiedSince=date)
        step(f"head if-modified-since {name}", "head_object", Bucket="data", Key="k", IfModifiedSince=date)
    step("head if-match fails", "head_object", Bucket="data", Key="k", IfMatch='"other"')
    step("head range", "head_object", Bucket="data", Key="k", Range="bytes=2-4")
    step("put if match fails", "put_object", Bucket="data", Key="k", Body=b"x", IfMatch='"other"')
    step("put if absent and absent", "put_object", Bucket="data", Key="fresh", Body=b"x", IfNoneMatch="*")
    step("put if match and absent", "put_object", Bucket="data", Key="nothing", Body=b"x", IfMatch='"other"')
    step("wrong md5", "put_object", Bucket="data", Key="refused", Body=b"y", ContentMD5="AAAAAAAAAAAAAAAAAAAAAA==")
    step("malformed md5", "put_object", Bucket="data", Key="refused", Body=b"y", ContentMD5="no md5")
    step("wrong crc32", "put_object", Bucket="data", Key="refused", Body=b"y", ChecksumCRC32="AAAAAA==")
    step("delete refused", "delete_object", Bucket="data", Key="refused")
    step("delete if match fails", "delete_object", Bucket="data", Key="fresh", IfMatch='"other"')
    step("delete fresh", "delete_object", Bucket="data", Key="fresh")
    step("overrides", "get_object", Bucket="data", Key="k", ResponseContentType="x/y", ResponseCacheControl="c")
    step("copy", "copy_object", Bucket="data", Key="copy", CopySource="data/k")
    step("get copy", "get_object", Bucket="data", Key="copy")
    step("copy with new metadata", "copy_object", Bucket="data", Key="copy", CopySource="data/copy",
         MetadataDirective="REPLACE", Metadata={"c": "d"})  # fmt: skip
    step("head copy with new metadata", "head_object", Bucket="data", Key="copy")
    step("copy to itself", "copy_object", Bucket="data", Key="copy", CopySource="data/copy")
    for name, condition in {"if-match": {"CopySourceIfMatch": etag}, "if-none-match": {"CopySourceIfNoneMatch": etag},
                            "if-match fails": {"CopySourceIfMatch": '"other"'}}.items():  # fmt: skip
        step(f"copy {name}", "copy_object", Bucket="data", Key="copy", CopySource="data/k", **condition)
    step("copy from an odd key", "put_object", Bucket="data", Key="o +%&#é", Body=b"odd")
    step("copy of an odd key", "copy_object", Bucket="data", Key="o2", CopySource={"Bucket": "data", "Key": "o +%&#é"})
    step("get copy of an odd key", "get_object", Bucket="data", Key="o2")
    step("delete odd", "delete_objects", Bucket="data", Delete={"Objects": [{"Key": "o2"}, {"Key": "o +%&#é"}]})
    step("copy missing", "copy_object", Bucket="data", Key="copy2", CopySource="data/missing")
    step("copy from missing bucket", "copy_object", Bucket="data", Key="copy2", CopySource="missing/k")
    step("key too long", "put_object", Bucket="data", Key="x" * 1025, Body=b"")
    step("delete key too long", "delete_object", Bucket="data", Key="x" * 1025)
    step("longest key", "put_object", Bucket="data", Key="y" * 1024, Body=b"")
    step("object acl", "get_object_acl", Bucket="data", Key="k")
    step("delete", "delete_object", Bucket="data", Key="copy")
    step("delete again", "delete_object", Bucket="data", Key="copy")
    step("delete many", "delete_objects", Bucket="data",
         Delete={"Objects": [{"Key": "empty"}, {"Key": "y" * 1024}, {"Key": "missing"}]})  # fmt: skip
    step("delete many quietly", "delete_objects", Bucket="data", Delete={"Objects": [{"Key": "k"}], "Quiet": True})


def listings(step):
    for key in (
        "a",
        "a-x",
        "a/1",
        "a/2",
        "a/b/3",
        "b/1",
        "dir/",
        "ü é",
        "//",
        "../x",
        "q?#%+&",
        "\U0001f600",
        "a\\b",
        "tail ",
        "dot.",
        "tab\there",
        "/abs",
        "./d",
        "a/../b",
        "new\nline",
    ):
        step(f"put {key}", "put_object", Bucket="data", Key=key, Body=key.encode())
    for version in ("list_objects", "list_objects_v2", "list_object_versions"):
        step(f"{version} all", version, Bucket="data")
        step(f"{version} prefix", version, Bucket="data", Prefix="a/")
        step(f"{version} delimiter", version, Bucket="data", Delimiter="/")
        step(f"{version} prefix and delimiter", version, Bucket="data", Prefix="a/", Delimiter="/")
        step(f"{version} first page", version, Bucket="data", MaxKeys=2)
        step(f"{version} nothing", version, Bucket="data", Prefix="nothing")
    step("v1 marker", "list_objects", Bucket="data", Marker="a/1")
    step("v1 marker and delimiter", "list_objects", Bucket="data", Marker="a/", Delimiter="/", MaxKeys=2)
    step("v2 start after", "list_objects_v2", Bucket="data", StartAfter="a/1")
    step("version key marker", "list_object_versions", Bucket="data", KeyMarker="a/1")
    pages = step.client.get_paginator("list_objects_v2").paginate(
        Bucket="data", Delimiter="/", PaginationConfig={"PageSize": 2}
    )
    step.outcomes["v2 pages"] = ("ok", 200, [lasting(page) for page in pages])
    step("delete full bucket", "delete_bucket", Bucket="data")


def multipart(step):
    upload = {"Bucket": "data", "Key": "m"}
    upload["UploadId"] = step("begin", "create_multipart_upload", **upload, Metadata={"a": "b"})["UploadId"]
    etags = [
        step(f"part {number}", "upload_part", **upload, PartNumber=number, Body=body)["ETag"]
        for number, body in ((1, FULL), (2, b"small"), (3, b"end"))
    ]
    parts = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, 1)]
    step("part 0", "upload_part", **upload, PartNumber=0, Body=b"")
    step("part 10001", "upload_part", **upload, PartNumber=10001, Body=b"")
    step("list parts", "list_parts", **upload)
    step("first page of parts", "list_parts", **upload, MaxParts=1)
    step("second page of parts", "list_parts", **upload, MaxParts=1, PartNumberMarker=1)
    step("complete without parts", "complete_multipart_upload", **upload, MultipartUpload={"Parts": []})
    step("list uploads", "list_multipart_uploads", Bucket="data")
    step("list uploads with prefix", "list_multipart_uploads", Bucket="data", Prefix="m")
    step("list uploads with another prefix", "list_multipart_uploads", Bucket="data", Prefix="x")
    step("wrong order", "complete_multipart_upload", **upload, MultipartUpload={"Parts": parts[1::-1]})
    step("too small", "complete_multipart_upload", **upload, MultipartUpload={"Parts": parts})
    wrong = [{"PartNumber": 1, "ETag": etags[1]}]
    step("wrong etag", "complete_multipart_upload", **upload, MultipartUpload={"Parts": wrong})
    step("complete", "complete_multipart_upload", **upload, MultipartUpload={"Parts": parts[:2]})
    step("get multipart", "get_object", Bucket="data", Key="m")
    step("list multipart", "list_objects_v2", Bucket="data", Prefix="m")
    step("head multipart", "head_object", Bucket="data", Key="m")
    step("range over both parts", "get_object", Bucket="data", Key="m", Range=f"bytes={len(FULL) - 2}-{len(FULL) + 1}")
    step("copy multipart", "copy_object", Bucket="data", Key="m2", CopySource="data/m")
    second = {"Bucket": "data", "Key": "n"}
    second["UploadId"] = step("begin second", "create_multipart_upload", **second)["UploadId"]
    step("part copy", "upload_part_copy", **second, PartNumber=1, CopySource="data/m", CopySourceRange="bytes=0-9")
    step("part copy of all", "upload_part_copy", **second, PartNumber=2, CopySource="data/a")
    step("part copy of missing", "upload_part_copy", **second, PartNumber=3, CopySource="data/missing")
    step("list copied parts", "list_parts", **second)
    step(
        "part copy beyond", "upload_part_copy", **second, PartNumber=6, CopySource="data/a", CopySourceRange="bytes=0-9"
    )
    wrong_md5 = "AAAAAAAAAAAAAAAAAAAAAA=="
    step("part for another key", "upload_part", **{**second, "Key": "other"}, PartNumber=5, Body=b"")
    step("wrong md5 of a part", "upload_part", **second, PartNumber=4, Body=b"", ContentMD5=wrong_md5)
    step("abort", "abort_multipart_upload", **second)
    step("abort again", "abort_multipart_upload", **second)
    step("part after abort", "upload_part", **second, PartNumber=1, Body=b"")
    step("unknown upload", "list_parts", Bucket="data", Key="n", UploadId="unknown")


@pytest.fixture
def outcomes(cloud):
    ours = script(cloud.client())
    with mock_aws():
        client = boto3.client(
            "s3", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b",
            config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
        )  # fmt: skip
        theirs = script(client)
    assert len(cloud.seen) >= len(ours) - 1
    return ours, theirs


def test_we_agree_with_the_referee_except_where_listed(outcomes):
    ours, theirs = outcomes
    assert list(ours) == list(theirs)
    assert "crashed" not in {outcome[0] for outcome in ours.values()}
    different = {name: (ours[name], theirs[name]) for name in ours if ours[name] != theirs[name]}
    unlisted = {name: pair for name, pair in different.items() if name not in DIFFERENCES}
    assert unlisted == {}
    assert set(DIFFERENCES) == set(different)
