"""A demo shop as `make run` starts it, with data of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

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


@contextmanager
def demo_shop(folder: Path, **settings: str) -> Iterator[int]:
    """The port of a shop that keeps its data in `folder` and is stopped at the end."""
    port = free_port()
    environment = os.environ | {"DATA_DIR": str(folder)} | settings
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
