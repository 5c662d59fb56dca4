"""The smallest task: four instances say hello. Configuration comes from the ``QARNOT_*`` variables.

On a mock: ``qarnot-mock run -- python examples/hello.py``; on the Qarnot cloud set only ``QARNOT_CLIENT_TOKEN``.
"""

from __future__ import annotations

import qarnot_hl as qarnot

conn = qarnot.Connection()
task = conn.create_task("hello world", "docker-batch", 4)
task.constants["DOCKER_CMD"] = "echo hello world from ${INSTANCE_ID}!"
task.run()
print(task.stdout(), end="")
