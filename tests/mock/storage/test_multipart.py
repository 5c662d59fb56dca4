"""Multipart uploads through boto3."""

from __future__ import annotations

import hashlib
import io

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

MIB = 1024**2
FULL = b"x" * (5 * MIB)


@pytest.fixture
def upload(s3):
    upload_id = s3.create_multipart_upload(Bucket="data", Key="k", ContentType="t/u", Metadata={"m": "1"})["UploadId"]
    return {"Bucket": "data", "Key": "k", "UploadId": upload_id}


def complete(s3, upload, *parts, **more):
    named = [{"PartNumber": number, "ETag": etag} for number, etag in parts]
    return s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": named}, **more)


def code(call, **arguments):
    with pytest.raises(ClientError) as refused:
        call(**arguments)
    return refused.value.response["Error"]["Code"]


def test_an_upload_becomes_an_object_with_the_etag_of_its_parts(s3, upload):
    etags = [s3.upload_part(**upload, PartNumber=n, Body=body)["ETag"] for n, body in ((2, FULL), (7, b"end"))]
    digests = hashlib.md5(FULL).digest() + hashlib.md5(b"end").digest()
    expected = f'"{hashlib.md5(digests).hexdigest()}-2"'
    assert complete(s3, upload, (2, etags[0]), (7, etags[1].strip('"')))["ETag"] == expected
    got = s3.get_object(Bucket="data", Key="k")
    assert (got["ETag"], got["ContentType"], got["Metadata"]) == (expected, "t/u", {"m": "1"})
    assert got["Body"].read() == FULL + b"end"
    assert s3.list_objects_v2(Bucket="data")["Contents"][0]["ETag"] == expected
    assert "Uploads" not in s3.list_multipart_uploads(Bucket="data")


def test_a_repeated_completion_repeats_its_answer(s3, upload):
    etag = s3.upload_part(**upload, PartNumber=1, Body=b"1")["ETag"]
    assert complete(s3, upload, (1, etag))["ETag"] == complete(s3, upload, (1, etag))["ETag"]


def test_a_copy_of_a_multipart_object_keeps_its_etag_as_the_gateway_does(s3, upload):
    etag = s3.upload_part(**upload, PartNumber=1, Body=b"1")["ETag"]
    whole = complete(s3, upload, (1, etag))["ETag"]
    s3.copy_object(Bucket="data", Key="copy", CopySource="data/k")
    assert s3.head_object(Bucket="data", Key="copy")["ETag"] == whole


def test_the_transfer_manager_uploads_and_downloads(s3):
    content = bytes(range(256)) * 4096 * 11
    config = TransferConfig(multipart_threshold=8 * MIB, multipart_chunksize=8 * MIB, max_concurrency=3,
                            preferred_transfer_client="classic")  # fmt: skip
    s3.upload_fileobj(io.BytesIO(content), "data", "big", Config=config)
    into = io.BytesIO()
    s3.download_fileobj("data", "big", into, Config=config)
    assert hashlib.md5(into.getvalue()).digest() == hashlib.md5(content).digest()
    assert s3.head_object(Bucket="data", Key="big")["ETag"].endswith('-2"')


def test_parts_may_be_copied_from_objects(s3, upload):
    s3.put_object(Bucket="data", Key="source", Body=b"0123456789")
    copied = s3.upload_part_copy(**upload, PartNumber=1, CopySource="data/source", CopySourceRange="bytes=2-4")
    complete(s3, upload, (1, copied["CopyPartResult"]["ETag"]))
    assert s3.get_object(Bucket="data", Key="k")["Body"].read() == b"234"


def test_parts_are_listed_in_pages_and_replaced_by_number(s3, upload):
    for number in (3, 1, 2, 2):
        s3.upload_part(**upload, PartNumber=number, Body=str(number).encode() * number)
    pages = list(s3.get_paginator("list_parts").paginate(**upload, PaginationConfig={"PageSize": 2}))
    assert [[(part["PartNumber"], part["Size"]) for part in page["Parts"]] for page in pages] == [
        [(1, 1), (2, 2)],
        [(3, 3)],
    ]


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_uploads_in_progress_are_listed_in_pages(s3, size):
    keys = ["a", "a", "b/1", "b/2", "c"]
    for key in keys:
        s3.create_multipart_upload(Bucket="data", Key=key)
    paginator = s3.get_paginator("list_multipart_uploads")
    pages = paginator.paginate(Bucket="data", PaginationConfig={"PageSize": size})
    assert [each["Key"] for page in pages for each in page.get("Uploads", [])] == keys
    grouped = list(paginator.paginate(Bucket="data", Delimiter="/", PaginationConfig={"PageSize": size}))
    assert [each["Key"] for page in grouped for each in page.get("Uploads", [])] == ["a", "a", "c"]
    assert [each["Prefix"] for page in grouped for each in page.get("CommonPrefixes", [])] == ["b/"]
    assert [each["Key"] for each in s3.list_multipart_uploads(Bucket="data", Prefix="b/")["Uploads"]] == keys[2:4]


def test_an_aborted_upload_is_gone(s3, upload):
    s3.upload_part(**upload, PartNumber=1, Body=b"1")
    s3.abort_multipart_upload(**upload)
    assert code(s3.list_parts, **upload) == "NoSuchUpload"
    assert code(s3.upload_part, **upload, PartNumber=1, Body=b"1") == "NoSuchUpload"
    assert code(s3.abort_multipart_upload, **upload) == "NoSuchUpload"
    assert code(s3.head_object, Bucket="data", Key="k") == "404"


def test_an_upload_belongs_to_its_key(s3, upload):
    assert code(s3.list_parts, **{**upload, "Key": "other"}) == "NoSuchUpload"


def test_deleting_the_bucket_ends_its_uploads(s3, upload):
    s3.delete_bucket(Bucket="data")
    assert code(s3.list_parts, **upload) == "NoSuchBucket"
    s3.create_bucket(Bucket="data")
    assert code(s3.list_parts, **upload) == "NoSuchUpload"


@pytest.mark.parametrize("number", [0, 10_001])
def test_a_part_number_out_of_range_is_refused(s3, upload, number):
    assert code(s3.upload_part, **upload, PartNumber=number, Body=b"1") == "InvalidArgument"


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        (lambda etags: [(2, etags[2]), (1, etags[1])], "InvalidPartOrder"),
        (lambda etags: [(1, etags[1]), (1, etags[1])], "InvalidPartOrder"),
        (lambda etags: [(1, etags[2])], "InvalidPart"),
        (lambda etags: [(9, etags[1])], "InvalidPart"),
        (lambda etags: [(1, etags[1]), (2, etags[2])], "EntityTooSmall"),
        (lambda etags: [], "MalformedXML"),
    ],
)
def test_a_completion_that_does_not_fit_is_refused_and_the_upload_goes_on(s3, upload, chosen, expected):
    etags = {n: s3.upload_part(**upload, PartNumber=n, Body=bytes(n))["ETag"] for n in (1, 2)}
    with pytest.raises(ClientError) as refused:
        complete(s3, upload, *chosen(etags))
    assert refused.value.response["Error"]["Code"] == expected
    assert len(s3.list_parts(**upload)["Parts"]) == 2
    complete(s3, upload, (2, etags[2]))


def test_a_completion_may_demand_that_nothing_is_there(s3, upload):
    s3.put_object(Bucket="data", Key="k", Body=b"old")
    etag = s3.upload_part(**upload, PartNumber=1, Body=b"new")["ETag"]
    with pytest.raises(ClientError, match="PreconditionFailed"):
        complete(s3, upload, (1, etag), IfNoneMatch="*")
    assert s3.get_object(Bucket="data", Key="k")["Body"].read() == b"old"


def test_the_same_requests_give_the_same_upload_ids(new_cloud):
    ids = []
    for _ in range(2):
        client = new_cloud().client()
        client.create_bucket(Bucket="data")
        ids.append([client.create_multipart_upload(Bucket="data", Key="k")["UploadId"] for _ in range(2)])
    assert ids[0] == ids[1]
    assert len(set(ids[0])) == 2
