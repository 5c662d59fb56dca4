"""The pytest plugin: ``qarnot_cloud``, a fresh cloud for each test, in this process and on virtual time.

Loaded by pytest wherever the package is installed, so it imports nothing but pytest until a test asks for a fixture.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from qarnot_mock.cloud import Cloud
    from qarnot_mock.testing.cloud import QarnotCloud
    from qarnot_mock.testing.wanted import Wanted

MARKER = (
    "qarnot(seed, world, scenario, faults, executor='simulated'): what the cloud of a test is made of: "
    "world is a WorldSettings, scenario a name of the library, a file or a mapping, faults are like those of a scenario"
)
CONTRACT_MARKER = (
    "qarnot_contract(*words): in contract mode, what the exchanges of this test may be: tolerated (our own client "
    "needs a tolerance), violation (a request violates the spec), breach (an answer or a change of state does)"
)
CONTRACT_MODE = "judge every exchange with a mock by the spec, and fail the test of one that violates it"
CONTRACT_PLUGIN = "qarnot_contract_mode"
TOKEN = "token-of-the-test"
REST_URL, STORAGE_URL = "https://api.qarnot.com", "https://storage.qarnot.com"
CLOUD = pytest.StashKey["QarnotCloud"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """What contract mode is asked for with."""
    group = parser.getgroup("qarnot")
    group.addoption("--qarnot-contract", action="store_true", help=CONTRACT_MODE)
    group.addoption("--qarnot-contract-report", metavar="FILE", help="write the coverage of the contract as JSON")
    parser.addini("qarnot_contract", CONTRACT_MODE, type="bool", default=False)


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers known, and begin contract mode when it is asked for."""
    config.addinivalue_line("markers", MARKER)
    config.addinivalue_line("markers", CONTRACT_MARKER)
    wanted = config.getoption("--qarnot-contract") or config.getoption("--qarnot-contract-report")
    if wanted or config.getini("qarnot_contract"):
        _require("contract mode")
        from qarnot_mock.conformance.plugin import ContractMode

        config.pluginmanager.register(ContractMode(config), CONTRACT_PLUGIN)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    """Show, below a test that failed, what it asked of the cloud last."""
    report: pytest.TestReport = yield
    cloud = item.stash.get(CLOUD, None)
    if cloud is not None and report.when == "call" and report.failed:
        report.sections.append((f"Qarnot cloud (seed {cloud.seed}, now {cloud.now:%Y-%m-%dT%H:%M:%SZ})", cloud.tail()))
    return report


@pytest.fixture
def qarnot_contract(request: pytest.FixtureRequest) -> Callable[..., contextlib.AbstractContextManager[None]]:
    """``with qarnot_contract("violation"):`` what is asked within may be that; without contract mode anything may."""
    mode = request.config.pluginmanager.get_plugin(CONTRACT_PLUGIN)
    return mode.expecting if mode is not None else lambda *words: contextlib.nullcontext()


