"""Faults planted into copies of the code, and the tests that run there.

All runs share one server and one migrated database, which tests clone; a fault in a revision gets
a server of its own.
"""

import asyncio
import compileall
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.conftest import MIGRATED, SERVER, TEMPLATE, admin, make_template, start_server
from tests.planted.fault import Fault, Stale

ROOT = Path(__file__).parents[2]
COPIED = ("app", "tests", "bench", "docs", "migrations", "openapi", "alembic.ini", "pyproject.toml")
RED = re.compile(r"^(?:FAILED|ERROR) (\S+::\S+)", re.MULTILINE)
"""Also what fails while it is prepared; a file that cannot be read has no `::`."""


@dataclass(frozen=True, slots=True)
class Field:
    """A compiled copy of the code in `root`, and the server its tests share."""

    root: Path
    environment: dict[str, str]

    def copy_to(self, folder: Path) -> Path:
        """Another copy, with the times of its files, by which what is compiled is known."""
        return Path(shutil.copytree(self.root, folder / "planted"))


@contextmanager
def field() -> Iterator[Field]:
    with ExitStack() as running:
        folder = running.enter_context(tempfile.TemporaryDirectory(prefix="stoa-field-"))
        root = Path(folder) / "code"
        root.mkdir()
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                ignored = shutil.ignore_patterns("__pycache__", "node_modules")
                shutil.copytree(source, root / name, ignore=ignored)
            else:
                shutil.copy2(source, root / name)
        for name in ("app", "tests"):
            compileall.compile_dir(root / name, quiet=1)
        server = os.environ.get(SERVER) or start_server(running)
        make_template(server)
        yield Field(root, {SERVER: server, MIGRATED: TEMPLATE})
        asyncio.run(admin(server, f"DROP DATABASE {TEMPLATE} WITH (FORCE)"))


def run(
    root: Path, tests: Sequence[str], shared: dict[str, str] | None, *options: str
) -> tuple[int, str]:
    """Return the exit code of pytest and what it printed. Without `shared` it has no database."""
    plain = ("--noconftest", "-p", "tests.planted.profile") if shared is None else ()
    command = [sys.executable, "-B", "-m", "pytest", "-q", "-x", "--tb=line"]
    command += ["-p", "no:cacheprovider", *plain, *options, *tests]
    environment = os.environ | (shared or {})
    done = subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def outcome(each: Fault, ground: Field) -> tuple[bool, str]:
    """Return whether a test turned red, and which, or what happened instead."""
    with tempfile.TemporaryDirectory(prefix="stoa-planted-") as folder:
        root = ground.copy_to(Path(folder))
        try:
            for edit in each.edits:
                edit.apply(root)
        except Stale as stale:
            return False, f"STALE {stale}"
        code, printed = run(root, each.tests, _shared(each, ground), "-n", "0")
    found = RED.findall(printed)
    if code == 1 and found:
        return True, found[0]
    return False, "STAYED GREEN" if code == 0 else f"BROKEN {printed[-500:]}"


def _shared(each: Fault, ground: Field) -> dict[str, str] | None:
    if not each.needs_database:
        return None
    is_migration = any(edit.path.startswith("migrations/") for edit in each.edits)
    return {} if is_migration else ground.environment


def red_without_faults(faults: Sequence[Fault], ground: Field, workers: int) -> str:
    """What pytest printed where a test is red although nothing is planted."""
    for needs_database in (False, True):
        chosen = [each for each in faults if each.needs_database == needs_database]
        tests = sorted({test for each in chosen for test in each.tests})
        if tests:
            shared = ground.environment if needs_database else None
            code, printed = run(ground.root, tests, shared, "-n", str(workers))
            if code:
                return printed[-2_000:]
    return ""
