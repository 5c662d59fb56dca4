"""Every public name of the official package exists here: modules, classes, functions, methods, properties, parameters.

Held by introspection of the installed package, version 2.23.0. A call or an assignment that is legal there is legal
here; what differs on purpose is in ``DIFFERENT``, each with its reason, and an entry that became needless fails.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any

import pytest
import qarnot

import qarnot_hl

PLUMBING = "an undocumented helper of its transport; the generated client has the paths, exceptions come by themselves"
EXCEPTION = "an import of its helpers; all exceptions are in the module exceptions, on both sides"
DIFFERENT: Mapping[str, str] = {
    "get_url": PLUMBING,
    "get_url_with_param": PLUMBING,
    "raise_on_error": PLUMBING,
    "raise_on_secrets_specific_error": PLUMBING,
    "get_error_message_from_http_response": PLUMBING,
    "QarnotGenericException": EXCEPTION,
    "SecretConflictException": EXCEPTION,
    "SecretNotFoundException": EXCEPTION,
    "UnauthorizedException": EXCEPTION,
    "storage.Storage.update(flush)": "false instead of None, as in Bucket.update on both sides: here it is abstract",
    "dependency.TaskDependencies(depends_on)": "a new empty list instead of None: it shows an empty list there too",
    "dependency.TaskDependencies(advanced_depends_on)": "as depends_on",
}
"""Public names that are not as in the official package, and why."""

INTERNAL = frozenset({"_filter", "_retry", "_util", "_version"})
NUMBERS = ("maxTask", "taskCount", "maxRunningTask", "runningTaskCount", "maxPool", "maxBucket", "quotaBytesBucket")
USER = {
    "email": "someone@example.com",
    "computingQuotas": {"user": {"flex": {"maxCores": 8, "maxInstances": 4}, "onDemand": {"maxCores": 2}}},
    "projects": [],
    **{name: number for number, name in enumerate(NUMBERS, 10)},
}
GHZ: Mapping[str, object] = {"executionTimeGhzByCpuModel": []}
INSTANCES: Mapping[str, Callable[[Any], Any]] = {
    "advanced_bucket.BucketPrefixFiltering": lambda kind: kind("p/"),
    "advanced_bucket.PrefixResourcesTransformation": lambda kind: kind("p/"),
    "carbon_facts.CarbonClient": lambda kind: kind(None),
    "computing_quotas.UserSchedulingQuota": lambda kind: kind(1, 2, 3, 4),
    "computing_quotas.UserReservedSchedulingQuota": lambda kind: kind("r", "m", 1, 2, 3, 4),
    "computing_quotas.UserComputingQuotas": lambda kind: kind(None, None, []),
    "computing_quotas.OrganizationSchedulingQuota": lambda kind: kind(1, 2, 3, 4),
    "computing_quotas.OrganizationReservedSchedulingQuota": lambda kind: kind("r", "m", 1, 2, 3, 4),
    "computing_quotas.OrganizationComputingQuotasBase": lambda kind: kind(None, None, []),
    "computing_quotas.OrganizationComputingQuotas": lambda kind: kind("o", None, None, []),
    "computing_quotas.RunningCounts": lambda kind: kind(1, 2),
    "computing_quotas.OrganizationSchedulingQuotaDetails": lambda kind: kind({}, 1, 2, 3, 4),
    "computing_quotas.OrganizationReservedSchedulingQuotaDetails": lambda kind: kind({}, "r", "m", 1, 2, 3, 4),
    "computing_quotas.ComputingQuotas": lambda kind: kind(None),
    "connection.UserInfo": lambda kind: kind(USER),
    "connection.Profile": lambda kind: kind({"name": "n", "constants": []}),
    "error.Error": lambda kind: kind({"code": "c", "message": "m", "debug": "d"}),
    "forced_constant.ForcedConstant": lambda kind: kind("v"),
    "forced_network_rule.ForcedNetworkRule": lambda kind: kind(True, "tcp"),
    "paginate.PaginateResponse": lambda kind: kind("t", "n", True, []),
    "paginate.OffsetResponse": lambda kind: kind(3, 2, 1, []),
    "status.Status": lambda kind: kind({"executedRange": "0-2", "executionTimeByCpuModel": [], **GHZ}),
    "status.RunningInstancesInfo": lambda kind: kind({"averageFrequencyGHz": 3.0, "timestamp": "t"}),
    "status.PerRunningInstanceInfo": lambda kind: kind({"phase": "execution", "instanceId": 2, "cpuUsage": 1.0}),
    "status.TaskActiveForward": lambda kind: kind({"applicationPort": 22}),
    "status.ExecutionTimeByCpuModel": lambda kind: kind({"model": "m", "time": 1, "core": 2}),
    "status.ExecutionTimeGhzByCpuModel": lambda kind: kind({"model": "m", "timeGhz": 1, "core": 2}),
    "status.TaskVpnConnection": lambda kind: kind({"vpnName": "v"}),
    "task.CompletedInstance": lambda kind: kind({"instanceId": 1, "state": "Success"}),
    "task.BulkTaskResponse": lambda kind: kind({"statusCode": 200, "uuid": "u", "message": "m"}),
}
"""How to make one of each class whose constructor sets public attributes; a connection there needs a server."""
SETS_PUBLIC = re.compile(r"^        self\.([a-z]\w*) = ", re.MULTILINE)


def modules() -> Iterator[str]:
    yield from (module.name for module in pkgutil.iter_modules(qarnot.__path__) if module.name not in INTERNAL)


def both(name: str) -> tuple[ModuleType, ModuleType]:
    return importlib.import_module(f"qarnot.{name}"), importlib.import_module(f"qarnot_hl.{name}")


def public(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """What the module itself defines for others."""
    for name, value in vars(module).items():
        if not name.startswith("_") and getattr(value, "__module__", None) == module.__name__:
            yield name, value


def classes() -> Iterator[tuple[str, type, Any]]:
    """(``module.Class``, the official one, ours)."""
    for module_name in modules():
        official, ours = both(module_name)
        for name, kind in public(official):
            if inspect.isclass(kind):
                yield f"{module_name}.{name}", kind, getattr(ours, name, None)


def members(kind: type) -> Iterator[tuple[str, Any]]:
    """Public members and the constructor that the package's own classes define, with those of their bases."""
    for base in reversed(kind.__mro__):
        if base.__module__.startswith("qarnot."):
            yield from ((n, m) for n, m in vars(base).items() if n == "__init__" or not n.startswith("_"))


