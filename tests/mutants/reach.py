"""Which tests run which lines: those that can notice a mutant try it, the fast ones first."""

import ast
import pickle
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import coverage
import pytest

from tests.mutants.areas import ROOT
from tests.mutants.forking import Status
from tests.mutants.making import Mutant
from tests.mutants.planting import bound, is_early, used


@dataclass
class Reach:
    seconds: dict[str, float] = field(default_factory=dict)
    """What each test takes of the processor: how long it waits is the machine's business."""
    red: list[str] = field(default_factory=list)
    """Tests that fail although nothing is planted."""
    tests: dict[str, dict[int, set[str]]] = field(default_factory=dict)
    """By file and line."""

    def add(self, other: "Reach") -> None:
        self.seconds |= other.seconds
        self.red += other.red
        for path, lines in other.tests.items():
            known = self.tests.setdefault(path, {})
            for line, tests in lines.items():
                known.setdefault(line, set()).update(tests)

    def part(self, file: str) -> "Reach":
        """What the tests in `file` reach."""
        own = {name: took for name, took in self.seconds.items() if _file(name) == file}
        lines = {
            path: {line: tests & own.keys() for line, tests in known.items()}
            for path, known in self.tests.items()
        }
        return Reach(own, [name for name in self.red if _file(name) == file], lines)

    def of(self, mutant: Mutant) -> list[str]:
        """The tests that can notice it, by how long they take."""
        lines = self.tests.get(mutant.path, {})
        reached: set[str] = set()
        for first, last in _spans(mutant):
            reached |= {test for line in range(first, last + 1) for test in lines.get(line, ())}
        if not reached and is_early(mutant):  # seen by others, when they were imported
            reached = {each for tests in lines.values() for each in tests} or set(self.seconds)
        reached -= set(self.red)
        return sorted(reached, key=lambda each: (self.seconds[each], each))


def _file(test: str) -> str:
    return test.partition("::")[0]


def _spans(mutant: Mutant) -> list[tuple[int, int]]:
    """The statement, or for a constant the functions of its module that use it."""
    if mutant.function is not None:
        return [mutant.lines]
    tree = ast.parse((ROOT / mutant.path).read_text(encoding="utf-8"))
    names = set(mutant.names)
    for each in tree.body:
        if isinstance(each, ast.Assign | ast.AnnAssign) and used(each) & names:
            names |= bound(each)
    return [
        (each.body[0].lineno, each.end_lineno or each.lineno)
        for each in ast.walk(tree)
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and used(each) & names
    ]


def measure(items: Sequence[pytest.Item], files: Sequence[str], result: Path) -> Status:
    """Run the tests once, and leave in `result` what they reach. Ends with the process."""
    tracer = coverage.Coverage(
        data_file=None, include=[str(ROOT / each) for each in files], concurrency=["greenlet"]
    )
    found = Reach()
    tracer.start()
    for item, following in zip(items, [*items[1:], None], strict=True):
        tracer.switch_context(item.nodeid)
        failed, started = item.session.testsfailed, time.process_time()
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        found.seconds[item.nodeid] = time.process_time() - started
        if item.session.testsfailed > failed:
            found.red.append(item.nodeid)
    tracer.stop()
    data = tracer.get_data()
    for each in files:
        lines: Mapping[int, list[str]] = data.contexts_by_lineno(str(ROOT / each))
        found.tests[each] = {line: set(tests) - {""} for line, tests in lines.items()}
    result.write_bytes(pickle.dumps(found))
    return Status.GREEN
