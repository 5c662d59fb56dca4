"""Every operation is complete: named, explained, graded, with examples, the errors it can give and links to its use."""

from __future__ import annotations

import re
from typing import Any

import pytest

VERBS = (
    "abort|carbon_facts|check|clone|close|create|credits|delete|fresh|get|list|paginate|periodic|ping|port_forward|recover|"
    "restart|resume|retry|search|terminate|update"
)
OPERATION_ID = re.compile(rf"[a-z]+(_[a-z]+)*_({VERBS})")
FAULTS = {"429", "500", "503"}
ERROR_SCHEMAS = {
    "application/json": {"RequestError", "LegacyAuthError", "BulkTaskResults", "SecretError"},
    "application/problem+json": {"ProblemDetails", "ValidationProblemDetails"},
    "text/plain": {None},
}
USES = {
    "Task": {"GetTask", "AbortTask", "DeleteTask", "ReadTaskStdout"},
    "Pool": {"GetPool", "ClosePool", "DeletePool", "SubmitTaskToPool", "ReadPoolStdout"},
    "Job": {"GetJob", "TerminateJob", "DeleteJob", "SubmitTaskToJob"},
}
CREATES = {
    **dict.fromkeys(
        ["tasks_create", "tasks_force_create", "task_clone", "task_retry", "task_resume", "task_recover"], "Task"
    ),
    **dict.fromkeys(["pools_create", "pool_clone"], "Pool"),
    "jobs_create": "Job",
}
# What these name in their path need not exist.
NAMES_NOTHING_YET = {"secret_create", "secrets_search"}
SUCCESS = {"secret_create": "201", "secret_update": "204", "secret_delete": "204"}


def schema_names(schema: Any) -> Any:
    """The named schemas a body may have; None for a plain string."""
    branches = schema.get("anyOf") or schema.get("oneOf") or [schema]
    return {branch["$ref"].rsplit("/", 1)[1] if "$ref" in branch else None for branch in branches}


def test_operation_ids_say_what_and_then_do(operation: Any) -> None:
    assert OPERATION_ID.fullmatch(operation.id)


def test_an_operation_id_is_used_once(spec: Any, operations: Any) -> None:
    count = sum("operationId" in node for item in spec["paths"].values() for node in item.values())
    assert count == len(operations)


def test_an_operation_has_one_declared_tag(operation: Any, spec: Any) -> None:
    assert len(operation.node["tags"]) == 1
    assert operation.node["tags"][0] in {tag["name"] for tag in spec["tags"]}


def test_an_operation_has_a_summary_in_one_sentence(operation: Any) -> None:
    summary = operation.node["summary"]
    assert summary[0].isupper()
    assert summary.endswith(".")
    assert len(summary) <= 80


def test_each_json_body_has_an_example(operation: Any) -> None:
    bare = [
        (where, media_type)
        for where, media_type, media in operation.bodies()
        if "json" in media_type and not media.get("examples")
    ]
    assert bare == []


def test_path_parameters_are_those_of_the_path(operation: Any) -> None:
    declared = [p["name"] for p in operation.parameters if p["in"] == "path"]
    assert sorted(declared) == sorted(re.findall(r"{(\w+)}", operation.path))


def test_parameters_are_explained(operation: Any) -> None:
    assert all(parameter["description"] for parameter in operation.parameters)


def test_a_secured_operation_can_answer_401(operation: Any) -> None:
    assert ("401" in operation.responses()) == operation.secured


def test_only_settings_and_versions_need_no_token(operations: Any) -> None:
    assert {view.id for view in operations.values() if not view.secured} == {"settings_get", "versions_list"}


def test_the_token_stands_alone_in_the_authorization_header(spec: Any) -> None:
    scheme = spec["components"]["securitySchemes"]["token"]
    assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "header", "Authorization")


def test_an_operation_can_fail_like_any_service(operation: Any) -> None:
    assert set(operation.responses()) >= FAULTS


