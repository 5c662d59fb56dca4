"""boto3's streamed uploads over TLS: chunks, and the checksum behind them, which plain HTTP never shows."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import io, boto3

sent = []
s3 = boto3.client("s3", endpoint_url="https://storage.qarnot.com")
s3.meta.events.register("before-send.s3", lambda request, **_: sent.append(request.headers))
s3.create_bucket(Bucket="over-tls")
content = bytes(range(256)) * 2000
s3.put_object(Bucket="over-tls", Key="k", Body=io.BytesIO(content))
print(sent[-1]["x-amz-content-sha256"].decode(), sent[-1]["x-amz-trailer"].decode())
got = s3.get_object(Bucket="over-tls", Key="k")
print(got["Body"].read() == content, got["ResponseMetadata"]["HTTPHeaders"].get("content-encoding"))
s3.upload_fileobj(io.BytesIO(content * 40), "over-tls", "large")
print(s3.get_object(Bucket="over-tls", Key="large")["Body"].read() == content * 40)
"""


@pytest.mark.slow
def test_a_stream_over_tls_arrives_whole() -> None:
    command = [sys.executable, "-m", "qarnot_mock", "run", "--", sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER x-amz-checksum-crc32",
        "True None",
        "True",
    ]
