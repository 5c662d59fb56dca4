"""A day in the life of the official package: buckets, a task of three instances to its end, results, outputs, listings.

Run by test_official_package.py under ``qarnot-mock run --executor local``; prints one JSON object of what it saw.
"""

import json
import pathlib
import sys
import tempfile

import qarnot

seen = {}
folder = pathlib.Path(tempfile.mkdtemp())
(folder / "input" / "deep").mkdir(parents=True)
(folder / "input" / "numbers.txt").write_text("1\n2\n3\n")
(folder / "input" / "deep" / "note.txt").write_text("kept as it is")
(folder / "input" / "big.bin").write_bytes(b"0123456789abcdef" * (9 << 16))

conn = qarnot.connection.Connection()
seen["email"] = conn.user_info.email
seen["profiles"] = conn.profiles_names()
seen["docker_batch"] = dict(conn.retrieve_profile("docker-batch").constants)["DOCKER_REPO"]

bucket = conn.create_bucket("official-in")
bucket.sync_directory(str(folder / "input"))
bucket.add_string("written as a string", "string.txt")
bucket.copy_file("string.txt", "copied.txt")
seen["uploaded"] = sorted(summary.key for summary in bucket.list_files())
seen["buckets"] = [b.uuid for b in conn.buckets()]
seen["big_etag"] = next(summary.e_tag for summary in bucket.list_files() if summary.key == "big.bin")

task = conn.create_task("official workflow", "docker-batch", 3, shortname="official-workflow")
task.resources = [bucket]
task.results = conn.create_bucket("official-out")
task.constants["DOCKER_CMD"] = (
    "sh -c 'cp numbers.txt sum-${INSTANCE_ID}.txt; echo instance ${INSTANCE_ID} of ${INSTANCE_COUNT}'"
)
task.tags = ["official", "contract"]
task.results_whitelist = r"sum-.*\.txt"
output = folder / "output"
output.mkdir()
task.run(output_dir=str(output))

seen["state"] = task.state
seen["downloaded"] = sorted(p.name for p in output.rglob("*") if p.is_file())
seen["content"] = (output / "sum-1.txt").read_text()
seen["stdout"] = sorted(task.stdout().splitlines())
seen["stdout_of_2"] = task.stdout(2)
seen["stderr"] = task.stderr()
seen["completed"] = sorted((c.instance_id, c.state) for c in task.completed_instances)
seen["executed_range"] = task.status.executed_range
seen["by_shortname"] = conn.retrieve_task("official-workflow").uuid == task.uuid
seen["tagged"] = [t.name for t in conn.tasks(tags=["official"])]
seen["all"] = [t.name for page in [conn.all_tasks()] for t in page]

endless = conn.create_task("aborted", "docker-batch", 1)
endless.constants["DOCKER_CMD"] = "sleep 1000"
endless.submit()
endless.abort()
endless.wait()
endless.update(True)
seen["aborted"] = endless.state in ("PendingCancel", "Cancelled")

try:
    conn.retrieve_task("no-such-task")
except qarnot.exceptions.MissingTaskException as error:
    seen["missing"] = str(error)
try:
    twin = conn.create_task("twin", "docker-batch", 1, shortname="official-workflow")
    twin.submit()
except qarnot.exceptions.QarnotException as error:
    seen["duplicate"] = str(error)

task.delete(purge_resources=True, purge_results=True)
seen["buckets_left"] = [b.uuid for b in conn.buckets()]
json.dump(seen, sys.stdout)
