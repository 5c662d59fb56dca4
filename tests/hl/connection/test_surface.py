"""The public names of the package: lazily loaded, present, and no others."""

from __future__ import annotations

import importlib

import pytest

import qarnot_hl


@pytest.mark.parametrize("name", sorted(qarnot_hl.NAMES))
def test_a_public_name_loads_when_it_is_used(name: str) -> None:
    assert getattr(qarnot_hl, name).__name__ == name


@pytest.mark.parametrize("name", sorted(qarnot_hl.SUBMODULES))
def test_a_documented_submodule_loads_when_it_is_used(name: str) -> None:
    module = getattr(qarnot_hl, name)
    assert module is importlib.import_module(f"qarnot_hl.{name}")
    assert all(hasattr(module, public) for public in getattr(module, "__all__", ()))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'nonsense'"):
        _ = qarnot_hl.nonsense


def test_dir_lists_what_can_be_loaded() -> None:
    assert {"Connection", "connection", "exceptions", "__version__"} <= set(dir(qarnot_hl))
