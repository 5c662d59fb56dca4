"""A cloud goes on where it was: after an orderly end, and as if it were killed at every moment of a run."""

from __future__ import annotations

import json
import shutil
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

from qarnot_mock import scenario
from qarnot_mock.persistence import DataError
from qarnot_mock.persistence.tenant_file import NAME

Open = Callable[..., Any]
WITH_RESULTS = {
    "resultBucket": "out",
    "constants": [
        {"key": "MOCK_DURATION", "value": "5"},
        {"key": "MOCK_RESULTS", "value": '{"image-${INSTANCE_ID}.png": "pixels"}'},
    ],
}


def test_everything_is_there_again_and_time_goes_on(open_cloud: Open, tmp_path: Path) -> None:
    first = open_cloud(tmp_path / "data")
    first.s3("PUT", "/box")
    first.put("small", b"x")
    first.put("large", bytes(range(256)) * 400)
    uuid = first.submit(**WITH_RESULTS)
    first.advance(4)
    state, stored = first.state(), first.stored()
    first.cloud.close()

    second = open_cloud(tmp_path / "data")
    assert second.state() == state
    assert second.stored() == stored
    assert json.loads(second.rest("GET", f"/tasks/{uuid}").body)["state"] not in ("Success", "Failure")
    second.advance(60)
    assert json.loads(second.rest("GET", f"/tasks/{uuid}").body)["state"] == "Success"
    assert {key for key in second.stored() if key.startswith("out/")}, "the results came after the restart"


def test_storage_works_before_any_call_to_the_api(open_cloud: Open, tmp_path: Path) -> None:
    first = open_cloud(tmp_path / "data")
    email = json.loads(first.rest("GET", "/info").body)["email"]
    first.cloud.close()
    second = open_cloud(tmp_path / "data")
    assert second.cloud.tenants.by_email(email) is not None


def test_a_replay_of_all_is_the_same_world_as_one_that_was_never_interrupted(open_cloud: Open, tmp_path: Path) -> None:
    def script(driver: Any, restart: Callable[[Any], Any]) -> Any:
        for step in range(6):
            driver.submit(name=f"task {step}", **WITH_RESULTS)
            driver.advance(1.5)
            if step == 3:
                driver.rest("POST", f"/tasks/{driver.tasks[1]}/abort")
            driver = restart(driver)
        driver.advance(100)
        return driver.state(), driver.stored()

    def reopen(driver: Any) -> Any:
        driver.cloud.close()
        return attrs.evolve(open_cloud(tmp_path / "often"), tasks=driver.tasks)

    whole = script(open_cloud(tmp_path / "once"), lambda driver: driver)
    assert script(open_cloud(tmp_path / "often"), reopen) == whole


