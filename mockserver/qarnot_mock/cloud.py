"""The cloud behind the protocol shells: tenants on one clock, commands in, effects out, one step at a time.

Sans-IO: :meth:`Cloud.rest` and :meth:`Cloud.s3` turn a request into a response for whoever carries the bytes. A lock
makes each step (advance, apply, perform) one; executors and timers may call in from other threads.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import ClassVar

import attrs

from qarnot_mock.clock import Clock, Wall, wall_clock
from qarnot_mock.contract import Contract
from qarnot_mock.facts import COPIES, bucket_names
from qarnot_mock.faults.identify import access_key, storage_operation
from qarnot_mock.faults.injection import Faults
from qarnot_mock.faults.kinds import REST, S3
from qarnot_mock.http import control, dialect
from qarnot_mock.http.document import Document
from qarnot_mock.http.rest import RestApp
from qarnot_mock.messages import Request, Response
from qarnot_mock.observation import Observation, Observer
from qarnot_mock.sim.commands import Answer, Command, Instant, Json, Refusal
from qarnot_mock.sim.effects import CreateBucket, Effect, InstanceKey, PutObject
from qarnot_mock.storage.accounts import Account
from qarnot_mock.storage.handler import S3Handler
from qarnot_mock.storage.store import StoreError
from qarnot_mock.tenants import Furnish, Tenant, Tenants, same_token

log = logging.getLogger("qarnot_mock")

LOST: Json = {"code": "NodeLost", "message": "The server of the cloud died while the instance was running"}
"""The report of an instance whose process did not survive."""

API_VERSIONS: Json = [{"version": "v1", "endOfLife": None}]


@attrs.frozen
class CloudSettings:
    """``storage_url`` is what ``GET /settings`` announces (None: no bucket storage). ``accounts`` maps token to e-mail
    and closes the door; None lets any token in. Without ``admin_token`` nobody is the administrator.
    ``storage_elsewhere``: the storage URL is another server's, and nothing is answered here."""

    storage_url: str | None = None
    accounts: Mapping[str, str] | None = attrs.field(default=None, repr=False)
    admin_token: str | None = attrs.field(default=None, repr=False)
    seed: int = 0
    storage_elsewhere: bool = False


