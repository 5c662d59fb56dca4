"""The proxy before a mock, over real sockets: it changes what it says it does, and finds what is wrong."""

from __future__ import annotations

import contextlib
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import attrs
import boto3
import httpx
import pytest
from botocore.config import Config

from qarnot_hl.connection import Connection
from qarnot_mock.messages import Request, Response
from qarnot_mock.options import Options
from qarnot_mock.proxy import report
from qarnot_mock.proxy.redaction import Redactor
from qarnot_mock.proxy.serve import ProxyServer, open_proxy
from qarnot_mock.server import open_server
from qarnot_mock.storage import chunked, sigv4

TOKEN = "token-that-no-report-shows"
TASK = {"name": "n", "profile": "docker-batch", "instanceCount": 1}
Lie = Callable[[Request, Response], Response]
Site = Callable[..., ProxyServer]


def truth(request: Request, response: Response) -> Response:
    return response


@pytest.fixture
def site() -> Iterator[Site]:
    """Makes a proxy before a mock whose answers go through ``lie``; ``site.seen`` is what the mock was sent."""
    with contextlib.ExitStack() as stack:

        def make(lie: Lie = truth, seen: list[Request] | None = None) -> ProxyServer:
            def lying(handle: Callable[[Request], Response]) -> Callable[[Request], Response]:
                def answer(request: Request) -> Response:
                    if seen is not None:
                        seen.append(request)
                    return lie(request, handle(attrs.evolve(request, streams=False)))

                return answer

            options = Options("127.0.0.1", 0, 0, "x60", None, "simulated", {TOKEN: "me@example.org"}, 7, False)
            server = open_server(
                options, None, fixed_epoch=False, handlers=lambda cloud: (lying(cloud.rest), lying(cloud.s3))
            )  # fmt: skip
            stack.enter_context(server.in_thread())
            return stack.enter_context(open_proxy(server.url).in_thread())

        yield make


def findings(proxy: ProxyServer) -> list[str]:
    return [line for exchange in proxy.exchanges for line in exchange.lines()]


def ask(proxy: ProxyServer, method: str, path: str, body: object = None) -> httpx.Response:
    return httpx.request(method, proxy.url + path, json=body, headers={"authorization": TOKEN}, timeout=30)


def s3(proxy: ProxyServer, **config: Any) -> Any:
    ask(proxy, "GET", "/info")
    return boto3.client(
        "s3", endpoint_url=proxy.storage_url, region_name="default", aws_access_key_id="me@example.org",
        aws_secret_access_key=TOKEN, config=Config(**config),
    )  # fmt: skip


def test_a_workflow_of_our_sdk_and_of_boto3_passes_without_findings(site: Site) -> None:
    proxy = site()
    connection = Connection(cluster_url=proxy.url, client_token=TOKEN)
    bucket = connection.create_bucket("inputs")
    bucket.add_string("hello", "a b/é.txt")
    task = connection.create_task("t", "docker-batch", 1)
    task.constants["DOCKER_CMD"] = "true"
    task.resources = [bucket]
    task.run()
    client = s3(proxy)
    assert client.get_object(Bucket="inputs", Key="a b/é.txt")["Body"].read() == b"hello"
    assert [one["Key"] for one in client.list_objects_v2(Bucket="inputs", Prefix="a")["Contents"]] == ["a b/é.txt"]
    assert findings(proxy) == []
    altered = {name for exchange in proxy.exchanges for name in exchange.alterations}
    assert {"Host", "storage of /settings", "S3 signature"} <= altered


@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_presigned_urls_pass(site: Site, version: str) -> None:
    proxy = site()
    s3(proxy).create_bucket(Bucket="bucket")
    client = s3(proxy, signature_version=version)
    place = {"Bucket": "bucket", "Key": "k"}
    assert httpx.put(client.generate_presigned_url("put_object", place), content=b"x").status_code == 200
    assert httpx.get(client.generate_presigned_url("get_object", place)).content == b"x"
    assert findings(proxy) == []


