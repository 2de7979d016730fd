"""What tests reach, kept from run to run while neither they nor the code change."""

import hashlib
import pickle
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tests.mutants.areas import RESULTS, ROOT
from tests.mutants.reach import Reach


class Kept:
    """The reach of files with tests; `tests` are those of each, `files` the modules looked at."""

    def __init__(self, files: Sequence[str], tests: Mapping[str, Sequence[str]]) -> None:
        helpers = (each for each in ROOT.glob("tests/**/*.py") if "test_" not in each.name)
        common = _digest([*ROOT.glob("app/**/*.py"), *helpers]) + repr(sorted(files))
        self._paths = {}
        for each, names in tests.items():
            said = f"{common}{_digest([ROOT / each])}{names}"
            self._paths[each] = RESULTS / f"reach-{hashlib.sha256(said.encode()).hexdigest()}"

    def read(self, file: str) -> Reach | None:
        path = self._paths[file]
        return pickle.loads(path.read_bytes()) if path.exists() else None  # noqa: S301 - our own

    def write(self, file: str, reach: Reach) -> None:
        """What is red once may be green the next time: it is looked at again."""
        if not reach.red:
            RESULTS.mkdir(exist_ok=True)
            self._paths[file].write_bytes(pickle.dumps(reach))


def _digest(paths: Iterable[Path]) -> str:
    made = hashlib.sha256()
    for each in sorted(paths):
        made.update(str(each).encode() + each.read_bytes())
    return made.hexdigest()
