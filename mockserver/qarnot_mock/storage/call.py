"""One authenticated request on its way to an operation: plain data, and readers for its parameters."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property

import attrs

from qarnot_mock.sim.commands import Instant
from qarnot_mock.storage.accounts import Account
from qarnot_mock.storage.errors import S3Error
from qarnot_mock.storage.store import ObjectStore

LARGEST_PAGE = 1000


@attrs.define(slots=False)
class Call:
    """Who asks (``account``), about what, with which parameters and headers, and the decoded, verified body."""

    account: Account
    bucket: str
    key: str
    parameters: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    now: Instant
    streams: bool = False

    @property
    def store(self) -> ObjectStore:
        return self.account.store

    @cached_property
    def md5(self) -> bytes:
        """The body's md5, computed once for both Content-MD5 and the ETag."""
        return hashlib.md5(self.body, usedforsecurity=False).digest()

    def page_size(self, name: str) -> int:
        """A limit such as ``max-keys``: 0 to 1000, default 1000. Raises ``InvalidArgument``."""
        return min(self.number(name, LARGEST_PAGE), LARGEST_PAGE)

    def number(self, name: str, default: int) -> int:
        """A query parameter that must be a whole number from 0 to 2**31 - 1. Raises ``InvalidArgument``."""
        text = self.parameters.get(name, "")
        if not text:
            return default
        if not (text.isascii() and text.isdecimal() and len(text) <= 10 and int(text) < 2**31):
            raise S3Error(
                "InvalidArgument", f"Provided {name} not an integer or within integer range: {text!r}",
                ArgumentName=name, ArgumentValue=text,
            )  # fmt: skip
        return int(text)