def functions() -> Iterator[tuple[str, Any, Any]]:
    """Every public function, method and constructor: (name, the official one, ours)."""
    for module_name in modules():
        official, ours = both(module_name)
        yield from (
            (f"{module_name}.{name}", function, getattr(ours, name, None))
            for name, function in public(official)
            if inspect.isfunction(function)
        )
    for class_name, kind, our_kind in classes():
        for name, member in members(kind):
            if inspect.isfunction(member) or isinstance(member, classmethod | staticmethod):
                full = class_name if name == "__init__" else f"{class_name}.{name}"
                yield full, getattr(kind, name), getattr(our_kind, name, None)


def misfits(official: Any, ours: Any) -> Iterator[str]:
    """The parameters because of which a call of the official one is illegal here, or means something else."""
    theirs = list(inspect.signature(official).parameters.values())
    mine = list(inspect.signature(ours).parameters.values())
    places = {parameter.name: place for place, parameter in enumerate(mine)}
    for place, parameter in enumerate(theirs):
        if place == 0 and parameter.name == "self" and mine[0].name == "self":
            continue
        twin = mine[places[parameter.name]] if parameter.name in places else None
        if twin is None or not _alike(parameter, twin) or places[parameter.name] != place:
            yield parameter.name
    added = [parameter for parameter in mine if parameter.name not in {known.name for known in theirs}]
    yield from (p.name for p in added if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD))


def _alike(official: inspect.Parameter, ours: inspect.Parameter) -> bool:
    optional = official.default is not official.empty
    return ours.kind is official.kind and not (optional and repr(ours.default) != repr(official.default))