def test_signed_chunks_are_signed_again(site: Site) -> None:
    proxy = site()
    s3(proxy).create_bucket(Bucket="bucket")
    assert proxy.storage_url is not None
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    headers = {
        "host": proxy.storage_url.removeprefix("http://"), "x-amz-date": stamp,
        "x-amz-content-sha256": chunked.SIGNED, "x-amz-decoded-content-length": "5",
    }  # fmt: skip
    signed, scope = tuple(sorted(headers)), f"{stamp[:8]}/r/s3/aws4_request"
    canonical = sigv4.canonical_request("PUT", "/bucket/k", (), headers, signed, chunked.SIGNED)
    key = sigv4.signing_key(TOKEN, stamp[:8], "r", "s3")
    seed = sigv4.sign(key, sigv4.string_to_sign(stamp, scope, canonical))
    signer, body, previous = chunked.ChunkSigner(key, stamp, scope, seed), b"", seed
    for chunk in (b"abc", b"de", b""):
        previous = signer.of_chunk(previous, chunk)
        body += f"{len(chunk):x};chunk-signature={previous}\r\n".encode() + chunk + b"\r\n"
    claim = f"Credential=me@example.org/{scope}, SignedHeaders={';'.join(signed)}, Signature={seed}"
    headers["authorization"] = f"{sigv4.ALGORITHM} {claim}"
    answer = httpx.put(f"{proxy.storage_url}/bucket/k", headers=headers, content=body)
    assert answer.status_code == 200, answer.text
    assert s3(proxy).get_object(Bucket="bucket", Key="k")["Body"].read() == b"abcde"
    assert findings(proxy) == []
    tampered = httpx.put(f"{proxy.storage_url}/bucket/k", headers=headers, content=body.replace(b"abc", b"abd"))
    assert "SignatureDoesNotMatch" in tampered.text
    assert "not passed on" in findings(proxy)[0]


@pytest.mark.qarnot_contract("violation")
def test_only_what_is_listed_differs(site: Site) -> None:
    seen: list[Request] = []
    proxy = site(seen=seen)
    raw = {"authorization": TOKEN, "x-odd": "kept", "connection": "x-hop", "x-hop": "1"}
    httpx.post(f"{proxy.url}/tasks?a=%7e%2F", headers=raw, content=b'{ "name" :1}')
    (got,) = seen
    assert (got.path, got.query, got.body) == ("/tasks", "a=%7e%2F", b'{ "name" :1}')
    names = {name for name, _ in got.headers}
    assert "x-hop" not in names
    assert {"x-odd", "user-agent", "accept", "accept-encoding", "authorization"} <= names
    assert proxy.exchanges[0].alterations[:2] == ("Host", "hop-by-hop headers")


def test_an_answer_is_the_same_with_and_without_the_proxy(site: Site) -> None:
    proxy = site()
    for path in ("/versions", "/info", "/profiles", "/tasks/none"):
        direct, passed = (
            httpx.get(url + path, headers={"authorization": TOKEN, "accept-encoding": "identity"})
            for url in (proxy.target, proxy.url)
        )
        assert (direct.status_code, direct.content) == (passed.status_code, passed.content), path
        assert _undated(direct) == _undated(passed), path


def _undated(response: httpx.Response) -> list[tuple[str, str]]:
    return [(name, value) for name, value in response.headers.multi_items() if name != "date"]


def test_a_confidential_value_is_hidden_however_it_is_written() -> None:
    redactor = Redactor()
    redactor.learn_secrets({"constants": [{"key": "QARNOT_SECRET__A", "value": 'a"é/b'}]}, all_values=False)
    redactor.learn_secrets({"value": 12}, all_values=True)
    for written in ('a"é/b', json.dumps('a"é/b'), "/x/a%22%C3%A9%2Fb", "'12'"):
        assert "[SECRET]" in redactor.clean(written)
    assert redactor.clean("112 of 12") == "112 of 12", "a short value is hidden where it is quoted"


