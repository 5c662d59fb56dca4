"""A cloud under random legal and illegal operations, in random order, while its time passes.

Whatever is seen of its tasks, jobs and pools is held to ``spec/lifecycles.yaml`` by the independent checker; every
refusal must have its reason, every reason its refusal. A small model knows what the tables do not: quotas, references,
buckets, who was deleted.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest
import yaml
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from qarnot_mock.assemble import build_cloud
from qarnot_mock.clock import SECOND, VirtualClock
from qarnot_mock.conformance.history import History
from qarnot_mock.http.rest import TOLERATED_HEADER
from qarnot_mock.messages import Request
from qarnot_mock.sim.nodes import NodeKind
from qarnot_mock.sim.settings import Quotas, WorldSettings

LIFECYCLES: Mapping[str, Any] = yaml.safe_load(
    (Path(__file__).parents[3] / "spec" / "lifecycles.yaml").read_text(encoding="utf-8")
)
TOKEN, STORAGE = "model-token", "storage.example"
QUOTAS = Quotas(
    max_task=6, max_job=3, max_pool=3, max_bucket=4, quota_bytes=100, max_running_task=2, max_running_pool=2,
    max_instances=3,
)  # fmt: skip
MAXIMUM = {"task": QUOTAS.max_task, "job": QUOTAS.max_job, "pool": QUOTAS.max_pool}
NODES = (NodeKind("8c-32g-amd-rz3700x", "AMD Ryzen 7 3700X 8-Core Processor", 8, 32_000, 3.6, count=4),)
WINDING_DOWN = 10 * SECOND
# A pool lets its running tasks finish: three instances of thirty seconds, each retried once, one after the other.
OUTLIVING = 300 * SECOND
NOBODY = "0a3c9c3e-5d5b-4c52-9e8c-7f1f4b1c2a10"

FIXED = {"type": "Fixed", "name": "always", "slotsCount": 1, "enabledPeriods": [{"type": "Always"}]}
CONSTANTS = [{"key": "A", "value": "b"}]
BODIES: Mapping[str, Any] = {
    "task_update": {"constants": CONSTANTS, "tags": ["x"]},
    "task_snapshot_create": {"whitelist": ".*"},
    "task_snapshot_periodic": {"interval": 30},
    "task_clone": {"name": "again"},
    "task_retry": {"name": "again"},
    "task_resume": {"name": "again"},
    "task_recover": {"name": "again"},
    "pool_update": {"constants": CONSTANTS, "tags": ["x"]},
    "pool_scaling_update": {"policies": [{**FIXED, "slotsCount": 2}]},
    "pool_clone": {"name": "again"},
}
CALLS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "task": {
        "task_abort": ("POST", "/abort"),
        "task_delete": ("DELETE", ""),
        "task_update": ("PUT", ""),
        "task_resources_update": ("PATCH", ""),
        "task_snapshot_create": ("POST", "/snapshot"),
        "task_snapshot_periodic": ("POST", "/snapshot/periodic"),
        "task_clone": ("POST", "/clone"),
        "task_retry": ("POST", "/retry"),
        "task_resume": ("POST", "/resume"),
        "task_recover": ("POST", "/recover"),
        "task_restart": ("POST", "/restart"),
    },
    "job": {"job_terminate": ("POST", "/terminate"), "job_delete": ("DELETE", "")},
    "pool": {
        "pool_close": ("POST", "/close"),
        "pool_delete": ("DELETE", ""),
        "pool_update": ("PUT", ""),
        "pool_scaling_update": ("PUT", "/scaling"),
        "pool_resources_update": ("PATCH", ""),
        "pool_clone": ("POST", "/clone"),
    },
}
REDONE = {"task_retry": {"Failure"}, "task_resume": {"Cancelled"}, "task_recover": {"Failure", "Cancelled"}}
COPYING = {"task_clone", "pool_clone", *REDONE}
pytestmark = pytest.mark.qarnot_contract("violation")  # for what follows
NONSENSE: list[tuple[str, str, Any]] = [
    ("POST", "/tasks", {"name": "x"}),
    ("POST", "/tasks", {"name": "x", "profile": "no such profile", "instanceCount": 1}),
    ("POST", "/tasks", {"name": "x", "profile": "docker-batch", "instanceCount": 1, "tags": ["x"] * 11}),
    ("POST", "/tasks", {"name": "x", "profile": "docker-batch", "instanceCount": -1}),
    ("POST", "/tasks", {"name": "x", "profile": "docker-batch", "instanceCount": 1, "poolUuid": NOBODY}),
    ("POST", "/jobs", {"name": ""}),
    ("POST", "/pools", {"name": "x", "profile": "docker-batch", "instanceCount": 1, "tags": ["x"] * 11}),
    ("POST", "/pools", {"name": "x", "instanceCount": 1}),
    ("POST", "/jobs", {"name": "x", "maxWallTime": "soon"}),
    ("POST", "/tasks/paginate", {"token": "no such token"}),
]
SECONDS = st.sampled_from([0.25, 1, 1, 2, 3, 5, 8, 40, 100])
BUCKETS = st.sampled_from(["bucket-one", "bucket-two", "bucket-three", "bucket-four", "bucket-five"])
KEYS = st.sampled_from(["a", "b/c", "d%20e"])
STORING = ["make_bucket", "make_bucket", "put_object", "take_object", "drop_bucket"]


@attrs.define(eq=False, repr=False)
class Thing:
    """One object that was created: what it was made of, what was seen of it, and when its deletion was asked for."""

    kind: str
    uuid: str
    definition: Mapping[str, Any]
    history: History
    deleted: int | None = None
    record: Mapping[str, Any] = attrs.Factory(dict)

    def __repr__(self) -> str:
        return f"<{self.kind} {self.uuid[:4]} {self.definition}, now {self.history.state}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))

    @property
    def path(self) -> str:
        return f"/{self.kind}s/{self.uuid}"

    @property
    def leaves_by_itself(self) -> bool:
        return bool(self.definition.get("autoDeleteOnCompletion") or self.definition.get("completionTimeToLive"))


def optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


def a_task(seconds: str, code: str, retries: int, count: int, more: Mapping[str, Any]) -> dict[str, Any]:
    constants = {"MOCK_DURATION": seconds, "MOCK_EXIT_CODE": code, "MOCK_RESULTS": '{"out": "x"}'}
    return {
        "instanceCount": count,
        "constants": [{"key": key, "value": value} for key, value in constants.items()],
        "retrySettings": {"maxPerInstanceRetries": retries},
        **more,
    }


KEPT = {
    "autoDeleteOnCompletion": st.booleans(),
    "completionTimeToLive": st.sampled_from(["00:00:00", "00:00:20", "1.00:00:00"]),
}
SCHEDULING = st.sampled_from(["flex", "onDemand"])
TASKS = st.builds(
    a_task,
    st.sampled_from(["0.5", "4", "30"]),
    st.sampled_from(["0", "0", "1"]),
    st.integers(0, 1),
    st.integers(1, 3),
    optional(
        **KEPT,
        resourceBuckets=BUCKETS.map(lambda name: [name]),
        resultBucket=st.just("results"),
        uploadResultsOnCancellation=st.booleans(),
        maxTimeQueueSeconds=st.just(15),
        schedulingType=SCHEDULING,
    ),
)
ENDS = st.lists(st.sampled_from(["success", "failure", "cancelled"]), max_size=2, unique=True)
JOBS = optional(**KEPT, useDependencies=st.booleans(), maxWallTime=st.sampled_from(["00:00:12", "00:05:00"]))
ELASTIC = {
    "isElastic": True, "minTotalSlots": 0, "maxTotalSlots": 2, "minIdleSlots": 0, "resizePeriod": 90,
    "rampResizeFactor": 0.5, "minIdleTimeSeconds": 20,
}  # fmt: skip
SIZES = st.sampled_from(
    [{"instanceCount": 1}, {"instanceCount": 2}, {"elasticProperty": ELASTIC}, {"scaling": {"policies": [FIXED]}}]
)
POOLS = st.builds(
    lambda size, more: {"profile": "docker-batch", **size, **more},
    SIZES,
    optional(
        **KEPT,
        multiSlotsSettings=st.just({"slotsPerNode": 2}),
        maxTimeQueueSeconds=st.just(15),
        schedulingType=SCHEDULING,
    ),
)


class CloudMachine(RuleBasedStateMachine):
    """One tenant of one cloud on a clock that stands still between the rules."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = VirtualClock()
        self.cloud = build_cloud(
            seed=5, clock=self.clock, world_settings=WorldSettings(quotas=QUOTAS, nodes=NODES, credits=1e12)
        )
        self.things: list[Thing] = []
        self.buckets: dict[str, dict[str, bytes]] = {}
        self.email = self.send("GET", "/info")[1]["email"]
        self.make_bucket("results")

    def teardown(self) -> None:
        """Whatever happened, all can be deleted, and is gone a moment later."""
        if sys.exc_info()[0] is None:
            for thing in self.things:
                self.call(thing, f"{thing.kind}_delete", force=True)
                self.look_around()
            self.pass_time(WINDING_DOWN / SECOND)
            assert all(thing.history.gone for thing in self.things)
            assert self.cloud.contract_errors == []
        self.cloud.close()

    def send(self, method: str, path: str, body: Any = None, query: str = "") -> tuple[int, Any]:
        """The status and JSON of an answer that keeps the contract, to a request that needed no tolerance."""
        headers = (("authorization", TOKEN), ("content-type", "application/json"))
        content = b"" if body is None else json.dumps(body).encode()
        response = self.cloud.rest(Request(method, path, query, headers, content))
        assert self.cloud.contract_errors == []
        assert response.status < 500
        assert response.header(TOLERATED_HEADER) == ""
        return response.status, json.loads(response.body) if response.body else None

    def s3(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """The same on the storage port, signed."""
        request = AWSRequest(method, f"http://{STORAGE}{path}", data=body)
        S3SigV4Auth(Credentials(self.email, TOKEN), "s3", "us-east-1").add_auth(request)
        headers = (("host", STORAGE), *((name.lower(), value) for name, value in request.headers.items()))
        response = self.cloud.s3(Request(method, path, "", headers, body))
        assert self.cloud.contract_errors == []
        assert response.status < 500
        return response.status, response.body

    def living(self, kind: str) -> list[Thing]:
        return [thing for thing in self.things if thing.kind == kind and not thing.history.gone]

    def known(self, kind: str, uuid: str) -> Thing | None:
        return next((thing for thing in self.living(kind) if thing.uuid == uuid), None)

    def look_around(self) -> None:
        """See all objects as the lists show them; what is not listed is gone."""
        for kind in CALLS:
            _, records = self.send("GET", f"/{kind}s")
            listed = {record["uuid"]: record for record in records}
            assert set(listed) <= {thing.uuid for thing in self.things}
            for thing in self.living(kind):
                self.judge(thing, listed.get(thing.uuid))

    def judge(self, thing: Thing, record: Mapping[str, Any] | None) -> None:
        assert (findings := thing.history.see(record)) == [], (findings, thing)
        self.keep(thing, record)

    def keep(self, thing: Thing, record: Mapping[str, Any] | None) -> None:
        """What the tables do not say: only what was to be deleted disappears, and it does so soon."""
        thing.record = record or thing.record
        if thing.history.state in ("Success", "Failure"):
            ends = [instance["state"] for instance in thing.record.get("completedInstances") or ()]
            assert thing.kind == "pool" or ("Failure" in ends) == (thing.history.state == "Failure"), (thing, ends)
        if record is None:
            assert thing.deleted is not None or thing.leaves_by_itself, f"{thing} has disappeared"
        elif thing.deleted is not None:
            patience = OUTLIVING if thing.kind == "pool" else WINDING_DOWN
            assert self.clock.now() <= thing.deleted + patience, f"{thing} should be gone"

    def note_deletion(self, thing: Thing) -> None:
        thing.deleted = thing.deleted or self.clock.now()

    def read(self, thing: Thing) -> Mapping[str, Any] | None:
        """One object by itself; one that was gone stays so."""
        status, record = self.send("GET", thing.path)
        assert status == 404 or (status == 200 and not thing.history.gone)
        return record if status == 200 else None

    def full(self, kind: str) -> set[int]:
        """The refusal of one more of a kind, unless there is room or one that has ended may go for it."""
        living = self.living(kind)
        leaving = [thing for thing in living if thing.history.ended and thing.definition.get("autoDeleteOnCompletion")]
        return {403} if len(living) >= MAXIMUM[kind] and not leaving else set()

    def place_of(self, definition: Mapping[str, Any]) -> dict[str, str]:
        """The job and the pool that a definition belongs to; the pool may be that of the job."""
        job = self.known("job", definition.get("jobUuid", ""))
        pool = definition.get("poolUuid") or (job.definition.get("poolUuid") if job else None)
        return {kind: uuid for kind, uuid in (("job", definition.get("jobUuid")), ("pool", pool)) if uuid}

    def closed(self, definition: Mapping[str, Any]) -> set[int]:
        """The refusal of what belongs to a job or a pool that takes nothing more."""
        places = [self.known(kind, uuid) for kind, uuid in self.place_of(definition).items()]
        shut = any(
            place is None or place.history.state not in place.history.table["groups"]["running"] for place in places
        )
        return {400} if shut else set()

    def reasons(self, kind: str, definition: Mapping[str, Any]) -> set[int]:
        """The refusals that a new object must expect."""
        found = self.full(kind) | self.closed(definition)
        job = self.known("job", definition.get("jobUuid", ""))
        for row in definition.get("dependencies", {}).get("advancedDependsOn", ()):
            parent = self.known("task", row["taskUuid"])
            uses = job is not None and job.definition.get("useDependencies")
            same = parent is not None and parent.definition.get("jobUuid") == definition.get("jobUuid")
            if not uses or not same or parent.deleted is not None:
                found.add(400)
        if any(name not in self.buckets for name in definition.get("resourceBuckets", ())):
            found.add(404)
        return found

    def born(self, kind: str, definition: Mapping[str, Any], status: int, answer: Any, reasons: set[int]) -> None:
        """Take in a new object, or the refusal that it had to meet."""
        if reasons:
            assert status in reasons, (status, answer, reasons)
            return
        assert status == 200, (status, answer)
        history = History(LIFECYCLES[kind], tuple(self.place_of(definition)))
        self.things.append(Thing(kind, answer["uuid"], definition, history))

    def create(self, kind: str, definition: dict[str, Any]) -> None:
        reasons = self.reasons(kind, definition)
        self.born(kind, definition, *self.send("POST", f"/{kind}s", {"name": f"a {kind}", **definition}), reasons)

    def somewhere(self, data: st.DataObject, *kinds: str) -> dict[str, str]:
        """A place for something new: nowhere, or any job or pool that ever was."""
        places = [thing for thing in self.things if thing.kind in kinds]
        place = data.draw(st.sampled_from([None, *places]))
        return {} if place is None else {f"{place.kind}Uuid": place.uuid}

    @rule(definition=TASKS, ends=ENDS, data=st.data())
    def submit(self, definition: dict[str, Any], ends: list[str], data: st.DataObject) -> None:
        definition = definition | self.somewhere(data, "job", "pool")
        if "pool" not in self.place_of(definition):
            definition["profile"] = "docker-batch"
        siblings = [thing for thing in self.things if thing.definition.get("jobUuid") == definition.get("jobUuid", "")]
        if siblings and data.draw(st.booleans()):
            row = {"taskUuid": data.draw(st.sampled_from(siblings)).uuid, "taskFinalStateCondition": ends}
            definition["dependencies"] = {"advancedDependsOn": [row]}
        self.create("task", definition)

    @rule(definition=JOBS, data=st.data())
    def open_job(self, definition: dict[str, Any], data: st.DataObject) -> None:
        self.create("job", definition | self.somewhere(data, "pool"))

    @rule(definition=POOLS)
    def open_pool(self, definition: dict[str, Any]) -> None:
        self.create("pool", definition)

    @initialize(
        pools=st.lists(POOLS, max_size=1),
        jobs=st.lists(JOBS, max_size=1),
        tasks=st.lists(TASKS, min_size=1, max_size=3),
        data=st.data(),
    )
    def begin(self, pools: list[Any], jobs: list[Any], tasks: list[Any], data: st.DataObject) -> None:
        """A cloud in which something is going on."""
        for definition in pools:
            self.open_pool(definition)
        for definition in jobs:
            self.open_job(definition, data)
        for definition in tasks:
            self.submit(definition, [], data)

    @precondition(lambda self: self.things)
    @rule(calls=st.lists(st.sampled_from([0, 0, 1, 2, 3, 6]), min_size=1, max_size=5), data=st.data())
    def operate(self, calls: list[float], data: st.DataObject) -> None:
        """Any operations on any objects that ever were, whether they may be called now or not, and pauses before."""
        for pause in calls:
            self.pass_time(pause)
            kind = data.draw(st.sampled_from(["task", "task", "task", "job", "pool"]))
            things = [thing for thing in self.things if thing.kind == kind] or self.things
            living = [thing for thing in things if not thing.history.gone]
            thing = data.draw(st.sampled_from([*living * 8, *things]))
            operation = data.draw(st.sampled_from(sorted(CALLS[thing.kind])))
            self.call(thing, operation, data.draw(st.booleans()))

    def call(self, thing: Thing, operation: str, force: bool) -> None:
        method, tail = CALLS[thing.kind][operation]
        gone, before = thing.history.gone, thing.history.state
        reasons = set() if gone else self.reasons_of(thing, operation)
        unmet = None if gone else self.unmet(thing, operation, force)
        query = "force=true" if force and operation == "job_delete" else ""
        status, answer = self.send(method, thing.path + tail, BODIES.get(operation), query)
        if gone:
            assert status == 404
            return
        row = thing.history.table["operations"][operation]
        if before not in row["legal"]:
            assert status == row["refusal"]["status"], (operation, before, answer)
        elif unmet is None or not (unmet or reasons):
            assert status == 200 or (unmet is None and status == row["unmet"]["status"]), (operation, before, answer)
        else:
            expected = reasons | ({row["unmet"]["status"]} if unmet else set())
            assert status in expected, (operation, before, answer, expected)
        self.take_in(thing, operation, status, answer, excused=bool(reasons))

    def take_in(self, thing: Thing, operation: str, status: int, answer: Any, excused: bool) -> None:
        """What an operation has done: to its object, and to others."""
        if status == 200 and operation.endswith("_delete"):
            self.note_deletion(thing)
        record = self.read(thing)
        findings = thing.history.see(record) if excused else thing.history.did(operation, status, record)
        assert findings == [], (findings, thing)
        self.keep(thing, record)
        if status == 200 and operation in COPYING:
            self.born(thing.kind, thing.definition, status, answer, set())

    def reasons_of(self, thing: Thing, operation: str) -> set[int]:
        """Why an operation that is legal may be refused all the same."""
        if operation in COPYING:
            return self.reasons(thing.kind, thing.definition)
        return self.closed(thing.definition) if operation == "task_restart" else set()

    def unmet(self, thing: Thing, operation: str, force: bool) -> bool | None:
        """Whether the condition of an operation does not hold; None when what can be seen does not tell."""
        if operation in REDONE:
            outcomes = {instance["state"] for instance in thing.record.get("completedInstances") or ()}
            return not outcomes & REDONE[operation]
        if operation != "job_delete" or force or thing.deleted is not None:
            return False
        states = {task.history.state for task in self.living("task") if task.definition.get("jobUuid") == thing.uuid}
        if states & set(LIFECYCLES["task"]["groups"]["running"]):
            return True
        return None if states & set(LIFECYCLES["task"]["groups"]["pending"]) else False

    @rule(seconds=SECONDS)
    def pass_time(self, seconds: float) -> None:
        """Let time pass, and look at all objects each time that something has happened."""
        until = self.clock.now() + round(seconds * SECOND)
        while (due := self.cloud.next_due()) is not None and due <= until:
            self.clock.jump_to(due)
            self.look_around()
        self.clock.jump_to(until)
        self.look_around()

    @rule(request=st.sampled_from(NONSENSE))
    def send_nonsense(self, request: tuple[str, str, Any]) -> None:
        assert self.send(*request)[0] == 400

    @rule(name=BUCKETS, key=KEYS, size=st.sampled_from([0, 7, 40, 101]), action=st.sampled_from(STORING))
    def store(self, name: str, key: str, size: int, action: str) -> None:
        getattr(self, action)(name, key, size)

    def make_bucket(self, name: str, key: str = "", size: int = 0) -> None:
        status, _ = self.s3("PUT", f"/{name}")
        if name not in self.buckets and len(self.buckets) >= QUOTAS.max_bucket:
            assert status == 400
            return
        assert status == 200
        self.buckets.setdefault(name, {})

    def drop_bucket(self, name: str, key: str, size: int) -> None:
        held = self.buckets.get(name)
        status, _ = self.s3("DELETE", f"/{name}")
        assert status == (404 if held is None else 409 if held else 204)
        if status == 204:
            del self.buckets[name]

    def put_object(self, name: str, key: str, size: int) -> None:
        held = self.buckets.get(name)
        used = self.send("GET", "/info")[1]["usedQuotaBytesBucket"]
        status, _ = self.s3("PUT", f"/{name}/{key}", b"x" * size)
        if held is None:
            assert status == 404
        elif used + size - len(held.get(key, b"")) > QUOTAS.quota_bytes:
            assert status == 403
        else:
            assert status == 200
            held[key] = b"x" * size

    def take_object(self, name: str, key: str, size: int) -> None:
        """Read an object and delete it, whether it is there or not."""
        held = self.buckets.get(name)
        status, body = self.s3("GET", f"/{name}/{key}")
        if held is None or key not in held:
            assert status == 404
        else:
            assert (status, body) == (200, held[key])
        assert self.s3("DELETE", f"/{name}/{key}")[0] == (404 if held is None else 204)
        (held or {}).pop(key, None)

    @invariant()
    def everything_is_as_it_was_said_to_be(self) -> None:
        self.look_around()
        tasks = [thing for thing in self.living("task") if "pool" not in thing.history.belongs_to]
        running = {kind: [each.record.get("runningInstanceCount") or 0 for each in things]
                   for kind, things in (("task", tasks), ("pool", self.living("pool")))}  # fmt: skip
        assert sum(running["task"]) + sum(running["pool"]) <= QUOTAS.max_instances
        assert sum(count > 0 for count in running["task"]) <= QUOTAS.max_running_task
        assert sum(count > 0 for count in running["pool"]) <= QUOTAS.max_running_pool
        for pool in self.living("pool"):
            slots = pool.definition.get("multiSlotsSettings", {}).get("slotsPerNode", 1)
            guests = [
                thing for thing in self.living("task") if self.place_of(thing.definition).get("pool") == pool.uuid
            ]
            busy = sum(thing.record.get("runningInstanceCount") or 0 for thing in guests)
            assert busy <= slots * (pool.record.get("runningInstanceCount") or 0), (pool, guests)


TestCloud = CloudMachine.TestCase
TestCloud.settings = settings(max_examples=30, stateful_step_count=40, derandomize=True, deadline=None)
