"""The settings of advanced buckets as values: wire form, unknown parts, cleaning."""

from __future__ import annotations

from typing import Any

import pytest

from qarnot_hl.advanced_bucket import (
    AbstractFiltering,
    BucketPathWarning,
    BucketPrefixFiltering,
    Filtering,
    PrefixResourcesTransformation,
    ResourcesTransformation,
)


def test_the_wire_form_of_a_filtering() -> None:
    filtering = Filtering()
    assert filtering.to_json() == {}
    filtering.append(BucketPrefixFiltering("a/"))
    filtering.append(BucketPrefixFiltering("b/"))
    assert filtering.to_json() == {"prefixFiltering": {"prefix": "b/"}}
    assert Filtering.from_json(filtering.to_json()) == filtering
    assert repr(filtering) == "Filtering([BucketPrefixFiltering('b/')])"


def test_the_wire_form_of_a_transformation() -> None:
    transformation = ResourcesTransformation()
    transformation.append(PrefixResourcesTransformation("a/"))
    assert transformation.to_json() == {"stripPrefix": {"prefix": "a/"}}
    assert ResourcesTransformation.from_json(transformation.to_json()) == transformation


@pytest.mark.parametrize("json", [{}, {"prefixFiltering": None}])
def test_no_filtering_is_read_as_none(json: dict[str, object]) -> None:
    assert Filtering.from_json(json) == Filtering()  # type: ignore[arg-type]


def test_what_a_newer_server_sends_is_kept() -> None:
    json: Any = {"prefixFiltering": {"prefix": "a", "flags": "i"}, "regexFiltering": {"regex": ".*"}}
    assert Filtering.from_json(json).to_json() == json
    assert Filtering.from_json(json) != Filtering([BucketPrefixFiltering("a")])


def test_paths_are_cleaned_in_place_with_a_warning() -> None:
    filtering = Filtering([BucketPrefixFiltering("//a//b/")])
    with pytest.warns(BucketPathWarning, match="sanitize_bucket_paths=False"):
        filtering.sanitize_filter_paths(True)
    assert filtering.to_json() == {"prefixFiltering": {"prefix": "a/b/"}}
    transformation = ResourcesTransformation([PrefixResourcesTransformation("/x")])
    transformation.sanitize_transformation_paths(False)
    assert transformation.to_json() == {"stripPrefix": {"prefix": "x"}}


def test_the_abstract_classes_cannot_be_made() -> None:
    with pytest.raises(TypeError, match="abstract"):
        AbstractFiltering()  # type: ignore[abstract]
