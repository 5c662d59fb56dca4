"""Tokens, accounts and what is said about them."""

from __future__ import annotations

from pathlib import Path

import pytest

from qarnot_mock.facts import bucket_names
from qarnot_mock.tenants import AccountsError, identity_of, parse_accounts, same_token


def test_an_identity_is_derived_from_the_token_without_showing_it() -> None:
    identity = identity_of("secret-token")
    assert identity == identity_of("secret-token")
    assert identity != identity_of("secret-tokem")
    assert identity.email == f"{identity.digest[:8]}@mock.qarnot.example"
    assert "secret" not in repr(identity)
    assert identity_of("secret-token", "a@b.c").email == "a@b.c"


def test_accounts_come_from_the_command_line_and_from_files(tmp_path: Path) -> None:
    file = tmp_path / "accounts"
    file.write_text("# people\n\nt2=two@example.com\n t3 = three@example.com \n")
    accounts = parse_accounts(["t=1=one@example.com", f"@{file}"])
    assert accounts == {"t=1": "one@example.com", "t2": "two@example.com", "t3": "three@example.com"}


@pytest.mark.parametrize("option", ["topsecret", "topsecret=", "=a@b", "topsecret=nobody"])
def test_a_malformed_account_is_refused_without_quoting_it(option: str) -> None:
    with pytest.raises(AccountsError, match="TOKEN=EMAIL") as refusal:
        parse_accounts([option])
    assert "topsecret" not in str(refusal.value)


@pytest.mark.parametrize("second", ["t=b@example.com", "u=a@example.com"])
def test_a_token_and_an_address_are_used_once(second: str) -> None:
    with pytest.raises(AccountsError, match="once only"):
        parse_accounts(["t=a@example.com", second])


def test_an_unreadable_file_and_a_bad_line_are_named(tmp_path: Path) -> None:
    with pytest.raises(AccountsError, match="cannot read"):
        parse_accounts([f"@{tmp_path}/absent"])
    file = tmp_path / "accounts"
    file.write_text("t=a@example.com\nnonsense\n")
    with pytest.raises(AccountsError, match="accounts:2: expected TOKEN=EMAIL"):
        parse_accounts([f"@{file}"])


def test_tokens_are_compared_whole() -> None:
    assert same_token("tokén", "tokén")
    assert not same_token("toke", "token")


def test_all_buckets_of_a_body_are_found() -> None:
    body = [
        {"resourceBuckets": ["a", "b"], "resultBucket": "c", "name": "not-a-bucket"},
        {"advancedResourceBuckets": [{"bucketName": "d", "filtering": {"prefixFiltering": {"prefix": "p"}}}]},
        {"snapshotBucket": "e", "resultsBucket": None, "constants": [{"key": "k", "value": "v"}]},
    ]
    assert bucket_names(body) - {"p"} == {"a", "b", "c", "d", "e"}
    assert bucket_names(None) == bucket_names({"name": "n"}) == frozenset()