def test_a_key_that_nobody_announced_is_refused_with_what_to_do(site: Site) -> None:
    proxy = site()
    client = boto3.client(
        "s3", endpoint_url=proxy.storage_url, region_name="d", aws_access_key_id="x", aws_secret_access_key="y"
    )  # fmt: skip
    with pytest.raises(client.exceptions.ClientError, match="GET /info"):
        client.list_buckets()


def edited(response: Response, edit: Callable[[Any], object]) -> Response:
    body = json.loads(response.body)
    edit(body)
    return attrs.evolve(response, body=json.dumps(body).encode())


def test_a_field_that_is_missing_is_found(site: Site) -> None:
    proxy = site(lambda asked, told: edited(told, lambda body: body.pop("uuid")) if asked.method == "POST" else told)
    ask(proxy, "POST", "/tasks", TASK)
    assert any(line.startswith("answer:") and "uuid" in line for line in findings(proxy))


def test_a_wrong_status_is_found(site: Site) -> None:
    proxy = site(lambda asked, told: attrs.evolve(told, status=418))
    ask(proxy, "GET", "/tasks")
    assert any("418" in line for line in findings(proxy))


def test_a_step_back_is_found(site: Site) -> None:
    states = iter(["Success", "Submitted"])

    def lie(asked: Request, told: Response) -> Response:
        if asked.method != "GET":
            return told
        return edited(told, lambda body: body.update(state=next(states), previousState=None))

    proxy = site(lie)
    uuid = ask(proxy, "POST", "/tasks", TASK).json()["uuid"]
    ask(proxy, "GET", f"/tasks/{uuid}")
    ask(proxy, "GET", f"/tasks/{uuid}")
    assert any(line.startswith("lifecycle:") for line in findings(proxy))


def test_a_wrong_etag_is_found(site: Site) -> None:
    def lie(asked: Request, told: Response) -> Response:
        wrong = f'"{hashlib.md5(b"other").hexdigest()}"'
        return attrs.evolve(told, headers=tuple((n, wrong if n.lower() == "etag" else v) for n, v in told.headers))

    proxy = site(lie)
    client = s3(proxy)
    client.create_bucket(Bucket="bucket")
    client.put_object(Bucket="bucket", Key="k", Body=b"x")
    assert any("ETag" in line for line in findings(proxy))


@pytest.mark.qarnot_contract("violation")
def test_no_report_shows_a_token_or_a_secret(site: Site) -> None:
    secret = "value-that-no-report-shows"
    proxy = site(lambda asked, told: attrs.evolve(told, status=418, body=f'"{TOKEN} {secret}"'.encode()))
    ask(proxy, "PUT", "/secrets-manager/data/k", {"value": secret})
    ask(proxy, "POST", "/tasks", {**TASK, "constants": [{"key": "QARNOT_SECRET__A", "value": secret}], TOKEN: 1})
    ask(proxy, "GET", f"/nothing/{TOKEN}/{secret}")
    assert findings(proxy)
    for form in (report.as_text, report.as_json, report.as_junit):
        text = form(proxy.exchanges)
        assert TOKEN not in text
        assert secret not in text
    ElementTree.fromstring(report.as_junit(proxy.exchanges))


def test_the_command_writes_its_report_when_it_is_ended(site: Site, tmp_path: Path) -> None:
    target = site(lambda asked, told: edited(told, lambda body: body.pop("email", None))).target
    file = tmp_path / "report.json"
    command = [sys.executable, "-m", "qarnot_mock", "proxy", "--target", target, "--port", "0", "--report", str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[1]
        assert httpx.get(f"{url}/info", headers={"authorization": TOKEN}).status_code == 200
        process.terminate()
        said = process.stdout.read()
    assert process.returncode == 1
    assert "answer: rest GET /info -> 200" in said
    (exchange,) = json.loads(file.read_text())["exchanges"]
    assert exchange["findings"][0]["side"] == "answer"
    assert TOKEN not in said + file.read_text()


def test_a_target_that_does_not_answer_is_a_bad_gateway_and_a_finding() -> None:
    with open_proxy("http://127.0.0.1:9").in_thread() as proxy:
        assert ask(proxy, "GET", "/info").status_code == 502
        assert findings(proxy)[0].startswith("transport:")
