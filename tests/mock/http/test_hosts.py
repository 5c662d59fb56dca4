"""A port answers to the names it was given, and to no name that a foreign page could bring."""

from __future__ import annotations

import pytest

from qarnot_mock.http.hosts import HostPolicy, is_loopback


@pytest.mark.parametrize(
    "header",
    ["localhost", "LocalHost:8088", "127.0.0.1:80", "127.8.8.8", "[::1]:9", "bucket.localhost:1", "a.b.localhost"],
)
def test_loopback_names_are_always_answered(header: str) -> None:
    assert HostPolicy("127.0.0.1").allows(header)
    assert HostPolicy("192.0.2.7").allows(header)


@pytest.mark.parametrize(
    "header", ["", "evil.example", "localhost.evil.example", "192.0.2.7", "127.0.0.1.evil.example"]
)
def test_foreign_names_are_refused_on_loopback(header: str) -> None:
    assert not HostPolicy("127.0.0.1").allows(header)


def test_a_domain_is_answered_with_everything_below_it() -> None:
    policy = HostPolicy("127.0.0.1", domain="qarnot.com")
    assert policy.allows("qarnot.com")
    assert policy.allows("API.Qarnot.com:443")
    assert policy.allows("data.storage.qarnot.com")
    assert policy.allows("localhost:8443")
    assert not policy.allows("notqarnot.com")
    assert not policy.allows("qarnot.com.evil.example")
    assert not HostPolicy("127.0.0.1").allows("api.qarnot.com")


def test_the_bound_address_is_answered() -> None:
    assert HostPolicy("192.0.2.7").allows("192.0.2.7:8088")
    assert not HostPolicy("192.0.2.7").allows("192.0.2.8:8088")


@pytest.mark.parametrize("wildcard", ["0.0.0.0", "::"])
def test_a_wildcard_answers_to_addresses_and_to_given_names_only(wildcard: str) -> None:
    policy = HostPolicy(wildcard, frozenset({"build-box"}))
    assert policy.allows("192.0.2.7:8088")
    assert policy.allows("[2001:db8::1]")
    assert policy.allows("Build-Box:8088")
    assert not policy.allows("evil.example")


@pytest.mark.parametrize(
    ("host", "loopback"), [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False), ("box", False)]
)
def test_loopback_is_told_from_the_network(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback
