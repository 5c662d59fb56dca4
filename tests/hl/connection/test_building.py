"""Building a connection from files, dicts and the environment; printing, copying and pickling it. No request
is sent.
"""

from __future__ import annotations

import copy
import inspect
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from qarnot_hl import exceptions as ex
from qarnot_hl._async.connection import AsyncConnection
from qarnot_hl._sync.connection import Connection

FLAVOURS = pytest.mark.parametrize("kind", [Connection, AsyncConnection])


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CLUSTER_URL", "CLIENT_TOKEN", "STORAGE_URL", "CLUSTER_UNSAFE", "CLUSTER_TIMEOUT"):
        monkeypatch.delenv(f"QARNOT_{name}", raising=False)


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    path = tmp_path / "qarnot.conf"
    path.write_text("[cluster]\nurl=http://file.example\ntimeout=9\n[client]\ntoken=file-token\n")
    return path


@FLAVOURS
@pytest.mark.parametrize("as_path", [str, Path])
def test_a_file_is_read(kind: Any, as_path: Any, conf: Path) -> None:
    connection = kind(as_path(conf))
    assert (connection.cluster, connection.timeout, connection._settings.token) == (
        "http://file.example",
        9.0,
        "file-token",
    )


@FLAVOURS
def test_an_argument_and_the_environment_beat_the_file(kind: Any, conf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QARNOT_CLIENT_TOKEN", "environment-token")
    connection = kind(conf, cluster_url="http://argument.example")
    assert (connection.cluster, connection._settings.token) == ("http://argument.example", "environment-token")


def test_a_dict_is_read() -> None:
    connection = Connection({"client_token": "t", "cluster_url": "http://dict.example"})
    assert (connection.cluster, connection.timeout) == ("http://dict.example", None)


def test_the_old_name_of_the_token_warns(tmp_path: Path) -> None:
    path = tmp_path / "old.conf"
    path.write_text("[client]\nauth=old\n")
    with pytest.warns(DeprecationWarning, match="token="):
        assert Connection(path)._settings.token == "old"


def test_a_file_that_is_not_there_is_named() -> None:
    with pytest.raises(ex.ConfigurationFileMissing, match=r"no configuration file nowhere\.conf") as refused:
        Connection("nowhere.conf")
    assert isinstance(refused.value, FileNotFoundError)


def test_a_directory_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(ex.ConfigurationException, match="cannot be read"):
        Connection(tmp_path)


def test_a_missing_token_is_refused_with_the_ways_to_give_it() -> None:
    with pytest.raises(ex.QarnotGenericException, match="no API token") as refused:
        Connection()
    assert "QARNOT_CLIENT_TOKEN" in refused.value.__notes__[0]


def test_an_unreadable_certificate_is_named(tmp_path: Path) -> None:
    with pytest.raises(ex.ConfigurationException, match="cluster_custom_certificate"):
        Connection(client_token="t", cluster_custom_certificate=str(tmp_path / "none.pem"))


def test_a_bad_timeout_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QARNOT_CLUSTER_TIMEOUT", "soon")
    with pytest.raises(ex.ConfigurationException, match="cluster_timeout 'soon'"):
        Connection(client_token="t")


BEYOND = frozenset({"retry_deadline", "retry_budget", "exactly_once", "on_interrupt"})


@FLAVOURS
def test_the_constructor_takes_what_the_official_one_takes(kind: Any) -> None:
    from qarnot.connection import Connection as Official

    ours, theirs = (inspect.signature(c.__init__).parameters for c in (kind, Official))
    assert {n: p.default for n, p in ours.items() if n not in BEYOND} == {n: p.default for n, p in theirs.items()}
    assert all(ours[name].kind is inspect.Parameter.KEYWORD_ONLY and ours[name].default is None for name in BEYOND)
    assert [name for name in ours if name not in BEYOND] == list(theirs)


@FLAVOURS
def test_the_token_shows_neither_in_repr_nor_in_a_pickle(kind: Any) -> None:
    connection = kind(client_token="s3cr3t", cluster_url="http://c.example")
    assert repr(connection) == f"{kind.__name__}('http://c.example')"
    assert b"s3cr3t" not in pickle.dumps(connection)


@FLAVOURS
def test_a_pickled_connection_finds_its_token_in_the_environment(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    data = pickle.dumps(kind(client_token="s3cr3t", cluster_url="http://c.example", retry_count=1))
    monkeypatch.setenv("QARNOT_CLIENT_TOKEN", "there")
    twin = pickle.loads(data)
    assert (twin.cluster, twin._settings.retry_count, twin._settings.token) == ("http://c.example", 1, "there")


def test_a_pickled_connection_finds_its_token_in_its_file(conf: Path) -> None:
    assert pickle.loads(pickle.dumps(Connection(conf)))._settings.token == "file-token"


def test_a_pickled_connection_without_a_token_to_find_says_so() -> None:
    with pytest.raises(ex.ConfigurationException, match="no API token"):
        pickle.loads(pickle.dumps(Connection(client_token="s3cr3t")))


def test_copies_share_the_connection() -> None:
    connection = Connection(client_token="t")
    assert copy.copy(connection) is connection
    assert copy.deepcopy([connection])[0] is connection


def test_two_connections_print_a_line_once(capsys: pytest.CaptureFixture[str]) -> None:
    Connection(client_token="t")
    connection = Connection(client_token="t")
    connection.logger.info("hello")
    connection.logger_stderr.info("trouble")
    captured = capsys.readouterr()
    assert captured.out.count("|INFO|hello") == 1
    assert captured.err.count("|INFO|trouble") == 1


@pytest.mark.parametrize("code", ["import qarnot_hl", "from qarnot_hl import Connection; Connection(client_token='t')"])
def test_importing_loads_neither_httpx_nor_boto3(code: str) -> None:
    heavy = "{'httpx', 'boto3', 'botocore', 'requests', 'rich'}"
    script = f"import sys\n{code}\nprint(sorted({heavy} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
