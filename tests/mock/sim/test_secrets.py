"""Secrets: keys with slashes, folders one level deep, refusals of shape D, and no value where it does not belong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qarnot_mock.sim.commands import Command
from qarnot_mock.sim.confidential import shown
from qarnot_mock.sim.settings import WorldSettings
from qarnot_mock.sim.world import World

VALUE = "correct horse battery staple"


def write(driver: Any, key: str, value: str = VALUE, operation: str = "secret_create") -> int:
    return int(driver.call(operation, body={"Value": value}, key=key).status)


def listed(driver: Any, prefix: str = "") -> list[str]:
    return list(driver.call("secrets_search", prefix=prefix).body["keys"])


def test_a_secret_is_created_read_changed_and_deleted(driver: Any) -> None:
    assert write(driver, "db/password") == 201
    assert driver.call("secret_get", key="db/password").body == {"value": VALUE}
    assert write(driver, "db/password", "other", "secret_update") == 204
    assert driver.call("secret_get", key="db/password").body == {"value": "other"}
    deleted = driver.call("secret_delete", key="db/password")
    assert (deleted.status, deleted.media) == (204, "empty")
    assert driver.refused("secret_get", key="db/password").status == 404
    assert write(driver, "db/password") == 201


def test_outer_slashes_do_not_make_another_key(driver: Any) -> None:
    write(driver, "/a/b/")
    assert driver.call("secret_get", key="a/b").body == {"value": VALUE}
    assert driver.refused("secret_create", key="a/b", body={"Value": ""}).status == 409


@pytest.mark.parametrize("operation", ["secret_get", "secret_update", "secret_delete"])
def test_an_unknown_key_is_refused_in_the_shape_of_the_secrets_manager(driver: Any, operation: str) -> None:
    refusal = driver.refused(operation, key="the_key", body={"Value": "x"})
    assert (refusal.status, refusal.shape, refusal.message) == (404, "error", "Secret the_key doesn't exist")


def test_a_second_creation_is_a_conflict_and_keeps_the_value(driver: Any) -> None:
    write(driver, "k")
    refusal = driver.refused("secret_create", key="k", body={"Value": "new"})
    assert (refusal.status, refusal.shape, refusal.message) == (409, "error", "Secret k already exists")
    assert driver.call("secret_get", key="k").body == {"value": VALUE}


@pytest.mark.parametrize("key", ["", "/", "a//b"])
def test_a_key_with_an_empty_part_is_refused(driver: Any, key: str) -> None:
    assert driver.refused("secret_create", key=key, body={"Value": "x"}).status == 400


@pytest.mark.parametrize("body", [None, {}, {"Value": None}, {"Value": 3}])
def test_a_value_is_a_text(driver: Any, body: Any) -> None:
    assert driver.refused("secret_create", key="k", body=body).status == 400


def test_an_empty_value_is_a_value(driver: Any) -> None:
    write(driver, "k", "")
    assert driver.call("secret_get", key="k").body == {"value": ""}


def test_a_folder_lists_one_level_with_relative_names(driver: Any) -> None:
    for key in ("top", "a/x", "a/b/y", "a/b/z", "ab/c", "a"):
        write(driver, key)
    assert listed(driver) == ["a", "a/", "ab/", "top"]
    assert listed(driver, "a") == listed(driver, "/a/") == ["b/", "x"]
    assert listed(driver, "a/b") == ["y", "z"]
    assert listed(driver, "a/b/y") == listed(driver, "nothing") == []


@given(st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map("/".join), unique=True))
def test_walking_the_folders_finds_every_key(lifecycles: Mapping[str, Any], keys: list[str]) -> None:
    world = World(WorldSettings(), lifecycles, 0)
    for key in keys:
        world.apply(Command("secret_create", {"key": key}, {"Value": ""}))

    def walk(prefix: str) -> list[str]:
        names: Any = world.apply(Command("secrets_search", {"prefix": prefix})).body
        below = [walk(prefix + name) if name.endswith("/") else [prefix + name] for name in names["keys"]]
        return [key for keys in below for key in keys]

    assert sorted(walk("")) == sorted(keys)


def test_no_value_is_in_a_dump_but_different_values_make_different_dumps(make_driver: Any) -> None:
    dumps = []
    for value in (VALUE, "other"):
        driver = make_driver()
        write(driver, "k", value)
        driver.submit({"QARNOT_SECRET__PASSWORD": value})
        dumps.append(repr(driver.world.dump()))
        assert value not in dumps[-1]
    assert dumps[0] != dumps[1]


def test_the_representation_of_a_command_hides_confidential_values() -> None:
    assert VALUE not in repr(Command("secret_create", {"key": "k"}, {"Value": VALUE}))
    rows = [{"key": "QARNOT_SECRET__P", "value": VALUE}, {"key": "PUBLIC", "value": "seen"}]
    text = repr(Command("tasks_create", {}, [{"name": "n", "constants": rows}]))
    assert VALUE not in text
    assert "seen" in text


def test_what_is_not_confidential_is_shown_as_it_is() -> None:
    body = {"name": "n", "constants": [{"key": "A", "value": "b"}], "count": 3, "nothing": None}
    assert shown(body) == body
    forced = {"constantName": "QARNOT_SECRET__P", "forcedValue": VALUE}
    assert shown({"forcedConstants": [forced]}) == {"forcedConstants": [forced | {"forcedValue": "[SECRET]"}]}
