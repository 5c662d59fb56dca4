from __future__ import annotations
import pytest
from botocore.exceptions import ClientError

def test_put_get_list_delete(s3):
    s3.put_object(Bucket="data", Key="a/../b ü?#", Body=b"hello", Metadata={"k": "v"})
    got = s3.get_object(Bucket="data", Key="a/../b ü?#")
    assert got["Body"].read() == b"hello"
    assert got["Metadata"] == {"k": "v"}
    assert [o["Key"] for o in s3.list_objects_v2(Bucket="data")["Contents"]] == ["a/../b ü?#"]
    assert s3.head_object(Bucket="data", Key="a/../b ü?#")["ContentLength"] == 5
    s3.delete_object(Bucket="data", Key="a/../b ü?#")
    s3.delete_bucket(Bucket="data")
    assert s3.list_buckets()["Buckets"] == []

def test_wrong(cloud):
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        cloud.client(secret_key="no").list_buckets()
