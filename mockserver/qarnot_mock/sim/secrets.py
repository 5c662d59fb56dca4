"""The secrets of the account: values under path-like keys, and what lies one level below a prefix (reference 2.5, 5).

``secretsAccessRights`` has no effect here: a granted secret is read inside the task by a library of the vendor's, and
no program that the mock runs has that.
"""

from __future__ import annotations

from collections.abc import Mapping

from qarnot_mock.sim.commands import Answer, Command, Refusal
from qarnot_mock.sim.confidential import Secret
from qarnot_mock.sim.state import State


def get(state: State, command: Command) -> Answer:
    """secret_get."""
    return Answer({"value": state.secrets[_existing(state, command)].value})


def create(state: State, command: Command) -> Answer:
    """secret_create: 201, or 409 when the key exists. That empty parts are refused is assumed."""
    key = _key(command)
    if not all(key.split("/")):
        raise Refusal(400, f"A secret needs a key without empty parts, not {command.arguments['key']!r}")
    if key in state.secrets:
        raise Refusal(409, f"Secret {key} already exists", shape="error")
    state.secrets[key] = _value(command)
    return Answer(media="empty", status=201)


def update(state: State, command: Command) -> Answer:
    """secret_update: 204."""
    state.secrets[_existing(state, command)] = _value(command)
    return Answer(media="empty", status=204)


def delete(state: State, command: Command) -> Answer:
    """secret_delete: 204."""
    del state.secrets[_existing(state, command)]
    return Answer(media="empty", status=204)


def search(state: State, command: Command) -> Answer:
    """secrets_search: names relative to the prefix, sorted; a folder ends with a slash. A prefix is a folder."""
    prefix = str(command.arguments.get("prefix") or "").strip("/")
    folder = f"{prefix}/" if prefix else ""
    below = [key.removeprefix(folder) for key in state.secrets if key.startswith(folder)]
    return Answer({"keys": sorted({head + slash for head, slash, _ in (name.partition("/") for name in below)})})


def _key(command: Command) -> str:
    """The key without outer slashes, as the SDKs write it."""
    return str(command.arguments["key"]).strip("/")


def _existing(state: State, command: Command) -> str:
    key = _key(command)
    if key not in state.secrets:
        raise Refusal(404, f"Secret {key} doesn't exist", shape="error")
    return key


def _value(command: Command) -> Secret:
    value = command.body.get("Value") if isinstance(command.body, Mapping) else None
    if not isinstance(value, str):
        raise Refusal(400, "A secret needs a Value that is a text")
    return Secret(value)