@pytest.fixture
def qarnot_cloud(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[QarnotCloud]:
    """A cloud of this test alone, under the usual addresses, without a socket.

    httpx, requests and botocore clients reach it, whenever they were made; ``Connection()`` needs no configuration.
    Sleeping takes no time: the cloud's clock moves instead, and a little with each request. Anything else that would
    connect to ``*.qarnot.com`` is refused. A failing test shows what was asked last.
    """
    _require("qarnot_cloud")
    from qarnot_hl._s3.transport import HttpTransport
    from qarnot_mock.assemble import build_cloud
    from qarnot_mock.clock import VirtualClock
    from qarnot_mock.testing.cloud import QarnotCloud
    from qarnot_mock.testing.data_plane import engine_intercepted
    from qarnot_mock.testing.intercept import intercepted

    wanted = _wanted(request)
    clock = VirtualClock()
    backend = build_cloud(
        seed=wanted.seed,
        clock=clock,
        storage_url=STORAGE_URL,
        world_settings=wanted.world,
        scenario=wanted.scenario,
        make_executor=wanted.make_executor(),
    )
    wanted.put_faults(backend)
    cloud = QarnotCloud(backend, TOKEN, REST_URL, STORAGE_URL, wanted.seed)
    with (
        contextlib.closing(backend),
        intercepted(cloud.answer, cloud.pause),
        engine_intercepted(HttpTransport, cloud.answer, cloud.pause),
    ):
        yield from _lent(request, monkeypatch, cloud, clock)


@pytest.fixture
def qarnot_server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[QarnotCloud]:
    """The same on two sockets of this machine, for clients in any language: ``url``, ``storage_url`` and ``token``.

    The ``QARNOT_*`` variables lead there, also in processes that the test starts. Their sleeps do not move the clock;
    the test's do, and so does ``advance``.
    """
    _require("qarnot_server")
    from qarnot_mock.clock import VirtualClock
    from qarnot_mock.options import Options
    from qarnot_mock.server import open_server
    from qarnot_mock.testing.cloud import QarnotCloud

    wanted = _wanted(request)
    options = Options(
        "127.0.0.1", 0, 0, "virtual", None, wanted.executor, None, wanted.seed, False, scenario=wanted.scenario
    )
    made: list[QarnotCloud] = []

    def handlers(backend: Cloud) -> Any:
        wanted.put_faults(backend)
        made.append(QarnotCloud(backend, TOKEN, "", "", wanted.seed))
        return made[0].rest, made[0].s3

    server = open_server(
        options, wanted.make_executor(), fixed_epoch=True, world_settings=wanted.world, handlers=handlers
    )
    cloud = made[0]
    cloud.url, cloud.storage_url = server.url, server.storage_url
    assert isinstance(cloud.clock, VirtualClock)
    monkeypatch.setenv("QARNOT_STORAGE_URL", server.storage_url)
    with server.in_thread():
        yield from _lent(request, monkeypatch, cloud, cloud.clock)


def _lent(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, cloud: QarnotCloud, clock: Any
) -> Iterator[QarnotCloud]:
    """The cloud for the duration of the test, with everything in place that leads to it."""
    from qarnot_hl._clock import standing_in
    from qarnot_mock.testing.guard import real_cloud_refused
    from qarnot_mock.testing.time_hooks import CloudClock, sleeping_on

    request.node.stash[CLOUD] = cloud
    for name, value in _environment(cloud).items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    with contextlib.ExitStack() as stack:
        stack.enter_context(real_cloud_refused())
        stack.enter_context(standing_in(CloudClock(clock, cloud.pause)))
        stack.enter_context(sleeping_on(cloud.pause))
        yield cloud
    if cloud.contract_errors:
        pytest.fail("the mock broke its own contract, which is a bug of the mock:\n" + "\n".join(cloud.contract_errors))


def _environment(cloud: QarnotCloud) -> Mapping[str, str | None]:
    """What makes a connection without configuration find the cloud; a variable of the person's own must not."""
    served = cloud.url != REST_URL
    return {
        "QARNOT_CLUSTER_URL": cloud.url if served else None,
        "QARNOT_STORAGE_URL": cloud.storage_url if served else None,
        "QARNOT_CLIENT_TOKEN": cloud.token,
        "QARNOT_CLUSTER_UNSAFE": None,
        "QARNOT_CLUSTER_TIMEOUT": None,
        "NO_PROXY": "*",
        "no_proxy": "*",
    }


def _wanted(request: pytest.FixtureRequest) -> Wanted:
    """What the markers ask for, the nearest one first. Raises UsageError for what cannot be had."""
    from qarnot_mock.testing.wanted import UnknownWord, wanted

    try:
        return wanted([(mark.args, mark.kwargs) for mark in request.node.iter_markers("qarnot")])
    except UnknownWord as error:
        raise pytest.UsageError(str(error)) from error


def _require(fixture: str) -> None:
    """Name the extra when it is missing, before an import would fail."""
    try:
        import jsonschema_rs
        import respx
        import uvicorn
    except ImportError as error:
        raise pytest.UsageError(f"{fixture} needs more than the base install: pip install 'qarnot-hl[mock]'") from error
    del jsonschema_rs, respx, uvicorn
