"""What a worker does beside the load, done after it."""

import asyncio
from pathlib import Path

from bench.chaos.checks import drain
from bench.processes import launch
from bench.server import Database


def deliver(database: Database, folder: Path) -> None:
    """Let a worker do what it is there for, until nothing waits."""
    given = {"DATABASE__URL": database.url, "LOG_LEVEL": "warning"}
    worker = launch(["app.cli", "worker"], given, port=0, log=folder / "worker.log")
    try:
        asyncio.run(drain(database))
    finally:
        worker.stop()
