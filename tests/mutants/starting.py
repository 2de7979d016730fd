"""Starting the pytest that tries mutants."""

import json
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.mutants.areas import ROOT
from tests.mutants.trying import FOLDER, TOLD, Job, Outcome


def tried(job: Job, tests: Sequence[str], environment: Mapping[str, str]) -> list[Outcome]:
    """The outcome of each mutant; progress is printed. Raises SystemExit if pytest gives up."""
    with tempfile.TemporaryDirectory(prefix="stoa-mutants-") as name:
        folder = Path(name)
        (folder / "job").write_bytes(pickle.dumps(job))
        command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "--capture=fd"]
        command += ["-p", "no:cacheprovider", "-p", "tests.mutants.trying"]
        command += [*job.options, *tests]
        with os.fdopen(os.dup(1), "wb") as told:
            done = subprocess.run(
                command,
                cwd=ROOT,
                env={**os.environ, **environment, FOLDER: name, TOLD: str(told.fileno())},
                pass_fds=(told.fileno(),),
                capture_output=True,
                text=True,
                check=False,
            )
        outcomes = folder / "outcomes"
        if not outcomes.exists():
            raise SystemExit(done.stdout[-5_000:] + done.stderr[-5_000:])
        return [Outcome(**each) for each in json.loads(outcomes.read_text(encoding="utf-8"))]
