"""Running a library of Node.js; without Node.js or the packages a test is skipped and says so."""

import asyncio
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent


async def run(script: str, package: str, given: Any) -> Any:
    """What `script` prints about `given`, both as JSON."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js is not installed")
    if not (HERE / "node_modules" / package).is_dir():
        pytest.skip(f"{package} is not installed: make interop")
    process = await asyncio.create_subprocess_exec(
        node,
        str(HERE / script),
        cwd=HERE,
        env={**os.environ, "TZ": "Asia/Shanghai"},  # the libraries stamp local time
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, error = await process.communicate(json.dumps(given).encode())
    assert process.returncode == 0, error.decode()
    return json.loads(out)
