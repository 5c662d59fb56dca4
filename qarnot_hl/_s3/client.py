"""Builds boto3's S3 client and resource from a connection's settings, and imports boto3 only then.

Credentials are the account's e-mail and token (reference section 6). Nothing of the machine's own AWS set-up (profiles,
configuration files, regions) is used. Transfers never run on the engine of ``awscrt``, which would send the credentials
to a host of Amazon.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from qarnot_hl._core.settings import Settings
from qarnot_hl._core.storage_access import StorageAccess
from qarnot_hl._s3.protocols import S3Client, S3Resource
from qarnot_hl._version import __version__

if TYPE_CHECKING:
    import boto3.session
    import botocore.config

REGION = "us-east-1"  # the gateway ignores it; this one makes boto3 ask nothing about locations
POOL = 32
CA_BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # as the REST side
CONNECT_TIMEOUT = 10.0  # seconds, as the REST side
READ_TIMEOUT = 60.0
NO_LIMIT = 365 * 24 * 3600.0  # boto3 knows no endless timeout


def build_client(settings: Settings, access: StorageAccess) -> S3Client:
    """A boto3 S3 client. Safe to share between threads, not across a fork. No I/O."""
    client = _session(access).client("s3", **_arguments(settings, access))
    _adapt(client)
    return cast(S3Client, client)


def build_resource(settings: Settings, access: StorageAccess) -> S3Resource:
    """A boto3 S3 service resource. For one thread at a time. No I/O."""
    resource = _session(access).resource("s3", **_arguments(settings, access))
    _adapt(resource.meta.client)
    return cast(S3Resource, resource)


def addressing_style(endpoint: str) -> str:
    """``path`` where ``bucket.host`` cannot resolve (an address, localhost, a name without a dot), else ``virtual``."""
    host = urlsplit(endpoint).hostname or ""
    if _is_address(host) or "." not in host or host.endswith(".localhost"):
        return "path"
    return "virtual"


def verification(settings: Settings, environment: Mapping[str, str]) -> bool | str:
    """What certificates of the storage must be signed by: a PEM file, the usual authorities, or False for anything."""
    if settings.storage_unsafe:
        return False
    bundles = (environment.get(name) for name in CA_BUNDLES)
    return settings.storage_custom_certificate or next(filter(None, bundles), True)


def timeouts(settings: Settings) -> tuple[float, float]:
    """Seconds to connect and to wait for the next byte."""
    if settings.cluster_timeout is None:
        return CONNECT_TIMEOUT, READ_TIMEOUT
    limit = settings.cluster_timeout or NO_LIMIT
    return limit, limit


def _session(access: StorageAccess) -> boto3.session.Session:
    import boto3.session
    import botocore.session

    # Without these an AWS_PROFILE that does not exist, or a global "use_accelerate_endpoint", would break Qarnot.
    isolated = dict.fromkeys(("profile", "endpoint_url"), (None, None, None, None))
    files = dict.fromkeys(("config_file", "credentials_file"), (None, None, os.devnull, None))
    core = botocore.session.Session(session_vars=cast(Any, {**isolated, **files}))
    return boto3.session.Session(
        aws_access_key_id=access.access_key,
        aws_secret_access_key=access.secret_key,
        region_name=REGION,
        botocore_session=core,
    )


def _arguments(settings: Settings, access: StorageAccess) -> dict[str, Any]:
    return {
        "endpoint_url": access.endpoint,
        "verify": verification(settings, os.environ),
        "config": _config(settings, access.endpoint),
    }


def _config(settings: Settings, endpoint: str) -> botocore.config.Config:
    import botocore
    import botocore.config

    connect_timeout, read_timeout = timeouts(settings)
    return botocore.config.Config(
        user_agent=f"qarnot-hl/{__version__} botocore/{botocore.__version__}",
        signature_version="s3v4",
        s3=cast(Any, {"addressing_style": addressing_style(endpoint)}),
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        connect_timeout=connect_timeout,
        read_timeout=read_timeout,
        max_pool_connections=POOL,
        retries={"mode": "standard", "total_max_attempts": settings.retry_count + 1},
    )


def _adapt(client: Any) -> None:
    import botocore.handlers

    # "Expect: 100-continue" costs a round trip per upload.
    client.meta.events.unregister("before-call.s3", botocore.handlers.add_expect_header)
    client.meta.events.register("before-call.s3.DeleteObjects", _add_content_md5)


def _add_content_md5(params: Mapping[str, Any], **_: object) -> None:
    """Gateways older than the CRC headers refuse DeleteObjects without this one."""
    body = params["body"]
    content = body if isinstance(body, bytes) else str(body).encode()
    digest = hashlib.md5(content, usedforsecurity=False).digest()
    params["headers"]["Content-MD5"] = base64.b64encode(digest).decode()


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
