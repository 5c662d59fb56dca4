"""The decisions of the hook that ``qarnot-mock run`` gives to Python commands, without replacing any function."""

from __future__ import annotations

import importlib.util
from types import ModuleType

import pytest

from qarnot_mock.timewarp.environment import HOOK


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("qarnot_mock_hook", HOOK / "sitecustomize.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("QARNOT_MOCK_GUARD", raising=False)
        spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("name", "service"),
    [
        ("api.qarnot.com", "REST"),
        ("qarnot.com", "REST"),
        ("forward.qarnot.com", "REST"),
        ("storage.qarnot.com", "STORAGE"),
        ("a-bucket.storage.qarnot.com", "STORAGE"),
        ("a.bucket.storage.qarnot.com", None),
        ("deep.down.qarnot.com", None),
    ],
)
def test_each_real_name_has_the_service_that_its_certificate_covers(
    hook: ModuleType, name: str, service: str | None
) -> None:
    assert hook._service(name) == (service and getattr(hook, service))


@pytest.mark.parametrize(
    "address",
    [
        ("127.0.0.1", 443),
        ("notqarnot.com", 443),
        ("qarnot.com.invalid", 443),
        ("::1", 443, 0, 0),
        "/a/socket",
        (),
        (bytearray(b"::1"), 1),
    ],
)
def test_other_addresses_are_left_alone(hook: ModuleType, address: object) -> None:
    guide = hook.Guide("http://127.0.0.1:1", 2, 3)
    assert guide.target(address) is address


@pytest.mark.parametrize("address", [("deep.down.qarnot.com", 443), ("127.113.97.1", 80), (b"storage.qarnot.com", 22)])
def test_what_no_certificate_covers_is_refused_before_any_lookup(hook: ModuleType, address: object) -> None:
    guide = hook.Guide("http://127.0.0.1:1", 2, 3)
    with pytest.raises(ConnectionRefusedError, match="QARNOT_CLUSTER_URL"):
        guide.target(address)


@pytest.mark.parametrize("event", ["socket.getaddrinfo", "socket.gethostbyname", "socket.connect", "socket.sendto"])
def test_a_real_name_that_went_around_the_replaced_functions_is_refused(
    hook: ModuleType, event: str, capsys: pytest.CaptureFixture[str]
) -> None:
    guide = hook.Guide("http://127.0.0.1:1", 2, 3)
    arguments: list[object] = [None, None]
    arguments[hook.HOST_OF[event]] = ("api.qarnot.com", 443) if hook.HOST_OF[event] else b"api.qarnot.com"
    with pytest.raises(ConnectionRefusedError, match="QARNOT_CLUSTER_URL"):
        guide.refuse_real_names(event, tuple(arguments))
    assert "--allow-real" in capsys.readouterr().err


def test_other_events_are_none_of_its_business(hook: ModuleType) -> None:
    guide = hook.Guide("http://127.0.0.1:1", 2, 3)
    guide.refuse_real_names("open", ("api.qarnot.com",))
    guide.refuse_real_names("socket.connect", (None, ("192.0.2.1", 443)))
