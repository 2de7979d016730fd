"""Every worked case of the specification is a case of some test, or is named as left out."""

import importlib
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
FILE = ROOT.parent / "shared" / "cases" / "golden.json"

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="the worked cases are not here")


def _modules() -> list[ModuleType]:
    found = sorted(ROOT.joinpath("tests").rglob("test_golden*.py"))
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in found]
    return [importlib.import_module(name) for name in names if name != __name__]


def _run(module: ModuleType) -> Iterator[str]:
    """The cases a module's tests are made of, by the names they run under."""
    for name, test in vars(module).items():
        if name.startswith("test_"):
            for mark in getattr(test, "pytestmark", ()):
                if mark.name == "parametrize":
                    yield from (each.id for each in mark.args[1] if hasattr(each, "id"))


def test_every_case_is_run_once() -> None:
    modules = _modules()
    left = {name for module in modules for name in getattr(module, "LEFT", {})}
    run = Counter(name for module in modules for name in _run(module))
    cases = [case["id"] for case in json.loads(FILE.read_text(encoding="utf-8"))["cases"]]
    assert len(cases) == len(set(cases))
    assert set(cases) - set(run) == left
    assert {name: times for name, times in run.items() if times > 1 and name in cases} == {}
