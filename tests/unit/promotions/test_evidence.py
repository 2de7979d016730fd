"""The table of what holds which law names tests that exist, and leaves no law out."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
TABLE = ROOT / "docs" / "promotion-evidence.md"
FILES = {
    "edges": "test_edges",
    "choice": "test_promotions_choice",
    "quote": "test_promotions_quote",
    "allocate": "test_allocate",
    "bounds": "test_promotions_bounds",
    "limits": "test_promotion_limits",
    "floors": "test_floors",
    "refunds": "test_refunds",
    "replays": "test_replays",
}


def test_every_law_is_held_by_a_test_that_exists() -> None:
    text = TABLE.read_text(encoding="utf-8")
    laws = [int(number) for number in re.findall(r"^\| PR-(\d+) ", text, re.MULTILINE)]
    assert laws == [*range(1, 21)]
    named = re.findall(r"(\w+)::(test_\w+)", text)
    assert len(named) > len(laws)
    for name, test in named:
        source = ROOT / "tests" / "property" / f"{FILES[name]}.py"
        assert f"def {test}(" in source.read_text(encoding="utf-8"), f"{name}::{test}"
    for path in re.findall(r"`(tests/[\w/]+\.py)`", text):
        assert (ROOT / path).is_file(), path
