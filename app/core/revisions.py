"""The revisions of this release's tables, read off their files.

Alembic would import every one of them, and itself: 11 MiB that a process keeps for one comparison.
"""

import ast
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

VERSIONS = Path(__file__).parents[2] / "migrations" / "versions"
_SAID = re.compile(r"^(revision|down_revision)(?:: [^=\n]+)? = (.+)$", re.MULTILINE)


@cache
def revisions() -> Mapping[str, tuple[str, ...]]:
    """Each revision and those it follows; none where the files are not, as in some images."""
    found = {}
    for path in VERSIONS.glob("*.py"):
        said = {name: ast.literal_eval(value) for name, value in _SAID.findall(path.read_text())}
        before = said["down_revision"] or ()
        found[said["revision"]] = (before,) if isinstance(before, str) else tuple(before)
    return found


def newest_revision() -> str:
    """The one that nothing follows. Raises `ValueError` when there is not exactly one."""
    (newest,) = set(revisions()) - older_revisions()
    return newest


def is_usable(revision: str | None) -> bool:
    """Whether a database at that revision lacks nothing of this release.

    One of a later release is fine: revisions only add until everybody runs the release after.
    """
    return revision is not None and revision not in older_revisions()


def older_revisions() -> frozenset[str]:
    """Those that another one follows."""
    return frozenset(each for before in revisions().values() for each in before)
