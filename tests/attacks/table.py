"""The table: each row with the tests that bear its name.

A test bears the names of its rows in its own: `test_m8_m12_what_cannot_be_a_tender_is_refused`.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.attacks.callers import CALLERS
from tests.attacks.faults import FAULTS
from tests.attacks.inputs import INPUTS
from tests.attacks.money import MONEY
from tests.attacks.row import Row
from tests.attacks.stock import STOCK

TESTS = Path(__file__).parents[1]
ROWS: tuple[Row, ...] = (*CALLERS, *MONEY, *STOCK, *INPUTS, *FAULTS)
NAMED = re.compile(r"(?<=_)([amsdf][1-9]\d?)(?=_)")


def bearers() -> dict[str, list[str]]:
    """Names of rows, and of the tests that bear them. Also of rows that are not in the table."""
    found: dict[str, list[str]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        for name in _tests_of(ast.parse(path.read_text(encoding="utf-8"))):
            for row in NAMED.findall(name):
                place = f"{path.relative_to(TESTS.parent)}::{name}"
                found.setdefault(row.upper(), []).append(place)
    return found


def _tests_of(tree: ast.Module) -> Iterator[str]:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, functions) and node.name.startswith("test_"):
            yield node.name
