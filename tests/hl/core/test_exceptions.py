"""The exceptions: one root, the documented constructors, and details that survive pickling."""

from __future__ import annotations

import copy
import pickle

import pytest

from qarnot_hl import exceptions as ex

CLASSES = [getattr(ex, name) for name in ex.__all__]
FREE = [kind for kind in CLASSES if not issubclass(kind, ex.QarnotGenericException)]


def test_every_documented_name_of_the_official_package_exists() -> None:
    from qarnot import exceptions as official

    names = {name for name, kind in vars(official).items() if isinstance(kind, type)}
    assert names <= set(ex.__all__)


@pytest.mark.parametrize("kind", CLASSES)
def test_everything_is_under_one_root(kind: type[ex.QarnotException]) -> None:
    assert issubclass(kind, ex.QarnotException)


@pytest.mark.parametrize("kind", FREE)
def test_a_plain_exception_takes_no_argument_or_a_message(kind: type[ex.QarnotException]) -> None:
    assert str(kind("why")) == "why"
    assert kind().status is None


def test_the_generic_exception_takes_one_message_and_prefixes_it_as_documented() -> None:
    assert str(ex.QarnotGenericException("why")) == "Error: why"
    with pytest.raises(TypeError):
        ex.QarnotGenericException()  # type: ignore[call-arg]


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("transfer", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])
def test_details_survive_copying_and_pickling(kind: type[ex.QarnotException], transfer: object) -> None:
    error = kind("why", status=404, server_message="m", request_id="r", object_id="o", next_step="n")
    twin = transfer(error)  # type: ignore[operator]
    assert type(twin) is kind
    assert (str(twin), vars(twin)) == (str(error), vars(error))
    assert twin.__notes__ == ["n"]
