"""A demo shop as `make run` starts it, with data of its own."""

import fcntl
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path

import httpx
import pytest

from app.core.ids import random_code
from tests.conftest import SHARED

SHOP = Path(sys.executable).with_name("shop")
START_SECONDS = 300

ADDRESS = {
    "recipient": "林一",
    "phone": "+8613800138000",
    "country": "CN",
    "province": "上海市",
    "city": "上海市",
    "street": "漕溪北路 1 号",
    "region_code": "310104",
}
ASKED = {
    "address": ADDRESS,
    "delivery": {"kind": "standard"},
    "tenders": [{"kind": "gateway", "channel": "sandbox"}],
}


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def loaded() -> Path:
    """The data of a demo shop that nobody has used, loaded by the first of a run who asks.

    To make a database and to load it takes ten times as long as to copy one.
    """
    folder = Path(os.environ[SHARED]) / "demo"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "whole").exists():
            environment = os.environ | {"DATA_DIR": str(folder)}
            environment.pop("DATABASE__URL", None)
            subprocess.run([SHOP, "demo"], env=environment, check=True, timeout=START_SECONDS)
            (folder / "whole").touch()
    return folder / "postgres"


@contextmanager
def _copied(folder: Path) -> Iterator[None]:
    """Have a copy of the loaded data below `folder`, while it is needed."""
    copy = Path(os.environ[SHARED]) / random_code(8)
    subprocess.run(["cp", "-a", loaded(), copy], check=True)  # noqa: S607 - keeps owners
    (folder / "postgres").symlink_to(copy)
    try:
        yield
    finally:
        shutil.rmtree(copy)


@contextmanager
def demo_shop(folder: Path, *, is_new: bool = False, **settings: str) -> Iterator[int]:
    """The port of a shop that keeps its data in `folder` and is stopped at the end.

    One that `is_new` makes its database and loads it by itself.
    """
    with nullcontext() if is_new else _copied(folder), _running(folder, settings) as port:
        yield port


@contextmanager
def _running(folder: Path, settings: Mapping[str, str]) -> Iterator[int]:
    port = free_port()
    environment = os.environ | {"DATA_DIR": str(folder)} | dict(settings)
    environment.pop("DATABASE__URL", None)
    with (folder / "log").open("wb") as log:
        command = [str(SHOP), "run", "--port", str(port)]
        running = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            _wait(running, port)
            yield port
        finally:
            running.terminate()
            running.wait(timeout=60)


def _wait(running: subprocess.Popen[bytes], port: int) -> None:
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends:
        assert running.poll() is None, "the shop did not start"
        try:
            if httpx.get(f"http://127.0.0.1:{port}/readyz").is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
    pytest.fail("the shop was not ready in time")
