"""Requests read the way the REST side reads them, without a tenant behind them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from qarnot_mock import contract
from qarnot_mock.http.document import Document, operations
from qarnot_mock.http.intake import Call, Intake
from qarnot_mock.http.router import Match, Router
from qarnot_mock.http.tolerances import Rules
from qarnot_mock.messages import Request


def reader(without: str | None = None) -> Callable[..., Call]:
    """Routes and reads requests with all tolerances but one."""
    loaded = contract.load()
    listed: Any = loaded.tolerances["tolerances"]
    rules = Rules({"tolerances": [rule for rule in listed if rule["id"] != without]})
    document = Document(loaded.openapi)
    router, intake = Router(operations(document), rules), Intake(document, rules)

    def read(
        method: str, target: str, body: Any = None, headers: Mapping[str, str] | None = None, raw: bytes = b""
    ) -> Call:
        path, _, query = target.partition("?")
        match = router.match(method, path)
        assert isinstance(match, Match), match
        content = raw if body is None else json.dumps(body).encode()
        given = {"content-type": "application/json", **(headers or {})}
        return intake.call(match, Request(method, path, query, tuple(given.items()), content))

    return read


@pytest.fixture(scope="session")
def read_with_all_rules() -> Callable[..., Call]:
    return reader()


@pytest.fixture
def reader_without() -> Callable[[str], Callable[..., Call]]:
    """``reader_without("enum-letter-case")`` reads with every tolerance but that one."""
    return reader
