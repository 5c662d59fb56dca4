# Generated from qarnot_hl/_async/connection.py by scripts/unasync.py. Do not edit.
"""The connection: settings, the REST API, the storage clients, and the ways to tasks, pools, jobs and
buckets.

Building one does no I/O; the first call that needs the network opens it.
"""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar
from weakref import WeakValueDictionary

from qarnot_hl._clock import Clock, WallClock
from qarnot_hl._configuration import load_settings, resettle
from qarnot_hl._console import console_logger
from qarnot_hl._core.exact_body import exact_body
from qarnot_hl._core.filters import ApiFilter
from qarnot_hl._core.json_types import Json, JsonObject
from qarnot_hl._core.limits import limited
from qarnot_hl._core.paging import PaginateResponse
from qarnot_hl._core.settings import Settings
from qarnot_hl._core.storage_access import StorageAccess
from qarnot_hl._core.user_info import UserInfo
from qarnot_hl._core.wire_values import mapping, objects
from qarnot_hl._sync.account import AccountCalls
from qarnot_hl._sync.api import Api
from qarnot_hl._sync.caller import Tags
from qarnot_hl._sync.fanout import run_blocking
from qarnot_hl._sync.searches import SearchCalls
from qarnot_hl._sync.watch_calls import WatchCalls
from qarnot_hl.exceptions import BucketStorageUnavailableException

if TYPE_CHECKING:
    from qarnot_client import AuthenticatedClient
    from qarnot_hl._s3.protocols import S3Client, S3Resource
    from qarnot_hl._sync.bucket import Bucket
    from qarnot_hl._sync.job import Job
    from qarnot_hl._sync.log_following import SharedOutput
    from qarnot_hl._sync.output import Output
    from qarnot_hl._sync.pool import Pool
    from qarnot_hl._sync.task import Task
    from qarnot_hl.scaling import Scaling

T = TypeVar("T")
fresh_nonce = partial(token_hex, 16)  # the system's chance: a script that seeds its own must not repeat itself
NO_STORAGE = "this cluster has no bucket storage"


