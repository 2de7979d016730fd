"""What a planted fault is: texts of the code exchanged, and the tests that must notice."""

from dataclasses import dataclass
from pathlib import Path


class Stale(Exception):
    """The code no longer reads as the fault expects."""


@dataclass(frozen=True, slots=True)
class Edit:
    """In the file at `path`, relative to the project, `old` stands exactly once."""

    path: str
    old: str
    new: str

    def apply(self, root: Path) -> None:
        self.check(root)
        file = root / self.path
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace(self.old, self.new), encoding="utf-8")

    def check(self, root: Path) -> None:
        """Raise `Stale` unless the code still reads as expected."""
        file = root / self.path
        found = file.read_text(encoding="utf-8").count(self.old) if file.exists() else 0
        if found != 1:
            raise Stale(f"{self.path}: {found} times {self.old!r}")


@dataclass(frozen=True, slots=True)
class Fault:
    """`tests` are what is run; one of them red is enough. `needs_database` starts a server."""

    name: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]
    needs_database: bool = False


def fault(name: str, path: str, old: str, new: str, *tests: str, **more: bool) -> Fault:
    return Fault(name, (Edit(path, old, new),), tests, **more)
