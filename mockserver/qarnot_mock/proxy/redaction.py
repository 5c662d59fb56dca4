"""Keeps tokens and secrets out of texts: what was seen in their places is replaced wherever it turns up. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import quote

from qarnot_mock.sim.commands import Json
from qarnot_mock.sim.confidential import HIDDEN_VALUE, shown

TOKEN = "[TOKEN]"
_SHORTEST = 4
_SIGNATURE = re.compile(r"(Signature=)[^&\s,\"']+")


class Redactor:
    """Knows what was confidential so far, and hides it."""

    def __init__(self) -> None:
        self._hidden: dict[str, str] = {}

    def learn_token(self, token: str) -> None:
        """A token, as it stood in an ``Authorization`` header."""
        if token:
            self._hidden.update(dict.fromkeys(_spellings(token), TOKEN))

    def learn_secrets(self, body: Json, *, all_values: bool) -> None:
        """The confidential values of a body; with ``all_values`` each ``value`` in it is one."""
        for value in _confidential(body, shown(body), all_values):
            self._hidden.update(dict.fromkeys(_spellings(value), HIDDEN_VALUE))

    def clean(self, text: str) -> str:
        """The text without anything confidential. A value of up to three letters is hidden where it stands quoted."""
        for value in sorted(self._hidden, key=len, reverse=True):
            if len(value) >= _SHORTEST:
                text = text.replace(value, self._hidden[value])
            else:
                text = re.sub(rf"([\"']){re.escape(value)}\1", self._hidden[value], text)
        return _SIGNATURE.sub(r"\1[SIGNATURE]", text)


def _spellings(value: str) -> set[str]:
    """A value as it is, and as JSON, Python and URLs write it."""
    return {
        value,
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
        repr(value)[1:-1],
        quote(value, safe="", errors="replace"),
    }


def _confidential(body: Json, safe: Json, all_values: bool) -> Iterator[str]:
    """What a body has that its safe form has not."""
    if isinstance(body, Mapping) and isinstance(safe, Mapping):
        for key, value in body.items():
            if (safe[key] != value and safe[key] == HIDDEN_VALUE) or (all_values and key == "value"):
                yield from _scalars(value)
            else:
                yield from _confidential(value, safe[key], all_values)
    elif isinstance(body, Sequence) and not isinstance(body, str) and isinstance(safe, Sequence):
        for value, other in zip(body, safe, strict=True):
            yield from _confidential(value, other, all_values)


def _scalars(value: Json) -> Iterator[str]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _scalars(inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            yield from _scalars(inner)
    elif value not in (None, "", True, False):
        yield str(value)
