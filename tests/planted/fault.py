"""What a planted fault is: texts of the code exchanged, and the tests that must notice."""

import ast
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
        (root / self.path).write_text(self.check(root), encoding="utf-8")

    def check(self, root: Path) -> str:
        """The code with the fault. Raises `Stale` unless it reads as expected, before and after."""
        file = root / self.path
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        if (found := text.count(self.old)) != 1:
            raise Stale(f"{self.path}: {found} times {self.old!r}")
        planted = text.replace(self.old, self.new)
        if file.suffix == ".py":
            try:
                ast.parse(planted)
            except SyntaxError as error:
                raise Stale(f"{self.path}: no code any more: {error}") from error
        return planted


@dataclass(frozen=True, slots=True)
class Fault:
    """`tests` are what is run; one of them red is enough. `needs_database` starts a server."""

    name: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]
    needs_database: bool = False


def fault(name: str, path: str, old: str, new: str, *tests: str, **more: bool) -> Fault:
    return Fault(name, (Edit(path, old, new),), tests, **more)