def missing_names() -> Iterator[str]:
    for name, value in vars(qarnot).items():
        if not name.startswith("_") and getattr(value, "__module__", name) != "typing" and not hasattr(qarnot_hl, name):
            yield name
    for module_name in modules():
        official, ours = both(module_name)
        yield from (f"{module_name}.{name}" for name, _ in public(official) if not hasattr(ours, name))
    for class_name, kind, ours in classes():
        yield from (f"{class_name}.{name}" for name, _ in members(kind) if not hasattr(ours, name))


def unfit_parameters() -> Iterator[str]:
    for name, official, ours in functions():
        if ours is not None:
            yield from (f"{name}({parameter})" for parameter in misfits(official, ours))


def unsettable() -> Iterator[str]:
    """Properties that can be set there and are a read-only descriptor here."""
    for class_name, kind, ours in classes():
        for name, member in members(kind):
            if isinstance(member, property) and member.fset is not None:
                found = inspect.getattr_static(ours, name, None)
                read_only = hasattr(type(found), "__get__") and not hasattr(type(found), "__set__")
                if read_only or (isinstance(found, property) and found.fset is None):
                    yield f"{class_name}.{name}"


def bases() -> Iterator[str]:
    """Classes without a base class that the official one has: an ``except`` or ``isinstance`` would miss them."""
    for class_name, kind, ours in classes():
        yield from (
            f"{class_name} < {base.__name__}"
            for base in kind.__mro__[1:]
            if base.__name__ not in {our_base.__name__ for our_base in inspect.getmro(ours)}
        )


def test_the_package_is_the_version_the_differences_were_written_for() -> None:
    assert importlib.metadata.version("qarnot") == "2.23.0"


def test_every_module_is_here() -> None:
    assert len(list(modules())) == 28
    for name in modules():
        official, ours = both(name)
        assert (official.__name__, ours.__name__) == (f"qarnot.{name}", f"qarnot_hl.{name}")


def test_a_star_import_gives_at_least_the_same() -> None:
    given: dict[str, Any] = {}
    exec("from qarnot_hl import *", given)  # a star is not allowed in a function
    assert qarnot.__all__
    assert set(qarnot.__all__) <= given.keys()


def test_names_parameters_setters_and_bases_are_those_of_the_official_package() -> None:
    found = {*missing_names(), *unfit_parameters(), *unsettable(), *bases()}
    assert found - DIFFERENT.keys() == set()
    assert DIFFERENT.keys() - found == set(), "these do not differ any more"
    assert all(DIFFERENT.values())


def test_enumerations_have_the_same_values() -> None:
    for name, kind, ours in classes():
        for member in getattr(kind, "__members__", ()):
            assert getattr(ours, member).value == getattr(kind, member).value, name


@pytest.mark.parametrize("name", INSTANCES)
def test_attributes_of_an_instance_are_those_of_the_official_package(name: str) -> None:
    module_name, class_name = name.split(".")
    official, ours = (INSTANCES[name](getattr(module, class_name)) for module in both(module_name))
    shown = [attribute for attribute in vars(official) if not attribute.startswith("_")]
    assert shown
    for attribute in shown:
        assert hasattr(ours, attribute)
        if isinstance(getattr(official, attribute), str | int):
            assert getattr(ours, attribute) == getattr(official, attribute), attribute


def test_the_classes_with_such_attributes_are_all_listed() -> None:
    setting = {name: set(SETS_PUBLIC.findall(inspect.getsource(kind))) for name, kind, _ in classes()}
    assert {name for name, attributes in setting.items() if attributes} == {*INSTANCES, "connection.Connection"}


def test_attributes_of_a_connection_are_those_of_the_official_package() -> None:
    source = inspect.getsource(qarnot.connection.Connection)
    connection = qarnot_hl.connection.Connection(cluster_url="http://127.0.0.1:1", client_token="token")
    unknown = object()
    for name in set(re.findall(r"self\.([a-z]\w*)(?:: \w+)? = ", source)):
        assert inspect.getattr_static(connection, name, unknown) is not unknown, name