class Cloud:
    """All tenants of one server. ``on_due``, when set, is told the instant at which a world next moves by itself.

    ``observers`` see every exchange of the API; each member of ``observed_by`` makes one for every cloud that is built.
    """

    observed_by: ClassVar[list[Callable[[], Observer]]] = []

    def __init__(
        self,
        contract: Contract,
        clock: Clock,
        furnish: Furnish,
        settings: CloudSettings = CloudSettings(),
        wall: Wall = wall_clock,
        written: Mapping[str, str] | None = None,
    ) -> None:
        self.clock = clock
        self.settings = settings
        self.lifecycles = contract.lifecycles
        self.tenants = Tenants(furnish, settings.accounts, written)
        self.contract_errors: list[str] = []
        self.on_due: Callable[[Instant], None] | None = None
        self.on_close: Callable[[], None] = lambda: None
        self.faults = Faults(Document(contract.openapi), settings.seed, clock.now)
        self.observers = [make() for make in self.observed_by]
        self._lock = threading.RLock()
        built_in: Mapping[str, Callable[[], Json]] = {
            "settings_get": lambda: {"storage": settings.storage_url},
            "versions_list": lambda: API_VERSIONS,
        }
        self._rest = RestApp(contract, self, built_in, self.contract_errors.append)
        self._s3 = S3Handler(self._account, clock.now, wall)
        self._control = control.ControlApi(self)

    def rest(self, request: Request) -> Response:
        """Answer a request to the REST port, the control API included."""
        if request.path == control.ROOT or request.path.startswith(control.ROOT + "/"):
            return self._control.handle(request)
        if not self.observers:
            return self.faults.around(REST, request, lambda: self._identify_rest(request), self._rest.handle)
        return self._observed(request)

    def s3(self, request: Request) -> Response:
        """Answer a request to the storage port."""
        return self.faults.around(S3, request, lambda: self._identify_s3(request), self._s3_exchange)

    def _observed(self, request: Request) -> Response:
        """Answer, and show what the cloud answered; where a fault kept a request from it, what the fault did."""
        reached = False

        def handle(request: Request) -> Response:
            nonlocal reached
            with self._lock:  # one exchange after the other, so that they are observed in the order of their steps
                response = self._rest.handle(request)
                self._show(request, response)
            reached = True
            return response

        response = self.faults.around(REST, request, lambda: self._identify_rest(request), handle)
        if not reached:
            self._show(request, response, faulty=True)
        return response

    def _s3_exchange(self, request: Request) -> Response:
        if self.settings.storage_elsewhere:
            return dialect.message(421, f"The storage of this mock is elsewhere: {self.settings.storage_url}")
        try:
            return self._s3.handle(request)
        except Exception as error:
            self._fault(f"{request.method} {request.path} failed on the storage port", error)
            return Response(500)

    def _identify_rest(self, request: Request) -> tuple[str, str]:
        tenant = self.authenticate(request.header("authorization").strip())
        return self._rest.operation(request), tenant.identity.digest if tenant else ""

    def _identify_s3(self, request: Request) -> tuple[str, str]:
        with self._lock:
            tenant = self.tenants.by_email(access_key(request))
        return storage_operation(request), tenant.identity.digest if tenant else ""

    def authenticate(self, token: str) -> Tenant | None:
        """The tenant of a token; in open mode it may be born here."""
        with self._lock:
            return self.tenants.enter(token)

    def is_admin(self, token: str) -> bool:
        """True for the administrator's token."""
        expected = self.settings.admin_token
        return expected is not None and same_token(token, expected)

    def facts(self, tenant: Tenant, command: Command) -> Mapping[str, Json]:
        """What a world must know but cannot look up: which of the buckets that it is about exist, what is stored.

        Raises :class:`~qarnot_mock.sim.commands.Refusal` when the storage is elsewhere and does not tell.
        """
        try:
            return self._facts(tenant, command)
        except StoreError as error:
            raise Refusal(503, error.message) from error

    def _facts(self, tenant: Tenant, command: Command) -> Mapping[str, Json]:
        if command.operation == "info_get":
            account = tenant.account
            return {"bucketCount": len(account.store.bucket_names()), "usedQuotaBytes": account.used_bytes()}
        copied = tenant.world.definition(command) if command.operation in COPIES else None
        names = bucket_names([command.body, copied])
        if not names:
            return {}
        existing = set(tenant.account.store.bucket_names())
        return {"buckets": {name: name in existing for name in sorted(names)}}

    def execute(self, tenant: Tenant, command: Command) -> Answer:
        """One step of a tenant's world. Raises :class:`~qarnot_mock.sim.commands.Refusal`."""
        with self._lock, tenant.account.lock:  # the storage commits nothing in the middle of a step
            self._advance(tenant)
            try:
                answer = tenant.world.apply(command)
                tenant.journal.accept(command, tenant.world.now)
            finally:
                self._perform(tenant)
                self._announce(tenant)
            self._keep(tenant)
            return answer

    def report(self, tenant: Tenant, command: Command) -> None:
        """Take an executor's report, from any thread. What no longer concerns anybody is dropped; never raises."""
        try:
            with self._lock:
                if tenant in self.tenants:
                    self.execute(tenant, command)
        except Refusal as error:
            log.debug("%s of %s came too late: %s", command.operation, tenant.identity.digest, error)
        except Exception as error:
            self._fault(f"{command.operation} failed", error)

    def tick(self) -> None:
        """Let every world catch up with the clock. One that fails does not hold up the others."""
        with self._lock:
            for tenant in self.tenants:
                try:
                    self._advance(tenant)
                    self._announce(tenant)
                    self._keep(tenant)
                except Exception as error:
                    self._fault(f"the world of {tenant.identity.digest} stopped", error)

    def catch_up(self, tenant: Tenant) -> None:
        """Let one world catch up with the clock."""
        with self._lock:
            self._advance(tenant)

    @contextlib.contextmanager
    def still(self, tenant: Tenant) -> Iterator[None]:
        """Hold up all else for the duration of a ``with`` block, whose changes to a tenant last together."""
        with self._lock, tenant.account.lock:
            self._advance(tenant)
            yield
            self._advance(tenant)
            self._announce(tenant)
            self._keep(tenant)

    def lose(self, tenant: Tenant, instances: Iterable[InstanceKey]) -> None:
        """Report instances whose processes are not here: their nodes are lost."""
        for key in instances:
            where: Mapping[str, Json] = {"task": key.task, "instanceId": key.instance_id, "attempt": key.attempt}
            self.report(tenant, Command("executor_failed", where, LOST))

    def next_due(self) -> Instant | None:
        """When the first of all worlds moves by itself."""
        with self._lock:
            dues = (tenant.world.next_due() for tenant in self.tenants)
            return min((due for due in dues if due is not None), default=None)

    @property
    def busy(self) -> bool:
        """True while an executor works: virtual time must not jump."""
        return any(tenant.executor is not None and tenant.executor.busy for tenant in self.tenants)

    def reset(self, tenant: Tenant) -> None:
        """Give a tenant an empty account again: no tasks, no buckets, no journal."""
        with self._lock:
            self.tenants.renew(tenant)
        if tenant.executor is not None:
            tenant.executor.close()

    def close(self) -> None:
        """End the executors of all tenants, then give back what they are written down in. Idempotent."""
        for tenant in self.tenants:
            if tenant.executor is not None:
                tenant.executor.close()
        self.on_close()

    def _fault(self, what: str, error: Exception) -> None:
        """A bug of the mock where no answer can carry it: recorded, so that tests fail, and logged."""
        self.contract_errors.append(f"{what}: {type(error).__name__}: {error}")
        log.error("%s", what, exc_info=error)

    def _show(self, request: Request, response: Response, *, faulty: bool = False) -> None:
        token = request.header("authorization").strip()
        observation = Observation(self.clock.now(), self.tenants.known(token), request, response, faulty)
        for observe in self.observers:
            try:
                observe(observation)
            except Exception as error:
                self._fault(f"an observer failed on {request.method} {request.path}", error)

    def _account(self, access_key: str) -> Account | None:
        """The account behind an S3 access key, its world brought up to now: results may have become due."""
        with self._lock:
            tenant = self.tenants.by_email(access_key)
            if tenant is None:
                return None
            self._advance(tenant)
            quotas = tenant.world.settings.quotas
            tenant.account.quota_bytes, tenant.account.max_buckets = quotas.quota_bytes, quotas.max_bucket
            return tenant.account

    def _advance(self, tenant: Tenant) -> None:
        """Move a world to now, event by event, so that each effect is performed at its own time."""
        world, now = tenant.world, self.clock.now()
        with tenant.account.lock:  # the storage commits nothing in the middle of a step
            while (due := world.next_due()) is not None and due <= now:
                world.advance_to(max(due, world.now))
                self._perform(tenant)
            world.advance_to(max(now, world.now))
            self._perform(tenant)

    def _perform(self, tenant: Tenant) -> None:
        effects = [*tenant.backlog, *((tenant.world.now, effect) for effect in tenant.world.take_effects())]
        tenant.backlog.clear()
        for at, effect in effects:
            try:
                self._perform_one(tenant, effect, at)
            except StoreError as error:
                log.warning("%s of %s: %s", type(effect).__name__, tenant.identity.digest, error)
        tenant.performed += len(effects)
        if effects and tenant.record is not None:
            tenant.record.progress(tenant.performed, tenant.world.now)

    def _keep(self, tenant: Tenant) -> None:
        """Make what a tenant did last, together with the time that it has reached."""
        if tenant.record is not None:
            with tenant.account.lock:  # no operation on the storage is in the middle of its work
                tenant.record.progress(tenant.performed, tenant.world.now)
                tenant.account.commit()

    def recover(self, scenario: Mapping[str, Json] | None) -> None:
        """Bring back all tenants that are written down; what ran when the server died is lost with its node.

        A ``scenario`` that this server was asked for is put in force where another one is.
        """
        with self._lock:
            for tenant in self.tenants.recall():
                self.lose(tenant, tenant.abroad)
                if scenario is not None and tenant.world.settings.script.document != scenario:
                    self.execute(tenant, Command("mock_scenario", {}, scenario))
                self._advance(tenant)
                self._keep(tenant)

    def _perform_one(self, tenant: Tenant, effect: Effect, now: Instant) -> None:
        store = tenant.account.store
        if isinstance(effect, CreateBucket):
            store.create_bucket(effect.bucket, now)
        elif isinstance(effect, PutObject):
            store.put(effect.bucket, effect.key, effect.content, now)
        elif tenant.executor is not None:
            tenant.executor.perform(effect, store, partial(self.report, tenant))

    def _announce(self, tenant: Tenant) -> None:
        if self.on_due is not None and (due := tenant.world.next_due()) is not None:
            self.on_due(due)
