"""What must not be shown: the values of secrets and of constants that are write-only (reference 3.5, 3.12).

The simulation keeps them as they are; only what is printed, dumped or listed goes through here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from qarnot_mock.sim.commands import Json

HIDDEN_VALUE = "[SECRET]"
SECRET_PREFIX = "QARNOT_SECRET__"
_VALUES = frozenset({"value", "forcedValue"})


@attrs.frozen
class Secret:
    """A value that no representation shows."""

    value: str = attrs.field(repr=False)


def shown(body: Json) -> Json:
    """A body of a request with every confidential value hidden."""
    if isinstance(body, Mapping):
        write_only = any(isinstance(value, str) and value.startswith(SECRET_PREFIX) for value in body.values())
        return {key: HIDDEN_VALUE if _hides(key, write_only) else shown(value) for key, value in body.items()}
    if isinstance(body, Sequence) and not isinstance(body, str):
        return [shown(item) for item in body]
    return body


def unmasked(given: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    """A secret that is sent back as it was read keeps its value (assumed: a client commits what it fetched)."""
    return {
        key: known.get(key, value) if key.startswith(SECRET_PREFIX) and value == HIDDEN_VALUE else value
        for key, value in given.items()
    }


def fingerprint(value: object) -> str:
    """What stands for a confidential value where two of them must be told apart."""
    return f"{HIDDEN_VALUE} {hashlib.sha256(str(value).encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def _hides(key: str, write_only: bool) -> bool:
    return key == "Value" or key.startswith(SECRET_PREFIX) or (write_only and key in _VALUES)
