"""Several tasks at once with the asynchronous flavour: each is submitted, awaited and read while the others run.

On a mock: ``qarnot-mock run -- python examples/async_tasks.py``.
"""

from __future__ import annotations

import asyncio

from qarnot_hl.aio import AsyncConnection


async def greet(conn: AsyncConnection, name: str) -> str:
    """Run one task to its end and return what it printed."""
    task = conn.create_task(f"greet {name}", "docker-batch", 1)
    task.constants["DOCKER_CMD"] = f"echo hello {name}"
    await task.run()
    return await task.stdout()


async def main() -> None:
    async with AsyncConnection() as conn, asyncio.TaskGroup() as group:
        greetings = [group.create_task(greet(conn, name)) for name in ("Ada", "Grace", "Barbara")]
    for greeting in greetings:
        print(greeting.result(), end="")


if __name__ == "__main__":
    asyncio.run(main())
