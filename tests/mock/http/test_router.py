"""Routing: identifiers, versions, letter case, and a complete Allow for what exists under another method."""

from __future__ import annotations

from typing import Any

import pytest

from qarnot_mock import contract
from qarnot_mock.http.document import Document, operations
from qarnot_mock.http.router import Match, MethodNotAllowed, NotFound, Router
from qarnot_mock.http.tolerances import Rules


@pytest.fixture(scope="module")
def router() -> Router:
    loaded = contract.load()
    return Router(operations(Document(loaded.openapi)), Rules(loaded.tolerances))


def matched(router: Router, method: str, path: str) -> Match:
    match = router.match(method, path)
    assert isinstance(match, Match)
    return match


@pytest.mark.parametrize(
    ("method", "path", "operation", "arguments"),
    [
        ("GET", "/", "service_ping", {}),
        ("GET", "/v1", "service_ping", {}),
        ("GET", "/tasks/summaries", "task_summaries_list", {}),
        ("GET", "/tasks/my-shortname", "task_get", {"task": "my-shortname"}),
        ("GET", "/tasks/Upper-Case", "task_get", {"task": "Upper-Case"}),
        ("GET", "/tasks/a%20b%2Fc", "task_get", {"task": "a b/c"}),
        ("GET", "/tasks/v1", "task_get", {"task": "v1"}),
        ("POST", "/V1/TASKS/x/ABORT/", "task_abort", {"task": "x"}),
        ("GET", "/tasks/x/stdout/3", "task_instance_stdout_get", {"task": "x", "instanceId": "3"}),
        ("GET", "/carbon/v1/Tasks/x/carbon-facts", "task_carbon_facts", {"task": "x"}),
        ("GET", "/v1/network/tasks/x/port-forward", "task_port_forward", {"task": "x"}),
        ("GET", "/pools/summaries", "pool_summaries_list", {}),
        ("GET", "/pools/Summaries-2", "pool_get", {"pool": "Summaries-2"}),
        ("POST", "/pools/x/stdout/3", "pool_instance_stdout_fresh", {"pool": "x", "instanceId": "3"}),
        ("POST", "/jobs/", "jobs_create", {}),
        ("DELETE", "/v1/jobs/x", "job_delete", {"job": "x"}),
        ("GET", "/carbon/v1/Pools/x/carbon-facts", "pool_carbon_facts", {"pool": "x"}),
        ("GET", "/secrets-manager/data/a", "secret_get", {"key": "a"}),
        ("PUT", "/secrets-manager/data/a/b/c", "secret_create", {"key": "a/b/c"}),
        ("PATCH", "/Secrets-Manager/data/a%20b/%C3%BC", "secret_update", {"key": "a b/ü"}),
        ("DELETE", "/secrets-manager/data/a/%2E%2E/b", "secret_delete", {"key": "a/../b"}),
        ("GET", "/secrets-manager/search/a/b", "secrets_search", {"prefix": "a/b"}),
        ("GET", "/secrets-manager/search/", "secrets_search", {"prefix": ""}),
        ("GET", "/secrets-manager/search", "secrets_search", {"prefix": ""}),
    ],
)
def test_a_path_leads_to_its_operation(
    router: Router, method: str, path: str, operation: str, arguments: dict[str, str]
) -> None:
    match = matched(router, method, path)
    assert match.operation.id == operation
    assert match.arguments == arguments


def test_every_operation_of_the_spec_is_reachable_by_its_own_path(router: Router) -> None:
    for operation in operations(Document(contract.load().openapi)):
        match = matched(router, operation.method, operation.path)
        assert match.operation == operation
        assert match.rules == ()


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PATCH", "/tasks/summaries", ("GET",)),
        ("PATCH", "/tasks/paginate", ("POST",)),
        ("POST", "/tasks/some-id", ("DELETE", "GET", "PATCH", "PUT")),
        ("DELETE", "/v1/tasks/", ("GET", "POST")),
        ("OPTIONS", "/info", ("GET",)),
    ],
)
def test_a_wrong_method_names_all_methods_of_the_path(
    router: Router, method: str, path: str, allow: tuple[str, ...]
) -> None:
    assert router.match(method, path) == MethodNotAllowed(allow)


def test_an_empty_prefix_needs_no_tolerance(router: Router) -> None:
    assert matched(router, "GET", "/secrets-manager/search/").rules == ()
    assert matched(router, "GET", "/jobs/").rules == ("trailing-slash",)


def test_a_spelled_out_segment_wins_over_one_that_spans() -> None:
    rest = {"name": "x", "in": "path", "x-path-segments": True, "schema": {"type": "string"}}
    tree: Any = {
        "paths": {
            "/a/b": {"get": {"operationId": "fixed", "responses": {}}},
            "/a/{x}": {"get": {"operationId": "open", "responses": {}, "parameters": [rest]}},
        }
    }
    router = Router(operations(Document(tree)), Rules({}))
    assert matched(router, "GET", "/a/b").operation.id == "fixed"
    assert matched(router, "GET", "/a/b/c").arguments == {"x": "b/c"}
    assert matched(router, "GET", "/a//c").arguments == {"x": "/c"}
    assert router.match("GET", "/b/c") == NotFound()


@pytest.mark.parametrize(
    "path", ["/nothing", "/tasks//stdout", "/tasks/x/y/z/t", "//tasks", "/v1/v1/tasks", "/v2/tasks"]
)
def test_an_unknown_path_is_not_found(router: Router, path: str) -> None:
    assert router.match("GET", path) == NotFound()


def test_a_parameter_is_tried_where_the_spelled_out_segment_leads_nowhere() -> None:
    def operation(identifier: str, path: str) -> Any:
        return {path: {"get": {"operationId": identifier, "responses": {}}}}

    tree = {"paths": {**operation("fixed", "/a/b/c"), **operation("open", "/a/{x}/d")}}
    router = Router(operations(Document(tree)), Rules({}))
    assert matched(router, "GET", "/a/b/c").operation.id == "fixed"
    assert matched(router, "GET", "/a/b/d").arguments == {"x": "b"}
    assert router.match("GET", "/A/b/c") == NotFound()
