"""How boto3 is set up, and what it is kept from."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from qarnot_hl._core.settings import Settings
from qarnot_hl._core.storage_access import StorageAccess
from qarnot_hl._s3.client import addressing_style, build_client, build_resource, timeouts, verification

ACCESS = StorageAccess("https://storage.example.com", "someone@example.com", "s3cr3t")


def client(settings: Settings | None = None, access: StorageAccess = ACCESS) -> Any:
    return build_client(settings or Settings(token="s3cr3t"), access)


@pytest.mark.parametrize(
    ("endpoint", "style"),
    [
        ("https://storage.qarnot.com", "virtual"),
        ("http://localhost:8089", "path"),
        ("http://s3.localhost", "path"),
        ("http://127.0.0.1:1", "path"),
        ("http://[::1]:1", "path"),
        ("http://minio:9000", "path"),
    ],
)
def test_buckets_are_in_the_path_where_no_name_would_resolve(endpoint: str, style: str) -> None:
    assert addressing_style(endpoint) == style


def test_checksums_and_signatures_are_those_that_the_gateway_knows() -> None:
    config = client().meta.config
    assert config.request_checksum_calculation == "when_required"
    assert config.response_checksum_validation == "when_required"
    assert config.signature_version == "s3v4"
    assert config.user_agent.startswith("qarnot-hl/")


def test_presigned_urls_are_signed_the_new_way() -> None:
    url = client().generate_presigned_url("get_object", Params={"Bucket": "data", "Key": "a b"})
    assert url.startswith("https://data.storage.example.com/a%20b?X-Amz-Algorithm=AWS4-HMAC-SHA256")
    assert "s3cr3t" not in url


def test_retries_and_timeouts_follow_the_settings() -> None:
    settings = Settings(token="t", retry_count=2, cluster_timeout=7)
    config = client(settings).meta.config
    assert config.retries["total_max_attempts"] == 3
    assert (config.connect_timeout, config.read_timeout) == (7, 7)
    assert timeouts(Settings(token="t")) == (10, 60)
    assert min(timeouts(Settings(token="t", cluster_timeout=0))) > 24 * 3600


def test_which_certificates_are_trusted() -> None:
    assert verification(Settings(), {}) is True
    assert verification(Settings(storage_unsafe=True, storage_custom_certificate="ca.pem"), {}) is False
    assert verification(Settings(storage_custom_certificate="ca.pem"), {"SSL_CERT_FILE": "other"}) == "ca.pem"
    assert verification(Settings(), {"REQUESTS_CA_BUNDLE": "bundle.pem"}) == "bundle.pem"


def test_the_machines_own_aws_setup_changes_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    conf = tmp_path / "config"
    conf.write_text(
        "[default]\nregion = eu-west-3\ns3 =\n  use_accelerate_endpoint = true\n  addressing_style = path\n"
    )
    for name, value in {
        "AWS_PROFILE": "does-not-exist",
        "AWS_CONFIG_FILE": str(conf),
        "AWS_ACCESS_KEY_ID": "other",
        "AWS_SECRET_ACCESS_KEY": "other",
        "AWS_SESSION_TOKEN": "other",
        "AWS_ENDPOINT_URL_S3": "https://elsewhere.example",
        "AWS_DEFAULT_REGION": "eu-west-3",
    }.items():
        monkeypatch.setenv(name, value)
    made = client()
    url = made.generate_presigned_url("get_object", Params={"Bucket": "data", "Key": "k"})
    assert url.startswith("https://data.storage.example.com/k?")
    assert "someone%40example.com%2F" in url
    assert "Security-Token" not in url


def test_deleting_many_sends_a_content_md5(storage: Any) -> None:
    from qarnot_hl._sync.connection import Connection

    seen: list[str] = []
    connection = storage.connect(Connection)
    storage.put({"x": b""})
    storage.fault = lambda request: seen.append(request.header("content-md5"))
    connection._s3client().delete_objects(Bucket="data", Delete={"Objects": [{"Key": "x"}]})
    assert len(seen[0]) == 24
    assert storage.content() == {}


def test_uploads_do_not_wait_for_permission(storage: Any) -> None:
    from qarnot_hl._sync.connection import Connection

    seen: list[str] = []
    storage.fault = lambda request: seen.append(request.header("expect"))
    storage.connect(Connection)._s3client().put_object(Bucket="data", Key="x", Body=b"1")
    assert seen == [""]


def test_a_resource_is_set_up_alike() -> None:
    resource: Any = build_resource(Settings(token="t"), ACCESS)
    assert resource.meta.client.meta.endpoint_url == ACCESS.endpoint
    assert resource.Object("data", "k").bucket_name == "data"


def test_importing_the_bucket_module_does_not_import_boto3() -> None:
    code = "import sys, qarnot_hl.bucket; print(sorted({'boto3', 'botocore', 'httpx', 'rich'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
