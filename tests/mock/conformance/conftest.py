"""Exchanges made by hand, judged as contract mode judges them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from qarnot_mock.conformance.verdict import Verdict
from qarnot_mock.conformance.watch import watch
from qarnot_mock.messages import Request, Response
from qarnot_mock.observation import Observation

JSON = "application/json; charset=utf-8"
UUID = "0a3c9c3e-5d5b-4c52-9e8c-7f1f4b1c2a10"


@attrs.define(eq=False)
class Exchanges:
    """Shows exchanges of one account to a watch; each gives its verdict."""

    account: object = attrs.field(factory=object)
    verdicts: list[Verdict] = attrs.field(factory=list)
    _watch: Callable[[Observation], None] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self._watch = watch(self.verdicts.append)

    def __call__(
        self,
        asked: str,
        status: int = 200,
        answer: Any = None,
        *,
        body: Any = None,
        agent: str = "",
        token: str = "t",
        media: str = JSON,
    ) -> Verdict:
        method, _, target = asked.partition(" ")
        path, _, query = target.partition("?")
        given = {"authorization": token, "user-agent": agent, "content-type": "application/json"}
        headers = tuple((name, value) for name, value in given.items() if value)
        content = b"" if body is None else json.dumps(body).encode()
        told = () if answer is None else (("content-type", media),)
        response = Response(status, told, b"" if answer is None else json.dumps(answer).encode())
        self._watch(Observation(0, self.account, Request(method, path, query, headers, content), response))
        return self.verdicts[-1]

    def see(self, state: str, *, previous: str | None = None, **more: Any) -> Verdict:
        """A look at one task."""
        record = {"uuid": UUID, "name": "n", "shortname": "short", "state": state, "previousState": previous, **more}
        return self(f"GET /tasks/{UUID}", 200, record)


@pytest.fixture
def exchange() -> Exchanges:
    return Exchanges()
