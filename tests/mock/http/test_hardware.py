"""The hardware catalogue over HTTP: spellings of the parameters, and what is refused before the world sees it."""

from __future__ import annotations

from typing import Any

import pytest


def test_the_parameters_are_read_in_any_letter_case(client: Any) -> None:
    page = client.json("GET", "/hardware-constraints?Limit=2&Offset=1")
    assert (len(page["data"]), page["limit"], page["offset"]) == (2, 2, 1)


@pytest.mark.qarnot_contract("violation")
@pytest.mark.parametrize("query", ["limit=0", "offset=-1", "limit=many", "offset=2147483648"])
def test_a_page_that_cannot_be_is_refused(client: Any, query: str) -> None:
    assert client("GET", f"/hardware-constraints?{query}").status == 400


@pytest.mark.qarnot_contract("violation")
def test_a_search_needs_a_text_and_a_match(client: Any) -> None:
    path = "/hardware-constraints/cpu-model-constraints/search"
    assert client("GET", path).status == 400
    assert client("GET", f"{path}?cpuModel=Sparc").status == 404
    assert client.json("GET", f"{path}?cpuModel=epyc")[0]["cpuModel"] == "AMD EPYC 9654 96-Core Processor"