def test_a_kill_at_any_moment_loses_nothing_that_was_acknowledged(
    open_cloud: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, images = tmp_path / "data", list[tuple[Path, list[str], dict[str, bytes]]]()
    moments: list[object] = []
    driver = open_cloud(root)
    driver.rest("GET", "/info")

    def cut(_: object = None) -> None:
        """What a process that dies now leaves: the files as they are, without the memory that processes share."""
        image = tmp_path / f"image-{len(images)}"
        shutil.copytree(root, image, ignore=shutil.ignore_patterns("*-shm"))
        left = {str(path.relative_to(image)): path.read_bytes() for path in image.rglob("*") if path.is_file()}
        moment = (left, list(driver.tasks), dict(driver.objects))
        if moments and moments[-1] == moment:
            shutil.rmtree(image)  # nothing was written since the last one
        else:
            moments.append(moment)
            images.append((image, *moment[1:]))

    connection: sqlite3.Connection = driver.cloud.authenticate(driver.token).account.store.connection
    original = Path.replace
    monkeypatch.setattr(Path, "replace", lambda self, target: (cut(), original(self, target))[1])
    connection.set_trace_callback(cut)
    driver.s3("PUT", "/box")
    driver.put("small", b"x")
    driver.submit(**WITH_RESULTS)
    driver.put("large", bytes(range(256)) * 400)
    driver.advance(30)
    driver.put("large", b"replaced")
    driver.rest("DELETE", f"/tasks/{driver.tasks[0]}")
    driver.tasks.clear()
    driver.submit(name="last")
    upload = driver.s3("POST", "/box/parts?uploads")
    upload_id = upload.body.decode().split("<UploadId>")[1].split("<")[0]
    assert driver.s3("PUT", f"/box/parts?partNumber=1&uploadId={upload_id}", b"part" * 9000).status == 200
    connection.set_trace_callback(None)
    cut()
    final, stored = driver.state(), driver.stored()
    driver.cloud.close()
    monkeypatch.undo()

    assert len(images) > 15
    for image, tasks, objects in images:
        back = open_cloud(image)
        known = {task["uuid"] for task in json.loads(back.rest("GET", "/tasks").body)}
        assert known >= set(tasks) or not driver.tasks, image.name
        for key, content in objects.items():
            found = back.stored()[f"box/{key}"]
            assert found == content or (key == "large" and found == b"replaced"), image.name
        back.cloud.close()
        again = open_cloud(image)
        assert again.state() == back.state(), "a second restart finds the same"
        again.cloud.close()
    last = open_cloud(images[-1][0])
    assert (last.state(), last.stored()) == (final, stored)
    assert b"<PartNumber>1</PartNumber>" in last.s3("GET", f"/box/parts?uploadId={upload_id}").body


def test_results_are_not_put_back_that_a_person_removed(open_cloud: Open, tmp_path: Path) -> None:
    first = open_cloud(tmp_path / "data")
    first.submit(**WITH_RESULTS)
    first.advance(60)
    (key, *_) = [key for key in first.stored() if key.startswith("out/")]
    assert first.s3("DELETE", f"/{key}").status == 204
    first.cloud.close()
    assert key not in open_cloud(tmp_path / "data").stored()


def test_a_reset_forgets_what_was_written_down(open_cloud: Open, tmp_path: Path) -> None:
    first = open_cloud(tmp_path / "data")
    first.s3("PUT", "/box")
    first.put("key", b"x" * 50_000)
    first.submit()
    first.rest("POST", "/_mock/reset")
    first.submit(name="after")
    first.cloud.close()
    second = open_cloud(tmp_path / "data")
    assert [task["name"] for task in json.loads(second.rest("GET", "/tasks").body)] == ["after"]
    assert second.stored() == {}


def test_secrets_survive_and_no_token_lies_where_others_could_read_it(open_cloud: Open, tmp_path: Path) -> None:
    first = open_cloud(tmp_path / "data")
    first.rest("PUT", "/secrets-manager/data/key", {"value": "hush"})
    first.submit(constants=[{"key": "QARNOT_SECRET__X", "value": "quiet"}])
    first.cloud.close()
    second = open_cloud(tmp_path / "data")
    assert json.loads(second.rest("GET", "/secrets-manager/data/key").body) == {"value": "hush"}
    assert "hush" not in second.rest("GET", "/_mock/journal").body.decode()
    files = {path.name: path for path in (tmp_path / "data").rglob("*") if path.is_file()}
    assert [name for name, path in files.items() if second.token.encode() in path.read_bytes()] == ["credentials.json"]
    assert files["credentials.json"].stat().st_mode & 0o777 == 0o600


def test_a_tenant_that_the_door_is_closed_to_stays_as_it_is(open_cloud: Open, tmp_path: Path) -> None:
    first = open_cloud(tmp_path / "data")
    first.submit()
    first.cloud.close()
    closed = open_cloud(tmp_path / "data", "other", accounts={"other": "other@example.com"})
    assert len(list(closed.cloud.tenants)) == 0
    closed.cloud.close()
    assert len(json.loads(open_cloud(tmp_path / "data").rest("GET", "/tasks").body)) == 1


def test_a_scenario_asked_for_is_put_in_force_again(open_cloud: Open, tmp_path: Path) -> None:
    first = open_cloud(tmp_path / "data", scenario=scenario.load("fast"))
    first.submit()
    first.cloud.close()
    kept = open_cloud(tmp_path / "data")
    assert kept.state()["scenario"] == dict(scenario.load("fast").document)
    kept.cloud.close()
    changed = open_cloud(tmp_path / "data", scenario=scenario.load("realistic"))
    assert changed.state()["scenario"] == dict(scenario.load("realistic").document)
    changed.cloud.close()
    assert open_cloud(tmp_path / "data").state()["scenario"] == dict(scenario.load("realistic").document)


def test_a_directory_has_one_server(open_cloud: Open, tmp_path: Path) -> None:
    open_cloud(tmp_path / "data")
    with pytest.raises(DataError, match="in use by another qarnot-mock"):
        open_cloud(tmp_path / "data")


def test_another_seed_or_catalogue_is_refused(open_cloud: Open, tmp_path: Path) -> None:
    from qarnot_mock.persistence import DataDirectory
    from qarnot_mock.sim.settings import Quotas, WorldSettings

    first = open_cloud(tmp_path / "data")
    first.submit()
    first.cloud.close()
    data = DataDirectory(tmp_path / "data")
    with pytest.raises(DataError, match=r"made with the seed 3, not 4: leave --seed out"):
        data.seed(4, 0)
    data.close()
    with pytest.raises(DataError, match=r"made with the catalogue, quotas and durations .* options that made it"):
        open_cloud(tmp_path / "data", world_settings=WorldSettings(quotas=Quotas(max_task=3)))


@pytest.mark.parametrize("damage", ["truncated", "garbage", "gap", "foreign", "version", "reordered"])
def test_what_is_damaged_is_refused_in_one_sentence(open_cloud: Open, tmp_path: Path, damage: str) -> None:
    first = open_cloud(tmp_path / "data")
    for number in range(40):
        first.submit(name=f"task {number}")
    first.cloud.close()
    (path,) = (tmp_path / "data").rglob(NAME)
    if damage == "truncated":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    elif damage == "garbage":
        path.write_bytes(b"not a database at all" * 100)
    else:
        change = {
            "gap": "DELETE FROM command WHERE ordinal = 7",
            "foreign": "DROP TABLE about",
            "version": "UPDATE about SET value = '99' WHERE key = 'format'",
            "reordered": "UPDATE command SET body = '{}' WHERE ordinal = 3",
        }[damage]
        with sqlite3.connect(path) as connection:
            connection.execute(change)
        connection.close()
    with pytest.raises(DataError) as refusal:
        open_cloud(tmp_path / "data")
    said = str(refusal.value)
    assert str(path) in said
    assert any(
        advice in said
        for advice in ("Put a copy of it back", "use the version", "a directory of its own", "version wrote it")
    )


def test_a_directory_of_something_else_is_left_alone(open_cloud: Open, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(DataError, match="holds other things"):
        open_cloud(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("cause", ["a command", "time"])
def test_nothing_is_committed_in_the_middle_of_a_step(
    open_cloud: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cause: str
) -> None:
    driver = open_cloud(tmp_path / "data")
    driver.submit(**WITH_RESULTS)
    tenant = driver.cloud.authenticate(driver.token)
    storage_may_commit: list[bool] = []

    def try_to_commit() -> None:
        storage_may_commit.append(tenant.account.lock.acquire(blocking=False))
        if storage_may_commit[-1]:
            tenant.account.lock.release()

    def look(name: str) -> Callable[..., Any]:
        original = getattr(tenant.account.store, name)

        def watched(*arguments: Any, **named: Any) -> Any:
            asking = threading.Thread(target=try_to_commit)
            asking.start()
            asking.join()
            return original(*arguments, **named)

        return watched

    for name in ("create_bucket", "put"):
        monkeypatch.setattr(tenant.account.store, name, look(name))
    if cause == "a command":
        driver.submit(resultBucket="another")
    else:
        driver.advance(60)
    assert storage_may_commit
    assert not any(storage_may_commit), "a request to the storage could commit half of the step"
