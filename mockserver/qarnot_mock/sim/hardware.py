"""The catalogue of hardware constraints: what the nodes of this cloud can satisfy, and CPU models found by name.

Derived from the table of nodes, so that some node meets every constraint that is listed (reference 2.5, 3.11).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import cast

from qarnot_mock.sim.commands import Answer, Command, Json, Refusal
from qarnot_mock.sim.nodes import NodeKind
from qarnot_mock.sim.state import State

LARGEST_PAGE = 50
"""Also the size of a page when none is asked for (assumed)."""

# (discriminator, its field, what a node has of it), in the order of the catalogue.
_VALUES: Sequence[tuple[str, str, Callable[[NodeKind], int | float | str]]] = (
    ("MinimumCoreHardwareConstraint", "coreCount", lambda node: node.core_count),
    ("MaximumCoreHardwareConstraint", "coreCount", lambda node: node.core_count),
    ("MinimumRamCoreRatioHardwareConstraint", "minimumMemoryGBCoreRatio", lambda node: node.memory_core_ratio),
    ("MaximumRamCoreRatioHardwareConstraint", "maximumMemoryGBCoreRatio", lambda node: node.memory_core_ratio),
    ("MinimumRamHardwareConstraint", "minimumMemoryMB", lambda node: float(node.memory_mb)),
    ("MaximumRamHardwareConstraint", "maximumMemoryMB", lambda node: float(node.memory_mb)),
    ("SpecificHardwareConstraint", "specificationKey", lambda node: node.specification_key),
    ("CpuModelHardwareConstraint", "cpuModel", lambda node: node.cpu_model),
)
_FLAGS: Mapping[str, Callable[[NodeKind], bool]] = {
    "GpuHardwareConstraint": lambda node: node.gpu,
    "NoGpuHardwareConstraint": lambda node: not node.gpu,
    "SSDHardwareConstraint": lambda node: node.ssd,
    "NoSSDHardwareConstraint": lambda node: not node.ssd,
}


def constraints_list(state: State, command: Command) -> Answer:
    """hardware_constraints_list: a page of the catalogue, by offset."""
    limit = min(cast(int, command.arguments.get("limit", LARGEST_PAGE)), LARGEST_PAGE)
    offset = cast(int, command.arguments.get("offset", 0))
    rows = list(catalogue(state.settings.nodes))
    return Answer({"data": rows[offset : offset + limit], "offset": offset, "limit": limit, "total": len(rows)})


def cpu_models_search(state: State, command: Command) -> Answer:
    """cpu_model_constraints_search: the models that have a word of the text, those with most of them first."""
    wanted = str(command.arguments["cpuModel"])
    models = {node.cpu_model for node in state.settings.nodes}
    ranked = sorted((-_resemblance(model, wanted.lower().split()), len(model), model) for model in models)
    found: list[Json] = [
        {"discriminator": "CpuModelHardwareConstraint", "cpuModel": model} for rank, _, model in ranked if rank
    ]
    if not found:
        raise Refusal(404, f"No CPU model resembles {wanted!r}")
    return Answer(found)


def catalogue(nodes: Sequence[NodeKind]) -> Iterator[dict[str, Json]]:
    """Every constraint as a ready-made object, in a fixed order, none twice."""
    for discriminator, field, value_of in _VALUES:
        for value in sorted({value_of(node) for node in nodes}):
            yield {"discriminator": discriminator, field: value}
    for discriminator, holds in _FLAGS.items():
        if any(holds(node) for node in nodes):
            yield {"discriminator": discriminator}


def _resemblance(model: str, words: Sequence[str]) -> int:
    return sum(word in model.lower() for word in words)
