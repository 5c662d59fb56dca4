"""Secrets over HTTP: statuses, shape D, keys that span segments, and a journal that does not tell."""

from __future__ import annotations

import json
from typing import Any

VALUE = "correct horse battery staple"


def test_a_secret_has_the_statuses_of_the_reference(client: Any) -> None:
    path = "/secrets-manager/data/team/db%20password"
    assert client("PUT", path, {"Value": VALUE}).status == 201
    assert client.json("GET", path) == {"value": VALUE}
    assert client("PATCH", path, {"value": "new"}).status == 204
    assert client.json("GET", "/secrets-manager/search/") == {"keys": ["team/"]}
    assert client.json("GET", "/secrets-manager/search/team") == {"keys": ["db password"]}
    assert client("DELETE", path).status == 204
    assert client("DELETE", path).status == 404


def test_refusals_have_the_shape_of_the_secrets_manager(client: Any) -> None:
    missing = client("GET", "/secrets-manager/data/the_key")
    assert (missing.status, json.loads(missing.body)) == (404, {"error": "Secret the_key doesn't exist"})
    client("PUT", "/secrets-manager/data/the_key", {"Value": VALUE})
    conflict = client("PUT", "/secrets-manager/data/the_key", {"Value": "other"})
    assert (conflict.status, json.loads(conflict.body)) == (409, {"error": "Secret the_key already exists"})


def test_neither_the_journal_nor_the_state_tells_a_secret(client: Any) -> None:
    client("PUT", "/secrets-manager/data/k", {"Value": VALUE})
    rows = [{"key": "QARNOT_SECRET__P", "value": VALUE}]
    client.json("POST", "/tasks", {"name": "n", "profile": "docker-batch", "instanceCount": 1, "constants": rows})
    journal = client("GET", "/_mock/journal")
    assert json.loads(journal.body)[0]["body"] == {"Value": "[SECRET]"}
    assert VALUE.encode() not in journal.body + client("GET", "/_mock/state").body
    tenant = client.cloud.authenticate(client.token)
    entries = tenant.journal.since()
    assert VALUE not in "".join(entry.canonical() for entry in entries) + repr(entries)
    assert entries[0].command.body == {"Value": VALUE}


def test_accounts_do_not_share_secrets(client: Any, client_of: Any) -> None:
    client("PUT", "/secrets-manager/data/k", {"Value": VALUE})
    assert client_of(client.cloud, "another")("GET", "/secrets-manager/data/k").status == 404


def test_an_empty_key_is_refused_like_any_key_that_does_not_exist(client: Any) -> None:
    assert json.loads(client("GET", "/secrets-manager/data/").body) == {"error": "Secret  doesn't exist"}
    assert client("PUT", "/secrets-manager/data/", {"Value": VALUE}).status == 400
