"""What a kind can hit: the operations whose answers have what it changes."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from qarnot_mock.faults.identify import storage_operation
from qarnot_mock.faults.reach import WITHOUT_BODY
from qarnot_mock.messages import Request, Response
from qarnot_mock.storage.handler import OPERATIONS
from qarnot_mock.testing.cloud import QarnotCloud


def test_the_storage_answers_with_a_body_where_it_is_said_to(
    qarnot_cloud: QarnotCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies: dict[str, bool] = {}
    answer = qarnot_cloud.s3

    def watched(request: Request) -> Response:
        response = answer(request)
        assert response.status < 300, response
        length = 0 if request.method == "HEAD" else len(response.body)
        bodies[storage_operation(request)] = length > 0
        return response

    monkeypatch.setattr(qarnot_cloud, "s3", watched)
    _every_operation(qarnot_cloud)
    assert set(bodies) == set(OPERATIONS)
    assert {name for name, present in bodies.items() if not present} == WITHOUT_BODY


def _every_operation(cloud: QarnotCloud) -> None:
    make: Any = boto3.client
    client = make(
        "s3", endpoint_url=cloud.storage_url, aws_access_key_id=cloud.email, aws_secret_access_key=cloud.token,
        region_name="us-east-1",
    )  # fmt: skip
    box, key = {"Bucket": "box"}, {"Bucket": "box", "Key": "key"}
    client.create_bucket(**box)
    client.put_object(**key, Body=b"content")
    for method in ("list_objects", "list_objects_v2", "list_object_versions", "list_multipart_uploads", "head_bucket"):
        getattr(client, method)(**box)
    for method in ("get_bucket_versioning", "get_bucket_location", "get_bucket_acl"):
        getattr(client, method)(**box)
    for method in ("get_object", "head_object", "get_object_acl"):
        getattr(client, method)(**key)
    client.list_buckets()
    client.copy_object(Bucket="box", Key="copy", CopySource=key)
    begun = client.create_multipart_upload(**key)["UploadId"]
    client.upload_part(**key, UploadId=begun, PartNumber=1, Body=b"part")
    client.upload_part_copy(**key, UploadId=begun, PartNumber=1, CopySource={"Bucket": "box", "Key": "copy"})
    part = client.list_parts(**key, UploadId=begun)["Parts"][0]
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    client.complete_multipart_upload(**key, UploadId=begun, MultipartUpload=parts)
    client.abort_multipart_upload(**key, UploadId=client.create_multipart_upload(**key)["UploadId"])
    client.delete_objects(**box, Delete={"Objects": [{"Key": "copy"}]})
    client.delete_object(**key)
    client.delete_bucket(**box)
