"""The contract that the mock serves, read from ``contract.json``, which is compiled from ``spec/*.yaml``.

It gives the documents as data. What they mean is the business of the router, the canonicaliser and the simulation.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources

import attrs

from qarnot_mock.sim.commands import Json


@attrs.frozen
class Contract:
    """The three documents of ``spec/``; treat them as read-only."""

    openapi: Mapping[str, Json]
    lifecycles: Mapping[str, Json]
    tolerances: Mapping[str, Json]


@cache
def load() -> Contract:
    """The contract this version of the mock was built with; parsed once per process."""
    text = resources.files("qarnot_mock").joinpath("contract.json").read_text(encoding="utf-8")
    documents = json.loads(text)
    return Contract(documents["openapi"], documents["lifecycles"], documents["tolerances"])
