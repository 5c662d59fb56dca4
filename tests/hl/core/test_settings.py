"""Where settings come from, which source wins, and how a bad one is refused."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from qarnot_hl._core.settings import CONF, ENVIRONMENT, Settings, SettingsError, from_conf, from_dict, resolve

TOKEN = {"token": "argument-token"}
CONF_TEXT = """
[cluster]
url=https://cluster.example/
timeout=7
unsafe=False
custom_certificate=/etc/cluster.pem
[client]
token=file%token
[storage]
url=https://storage.example
unsafe=yes
custom_certificate=/etc/storage.pem
"""


def test_defaults_hold_when_only_a_token_is_given() -> None:
    settings = resolve(TOKEN, {}, {})
    assert settings == Settings(token="argument-token")
    assert (settings.cluster_url, settings.cluster_timeout) == ("https://api.qarnot.com", None)
    assert (settings.retry_count, settings.retry_wait) == (5, 1.0)


def test_every_documented_option_of_the_file_is_read() -> None:
    assert resolve({}, {}, from_conf(CONF_TEXT, "x")) == Settings(
        cluster_url="https://cluster.example",
        token="file%token",
        cluster_timeout=7.0,
        cluster_unsafe=False,
        cluster_custom_certificate="/etc/cluster.pem",
        storage_url="https://storage.example",
        storage_unsafe=True,
        storage_custom_certificate="/etc/storage.pem",
    )


@pytest.mark.parametrize(
    ("argument", "environment", "file", "expected"),
    [
        ("https://a", "https://e", "https://f", "https://a"),
        (None, "https://e", "https://f", "https://e"),
        (None, "", "https://f", "https://f"),
        (None, None, None, "https://api.qarnot.com"),
    ],
)
def test_an_argument_beats_the_environment_beats_the_file_beats_the_default(
    argument: str | None, environment: str | None, file: str | None, expected: str
) -> None:
    variables = {} if environment is None else {"QARNOT_CLUSTER_URL": environment}
    values = {} if file is None else {"cluster_url": file}
    assert resolve({**TOKEN, "cluster_url": argument}, variables, values).cluster_url == expected


@pytest.mark.parametrize(
    ("argument", "environment", "file", "expected"),
    [
        (True, "false", "false", True),
        (False, "true", "false", True),
        (False, "0", "true", False),
        (False, None, "On", True),
        (False, None, None, False),
    ],
)
def test_unsafe_follows_the_same_order_with_its_default_counting_as_not_given(
    argument: bool, environment: str | None, file: str | None, expected: bool
) -> None:
    variables = {} if environment is None else {"QARNOT_CLUSTER_UNSAFE": environment}
    values = {} if file is None else {"cluster_unsafe": file}
    assert resolve({**TOKEN, "cluster_unsafe": argument}, variables, values).cluster_unsafe is expected


def test_a_false_unsafe_variable_keeps_the_custom_certificate() -> None:
    settings = resolve({**TOKEN, "cluster_custom_certificate": "ca.pem"}, {"QARNOT_CLUSTER_UNSAFE": "false"}, {})
    assert (settings.cluster_unsafe, settings.cluster_custom_certificate) == (False, "ca.pem")


def test_an_explicit_false_of_another_switch_is_kept() -> None:
    assert resolve({**TOKEN, "sanitize_bucket_paths": False}, {}, {}).sanitize_bucket_paths is False


def test_every_documented_variable_is_read() -> None:
    variables = dict.fromkeys(ENVIRONMENT, "1") | {
        "QARNOT_CLUSTER_URL": "http://c", "QARNOT_STORAGE_URL": "http://s", "QARNOT_CLIENT_TOKEN": "t",
    }  # fmt: skip
    assert resolve({}, variables, {}) == Settings("http://c", "t", True, 1.0, storage_url="http://s")


def test_the_dict_form_takes_constructor_names_and_the_old_one_for_the_token() -> None:
    given = from_dict({"client_auth": "old", "cluster_url": "http://c", "storage_unsafe": True, "unknown": 1})
    settings = resolve({}, {}, given)
    assert (settings.token, settings.cluster_url, settings.storage_unsafe) == ("old", "http://c", True)
    assert from_dict({"client_auth": "old", "client_token": "new"})["token"] == "new"


def test_the_old_name_of_the_token_is_read_from_a_file() -> None:
    assert from_conf("[client]\nauth=old", "x") == {"token": "old"}
    assert from_conf("[client]\nauth=old\ntoken=new", "x") == {"token": "new"}


def test_a_missing_token_names_the_three_ways_to_give_it() -> None:
    with pytest.raises(SettingsError, match="no API token") as refused:
        resolve({}, {"QARNOT_CLIENT_TOKEN": ""}, {})
    for way in ("client_token", "QARNOT_CLIENT_TOKEN", "[client]"):
        assert way in refused.value.next_step


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("cluster_timeout", "soon", "cluster_timeout 'soon' is not a number"),
        ("cluster_timeout", -1, "cluster_timeout -1"),
        ("cluster_timeout", "nan", "not a number"),
        ("cluster_timeout", "inf", "not a number"),
        ("cluster_unsafe", "maybe", "neither true nor false"),
        ("cluster_url", "api.qarnot.com", "not an http"),
        ("storage_url", "ftp://x", "storage_url"),
        ("cluster_url", "http://", "not an http"),
        ("cluster_url", "https://:443", "not an http"),
        ("cluster_url", "https://host:port", "not an http"),
        ("cluster_url", "https://a b", "not an http"),
        ("retry_count", 1.5, "whole number"),
        ("retry_count", -1, "at least 0"),
        ("retry_wait", "x", "retry_wait"),
    ],
)
def test_an_unusable_value_is_refused_by_name(name: str, value: object, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        resolve({**TOKEN, name: value}, {}, {})


def test_a_token_with_a_line_break_inside_is_refused_without_showing_it() -> None:
    with pytest.raises(SettingsError, match="header cannot carry") as refused:
        resolve({"token": "abc\ndef"}, {}, {})
    assert "abc" not in str(refused.value)


def test_blanks_and_line_ends_around_a_token_are_dropped() -> None:
    assert resolve({"token": " abc\n"}, {}, {}).token == "abc"


@pytest.mark.parametrize("text", ["url=x", "[cluster]\nurl=1\nurl=2", "[cluster\nurl=1"])
def test_a_file_that_is_no_ini_is_refused_by_its_name(text: str) -> None:
    with pytest.raises(SettingsError, match=r"my\.conf"):
        from_conf(text, "my.conf")


def test_a_secret_in_a_broken_file_is_not_repeated() -> None:
    with pytest.raises(SettingsError) as refused:
        from_conf("token=s3cr3t", "my.conf")
    assert "s3cr3t" not in str(refused.value)


def test_the_token_shows_neither_in_repr_nor_in_a_pickle() -> None:
    settings = Settings(token="s3cr3t")
    assert "s3cr3t" not in repr(settings)
    assert b"s3cr3t" not in pickle.dumps(settings)
    assert pickle.loads(pickle.dumps(settings)) == Settings(token="")


@examples(st.text())
def test_any_text_is_a_file_or_is_refused(text: str) -> None:
    try:
        values = from_conf(text, "x")
    except SettingsError:
        return
    assert set(values) <= set(CONF.values())