class Connection(AccountCalls, SearchCalls, WatchCalls):
    """A cluster and an account on it.

    Settings come from, in this order: explicit arguments, environment (``QARNOT_CLUSTER_URL``,
    ``QARNOT_CLIENT_TOKEN``, ``QARNOT_STORAGE_URL``, ``QARNOT_CLUSTER_UNSAFE``, ``QARNOT_CLUSTER_TIMEOUT``),
    ``fileconf``, defaults.

    ``fileconf``: path of a configuration file, or a dict with the same names as these arguments.
    ``cluster_timeout``: seconds for each request; None is 10 to connect and 60 for the rest, 0 no limit.
    ``retry_count``, ``retry_wait``: how often a failed request is repeated where that is safe, and the
    longest first pause in seconds, doubled each time; 0 means none. ``retry_deadline``: seconds that one call
    may spend on repeats, 300 by default; ``retry_budget``: repeats that all calls together have in hand, 60 by
    default, one more each second and for ten successes; 0 means no limit of either. ``exactly_once``: a
    submit carries a nonce in a generated shortname or a label, so that it can be repeated safely; on by default.
    ``on_interrupt``: what Ctrl-C does to the task that is waited for: ``detach`` leaves it running (the default) and
    prints how to come back, ``abort`` ends it, ``ask`` asks in a terminal. KeyboardInterrupt is raised in any case,
    unless the answer is to go on waiting. In the asynchronous flavour the event loop cancels, and it is left running.
    ``cluster_unsafe``,
    ``storage_unsafe``: do not check certificates. ``…_custom_certificate``: a PEM file of authorities to trust.
    ``sanitize_bucket_paths``: drop needless slashes in bucket paths, with a warning if
    ``show_bucket_warnings``. ``logger``: gets what followed tasks say; the default prints to the terminal.

    Raises :class:`~qarnot_hl.exceptions.ConfigurationException` when something is missing or unusable. Works
    as a context manager, which closes the network connections; without it they close with the program.
    """

    def __init__(
        self,
        fileconf: str | os.PathLike[str] | Mapping[str, object] | None = None,
        client_token: str | None = None,
        cluster_url: str | None = None,
        cluster_unsafe: bool = False,
        cluster_timeout: float | None = None,
        storage_url: str | None = None,
        storage_unsafe: bool = False,
        retry_count: int = 5,
        retry_wait: float = 1.0,
        cluster_custom_certificate: str | None = None,
        storage_custom_certificate: str | None = None,
        sanitize_bucket_paths: bool = True,
        show_bucket_warnings: bool = True,
        logger: logging.Logger | None = None,
        *,
        retry_deadline: float | None = None,
        retry_budget: int | None = None,
        exactly_once: bool | None = None,
        on_interrupt: Literal["detach", "abort", "ask"] | None = None,
    ) -> None:
        arguments: dict[str, object] = {
            "token": client_token,
            "cluster_url": cluster_url,
            "cluster_unsafe": cluster_unsafe,
            "cluster_timeout": cluster_timeout,
            "cluster_custom_certificate": cluster_custom_certificate,
            "storage_url": storage_url,
            "storage_unsafe": storage_unsafe,
            "storage_custom_certificate": storage_custom_certificate,
            "retry_count": retry_count,
            "retry_wait": retry_wait,
            "retry_deadline": retry_deadline,
            "retry_budget": retry_budget,
            "exactly_once": exactly_once,
            "on_interrupt": on_interrupt,
            "sanitize_bucket_paths": sanitize_bucket_paths,
            "show_bucket_warnings": show_bucket_warnings,
        }
        self._conf_path = os.fspath(fileconf) if isinstance(fileconf, str | os.PathLike) else None
        self._set_up(load_settings(fileconf, arguments), logger)

    @classmethod
    def _from_settings(
        cls,
        settings: Settings,
        *,
        transport: Any = None,
        clock: Clock | None = None,
        draw: Callable[[], float] = random.random,
        nonce: Callable[[], str] = fresh_nonce,
    ) -> Connection:
        """A connection from resolved settings, with its transport, time and chance exchanged. For tests and
        the mock.
        """
        connection = cls.__new__(cls)
        connection._conf_path = None
        connection._set_up(settings, None, transport=transport, clock=clock, draw=draw, nonce=nonce)
        return connection

    def _set_up(
        self,
        settings: Settings,
        logger: logging.Logger | None,
        *,
        transport: Any = None,
        clock: Clock | None = None,
        draw: Callable[[], float] = random.random,
        nonce: Callable[[], str] = fresh_nonce,
    ) -> None:
        self._settings = settings
        self._clock: Clock = clock or WallClock()
        self._api = Api(settings, self._clock, transport=transport, draw=draw)
        self._nonce = nonce
        self._access: StorageAccess | None = None
        self._outputs: WeakValueDictionary[tuple[object, ...], SharedOutput] = WeakValueDictionary()
        self._storage_clients: dict[tuple[int, str], Any] = {}
        self.logger = logger or console_logger("stdout")
        self.logger_stderr = logger or console_logger("stderr")

    @property
    def cluster(self) -> str:
        """The URL of the REST API."""
        return self._settings.cluster_url

    @property
    def timeout(self) -> float | None:
        """Seconds for each request, as configured."""
        return self._settings.cluster_timeout

    def __repr__(self) -> str:
        """The cluster; never the token."""
        return f"Connection({self._settings.cluster_url!r})"

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Close the network connections."""
        self.close()

    def close(self) -> None:
        """Close the network connections. The object stays usable: a later call opens new ones."""
        self._api.close()
        clients, self._storage_clients = self._storage_clients, {}
        for (pid, kind), client in clients.items():
            if pid == os.getpid():
                (client.meta.client if kind == "resource" else client).close()

    def limits(
        self,
        *,
        deadline: float | None = None,
        retry_count: int | None = None,
        retry_wait: float | None = None,
        timeout: float | None = None,
    ) -> AbstractContextManager[None]:
        """Bound what is called inside a ``with`` block: ``with connection.limits(deadline=30, retry_count=0): ...``

        ``deadline``: seconds for the whole block, from its beginning: requests, repeats, waits, transfers and logs end
        by then with :class:`~qarnot_hl.exceptions.RequestTimeout`. ``retry_count``, ``retry_wait``, ``timeout`` (that
        is ``cluster_timeout``): instead of the connection's. It holds for this thread or asynchronous task, and for
        what it starts. Blocks nest: the nearest deadline counts, and for the rest the inner block.
        """
        return limited(self._clock.monotonic, deadline, retry_count, retry_wait, timeout)

    def _shared_output(self, subject: Output, kind: str, instance_id: int | None) -> SharedOutput:
        """What all followers of one output share, as long as there are any."""
        from qarnot_hl._sync.log_following import SharedOutput

        key = (os.getpid(), subject.NOUN, subject.uuid, kind, instance_id)
        fresh = SharedOutput(kind, instance_id)
        return self._outputs.setdefault(key, fresh)

    def _is_of_same_account(self, other: Connection) -> bool:
        ours, theirs = self._settings, other._settings
        return (ours.cluster_url, ours.token) == (theirs.cluster_url, theirs.token)

    def __getstate__(self) -> dict[str, object]:
        """The settings without the token, which is found again where it is loaded."""
        return {"settings": self._settings, "conf_path": self._conf_path}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self._conf_path = state["conf_path"]
        self._set_up(resettle(state["settings"], self._conf_path), None)

    def __copy__(self) -> Connection:
        """Itself: a connection is shared, not copied."""
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Connection:
        """Itself: a copied task stays on the same connection."""
        return self

    @property
    def user_info(self) -> UserInfo:
        """The account, its limits and counts, asked anew each time."""
        return self._user_info()

    def cluster_settings(self) -> JsonObject:
        """What the cluster tells about itself without a token: ``storage`` is the URL of the bucket storage,
        or None.
        """
        from qarnot_client.api.service import settings_get

        return mapping(self._call(settings_get._get_kwargs(), "settings_get"))

    def versions(self) -> list[JsonObject]:
        """The API versions of the cluster: ``version`` and ``endOfLife`` each."""
        from qarnot_client.api.service import versions_list

        return objects(self._call(versions_list._get_kwargs(), "versions_list"))

    def generated_client(self) -> AuthenticatedClient:
        """A client for the generated operations in ``qarnot_client.api``, which raises this package's
        exceptions.

        Each call gives a new one with connections of its own; it is a context manager that closes them.
        """
        from qarnot_hl._wire import generated_client

        return generated_client(self._api._http)

    @property
    def storage(self) -> str | None:
        """The URL of the bucket storage, as configured or else as the cluster tells; None when it has none."""
        return self._storage_url()

    def _storage_url(self) -> str | None:
        endpoint: Json = self._access.endpoint if self._access else self._settings.storage_url
        if endpoint is None:
            endpoint = (self.cluster_settings()).get("storage", "https://storage.qarnot.com")
        return endpoint if isinstance(endpoint, str) and endpoint else None

    def _storage_access(self) -> StorageAccess:
        """Endpoint and credentials of the storage, asked once.

        Raises :class:`~qarnot_hl.exceptions.BucketStorageUnavailableException` when the cluster has none.
        """
        if self._access is None:
            endpoint = self._storage_url()
            if endpoint is None:
                raise BucketStorageUnavailableException(
                    NO_STORAGE, next_step="Work without buckets, or set storage_url."
                )
            email = (self._user_info()).email
            self._access = StorageAccess(endpoint, email, self._settings.token)
        return self._access

    @property
    def s3client(self) -> S3Client:
        """A boto3 S3 client of the account's storage, made once.

        Raises :class:`~qarnot_hl.exceptions.BucketStorageUnavailableException` when the cluster has no
        storage.
        """
        return self._s3client()

    def _s3client(self) -> S3Client:
        from qarnot_hl._s3.client import build_client

        return self._storage_client("client", build_client)

    @property
    def s3resource(self) -> S3Resource:
        """A boto3 S3 resource of the account's storage, made once. Not to be shared between threads.

        Raises :class:`~qarnot_hl.exceptions.BucketStorageUnavailableException` when the cluster has no
        storage.
        """
        from qarnot_hl._s3.client import build_resource

        return self._storage_client("resource", build_resource)

    def _storage_client(self, kind: str, build: Callable[[Settings, StorageAccess], T]) -> T:
        """One client per kind and process: sockets must not be shared across a fork."""
        key = (os.getpid(), kind)
        if key not in self._storage_clients:
            access = self._storage_access()
            self._storage_clients[key] = run_blocking(build, self._settings, access)
        client: T = self._storage_clients[key]
        return client

    def buckets(self) -> list[Bucket]:
        """All buckets of the account."""
        from qarnot_hl._s3.errors import translated
        from qarnot_hl._sync.bucket import Bucket

        client = self._s3client()
        with translated("list the buckets", "*"):
            listing = run_blocking(client.list_buckets)
        return [Bucket(self, entry["Name"], create=False) for entry in listing.get("Buckets", [])]

    def create_bucket(self, name: str) -> Bucket:
        """The bucket of that name, created if there is none."""
        from qarnot_hl._sync.bucket import Bucket

        bucket = Bucket(self, name, create=False)
        bucket.create()
        return bucket

    def retrieve_or_create_bucket(self, uuid: str) -> Bucket:
        """The bucket of that name, created if there is none."""
        return self.create_bucket(uuid)

    def retrieve_bucket(self, uuid: str) -> Bucket:
        """The existing bucket of that name.

        Raises :class:`~qarnot_hl.exceptions.MissingBucketException` when there is none, which here is a
        ``botocore.exceptions.ClientError`` too, as documented.
        """
        from qarnot_hl._s3.documented import translated_for_retrieve
        from qarnot_hl._sync.bucket import Bucket

        client = self._s3client()
        with translated_for_retrieve(uuid):
            run_blocking(partial(client.head_bucket, Bucket=uuid))
        return Bucket(self, uuid, create=False)

    def create_task(
        self,
        name: str,
        profile_or_pool: str | Pool | Job | None = None,
        instancecount_or_range: int | str = 1,
        shortname: str | None = None,
        job: Job | None = None,
    ) -> Task:
        """A new task, not submitted yet, with a profile or in a submitted pool or job. ``instancecount_or_range``: how
        many instances, or ranges such as ``"1-3,7"``. ``job``: the submitted job it belongs to.
        """
        from qarnot_hl._sync.task import Task

        return Task(self, name, profile_or_pool, instancecount_or_range, shortname, job)

    def retrieve_task(self, uuid: str) -> Task:
        """The task of that uuid or shortname. Raises :class:`~qarnot_hl.exceptions.MissingTaskException`."""
        from qarnot_client.api.tasks import task_get
        from qarnot_hl._sync.task import Task

        body = self._call(task_get._get_kwargs(uuid), "task_get")
        return Task.from_json(self, mapping(body))

    def tasks(self, tags: Tags = None, summary: bool = True, tags_intersect: Tags = None) -> list[Task]:
        """All tasks of the account, or those with any of ``tags``, or with all of ``tags_intersect`` (which
        wins).

        ``summary``: fetch the short form, faster; a field that it lacks is fetched when it is first read.
        """
        found = self.all_tasks(summary=summary, tags=tags, tags_intersect=tags_intersect)
        return list(found)

    def all_tasks(
        self,
        summary: bool = True,
        tags: Tags = None,
        tags_intersect: Tags = None,
        *,
        filters: ApiFilter | None = None,
        order_by: str | None = None,
        descending: bool = False,
        page_size: int | None = None,
    ) -> Iterator[Task]:
        """Iterate over the tasks as :meth:`tasks_page` gives them, fetching a page when the last one is used
        up.
        """
        fetch = partial(
            self.tasks_page,
            maximum=page_size,
            summary=summary,
            tags=tags,
            tags_intersect=tags_intersect,
            filters=filters,
            order_by=order_by,
            descending=descending,
        )
        yield from self._through(fetch)

    def tasks_page(
        self,
        token: str | None = None,
        maximum: int | None = None,
        summary: bool = True,
        tags: Tags = None,
        tags_intersect: Tags = None,
        *,
        filters: ApiFilter | None = None,
        order_by: str | None = None,
        descending: bool = False,
    ) -> PaginateResponse[Task]:
        """One page of tasks: the first, or the one that ``token`` of an earlier page asks for.

        ``maximum``: tasks on the page at most (default: the server's choice). ``filters``: made by
        :class:`~qarnot_hl.filters.Filters`, holds together with the tags. ``order_by``: ``creationDate``,
        ``name``, ``state`` or ``executionTime``. A filtered page always holds complete tasks, because
        summaries know no filters (inferred).
        """
        from qarnot_hl._sync.task import Task

        def read(entry: JsonObject, short: bool) -> Task:
            return Task.from_json(self, entry, short)

        both, order = (tags, tags_intersect), (order_by, descending)
        return self._page("task", read, token, maximum, both, filters, order, summary)

    def submit_tasks(self, tasks: Sequence[Task], *, submit_id: str | None = None) -> None:
        """Submit many tasks in one request. Tasks that are submitted already are left alone.

        ``submit_id``: as for ``Task.submit``, of the list: a program that died submits the same list again, in
        the same order, and what is there is taken over. Each task is asked for first then.

        Raises :class:`~qarnot_hl.exceptions.BulkSubmitException` listing each refused task; the others are
        submitted then.
        """
        from qarnot_hl._sync.bulk import submit_tasks

        submit_tasks(self, tasks, submit_id)

    def create_job(
        self,
        name: str,
        pool: Pool | str | None = None,
        shortname: str | None = None,
        useDependencies: bool = False,  # noqa: N803  (the documented spelling)
    ) -> Job:
        """A new job, not submitted yet. ``pool``: the submitted pool where its tasks run, or its uuid.
        ``useDependencies``: whether its tasks may wait for one another.
        """
        from qarnot_hl._sync.job import Job

        return Job(self, name, pool, shortname, useDependencies)

    def retrieve_job(self, uuid: str) -> Job:
        """The job of that uuid or shortname. Raises :class:`~qarnot_hl.exceptions.MissingJobException`."""
        from qarnot_client.api.jobs import job_get
        from qarnot_hl._sync.job import Job

        return Job.from_json(self, mapping(self._call(job_get._get_kwargs(uuid), "job_get")))

    def jobs(self, tags: Tags = None, tags_intersect: Tags = None) -> list[Job]:
        """All jobs of the account, or those with any of ``tags``, or with all of ``tags_intersect`` (which
        wins).
        """
        return list(self.all_jobs(tags, tags_intersect))

    def all_jobs(
        self,
        tags: Tags = None,
        tags_intersect: Tags = None,
        *,
        filters: ApiFilter | None = None,
        order_by: str | None = None,
        descending: bool = False,
        page_size: int | None = None,
    ) -> Iterator[Job]:
        """Iterate over the jobs as :meth:`jobs_page` gives them, fetching a page when the last one is used
        up.
        """
        fetch = partial(
            self.jobs_page,
            maximum=page_size,
            tags=tags,
            tags_intersect=tags_intersect,
            filters=filters,
            order_by=order_by,
            descending=descending,
        )
        yield from self._through(fetch)

    def jobs_page(
        self,
        token: str | None = None,
        maximum: int | None = None,
        tags: Tags = None,
        tags_intersect: Tags = None,
        *,
        filters: ApiFilter | None = None,
        order_by: str | None = None,
        descending: bool = False,
    ) -> PaginateResponse[Job]:
        """One page of jobs, as :meth:`tasks_page`. ``order_by``: ``creationDate``, ``name`` or ``state``."""
        from qarnot_hl._sync.job import Job

        def read(entry: JsonObject, short: bool) -> Job:
            return Job.from_json(self, entry)

        both, order = (tags, tags_intersect), (order_by, descending)
        return self._page("job", read, token, maximum, both, filters, order)

    def create_pool(self, name: str, profile: str, instancecount: int = 1, shortname: str | None = None) -> Pool:
        """A new pool of ``instancecount`` slots, not submitted yet."""
        from qarnot_hl._sync.pool import Pool

        return Pool(self, name, profile, instancecount, shortname)

    def create_elastic_pool(
        self,
        name: str,
        profile: str,
        minimum_total_slots: int = 0,
        maximum_total_slots: int = 1,
        minimum_idle_slots: int = 0,
        minimum_idle_time_seconds: int = 0,
        resize_factor: float = 1,
        resize_period: int = 90,
        shortname: str | None = None,
    ) -> Pool:
        """A new pool that grows and shrinks, not submitted yet; see ``Pool.setup_elastic`` for the settings."""
        pool = self.create_pool(name, profile, 0, shortname)
        pool.setup_elastic(
            minimum_total_slots,
            maximum_total_slots,
            minimum_idle_slots,
            minimum_idle_time_seconds,
            resize_factor,
            resize_period,
        )
        return pool

    def retrieve_pool(self, uuid: str) -> Pool:
        """The pool of that uuid or shortname. Raises :class:`~qarnot_hl.exceptions.MissingPoolException`."""
        from qarnot_client.api.pools import pool_get
        from qarnot_hl._sync.pool import Pool

        return Pool.from_json(self, mapping(self._call(pool_get._get_kwargs(uuid), "pool_get")))

    def pools(self, summary: bool = True, tags_intersect: Tags = None, tags: Tags = None) -> list[Pool]:
        """All pools of the account, or those with all of ``tags_intersect``, or else with any of ``tags``.

        ``summary``: fetch the short form, faster; a field that it lacks is fetched when it is first read.
        """
        return list(self.all_pools(summary, tags, tags_intersect))

    def all_pools(
        self,
        summary: bool = True,
        tags: Tags = None,
        tags_intersect: Tags = None,
        *,
        filters: ApiFilter | None = None,
        order_by: str | None = None,
        descending: bool = False,
        page_size: int | None = None,
    ) -> Iterator[Pool]:
        """Iterate over the pools as :meth:`pools_page` gives them, fetching a page when the last one is used
        up.
        """
        fetch = partial(
            self.pools_page,
            maximum=page_size,
            summary=summary,
            tags=tags,
            tags_intersect=tags_intersect,
            filters=filters,
            order_by=order_by,
            descending=descending,
        )
        yield from self._through(fetch)

    def pools_page(
        self,
        token: str | None = None,
        maximum: int | None = None,
        summary: bool = True,
        tags: Tags = None,
        tags_intersect: Tags = None,
        *,
        filters: ApiFilter | None = None,
        order_by: str | None = None,
        descending: bool = False,
    ) -> PaginateResponse[Pool]:
        """One page of pools, as :meth:`tasks_page`."""
        from qarnot_hl._sync.pool import Pool

        def read(entry: JsonObject, short: bool) -> Pool:
            return Pool.from_json(self, entry, short)

        both, order = (tags, tags_intersect), (order_by, descending)
        return self._page("pool", read, token, maximum, both, filters, order, summary)

    def check_scaling(self, scaling: Scaling) -> None:
        """Ask whether a pool could have this scaling; nothing is changed.

        Raises :class:`~qarnot_hl.exceptions.QarnotGenericException` saying what is not valid.
        """
        from qarnot_client.api.pools import scaling_check
        from qarnot_client.models.scaling import Scaling as Body

        self._call(scaling_check._get_kwargs(body=exact_body(Body, scaling.to_json())), "scaling_check")