def test_an_operation_on_one_object_can_answer_404(operation: Any) -> None:
    named = any(parameter["in"] == "path" for parameter in operation.parameters)
    assert not named or ("404" in operation.responses()) == (operation.id not in NAMES_NOTHING_YET)


def test_an_operation_with_a_body_can_answer_400(operation: Any) -> None:
    assert "requestBody" not in operation.node or "400" in operation.responses()


def test_creation_can_answer_402_and_403(operation: Any) -> None:
    if operation.id in CREATES:
        assert {"402", "403"} <= set(operation.responses())
    else:
        assert "402" not in operation.responses()


def test_an_operation_has_one_success_but_a_bulk_creation(operation: Any) -> None:
    successes = {status for status in operation.responses() if status.startswith("2")}
    assert successes - {"207"} == {SUCCESS.get(operation.id, "200")}
    assert ("207" in successes) == (operation.id == "tasks_create")


def test_creation_announces_the_address_of_what_is_new(operation: Any) -> None:
    success = operation.responses()[SUCCESS.get(operation.id, "200")]
    assert ("Location" in success.get("headers", {})) == (operation.id in CREATES)


def test_error_bodies_have_a_named_error_shape(operation: Any) -> None:
    for where, media_type, media in operation.bodies():
        if where.startswith(("4", "5")):
            assert schema_names(media["schema"]) <= ERROR_SCHEMAS[media_type], (where, media_type)


@pytest.mark.parametrize(
    "shape",
    [
        "RequestError",
        "LegacyAuthError",
        "SecretError",
        "ProblemDetails",
        "ValidationProblemDetails",
        "BulkTaskResults",
        None,
    ],
)
def test_each_error_shape_is_declared_somewhere(operations: Any, shape: Any) -> None:
    declared = {
        name
        for view in operations.values()
        for where, _, media in view.bodies()
        if where.startswith(("4", "5"))
        for name in schema_names(media["schema"])
    }
    assert shape in declared


def test_a_link_names_an_operation_and_all_its_path_parameters(link: Any, operations: Any) -> None:
    target = operations[link["operationId"]]
    names = {parameter["name"] for parameter in target.parameters}
    needed = {parameter["name"] for parameter in target.parameters if parameter.get("required")}
    given = set(link.get("parameters", {}))
    assert needed <= given <= names
    assert "requestBody" not in link or "requestBody" in target.node


def test_a_link_reads_from_the_body_of_the_answer(link: Any) -> None:
    expressions = [*link.get("parameters", {}).values(), *link.get("requestBody", {}).values()]
    assert expressions
    assert all(re.fullmatch(r"\$response\.body#/\w+(/\w+)*", expression) for expression in expressions)


def test_creation_links_to_use(operation: Any) -> None:
    if operation.id in CREATES:
        targets = {node["$ref"].rsplit("/", 1)[1] for node in operation.responses()["200"]["links"].values()}
        assert USES[CREATES[operation.id]] <= targets


@pytest.mark.parametrize("kind", ["task", "pool", "job"])
def test_static_paths_do_not_hide_behind_a_parameter(kind: str, spec: Any) -> None:
    """A task may have the shortname ``search``; the address of the search must stay another one."""
    paths = list(spec["paths"])
    assert paths.index(f"/{kind}s/search") < paths.index(f"/{kind}s/{{{kind}}}")


def test_only_keys_of_secrets_span_segments(operations: Any) -> None:
    spanning = {view.id for view in operations.values() if any(one.get("x-path-segments") for one in view.parameters)}
    assert spanning == {"secret_get", "secret_create", "secret_update", "secret_delete", "secrets_search"}


def test_every_claim_has_a_grade_and_a_source(claim: Any, inventory: Any) -> None:
    assert claim.grade in inventory.GRADES
    assert "reference " in claim.source or claim.source.startswith("none; ")
