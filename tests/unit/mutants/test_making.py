"""What is mutated, and what is left alone."""

import pytest

from tests.mutants.making import Maker
from tests.mutants.sql import changed, is_sql

SOURCE = '''
"""What 1 + 1 is."""

LIMIT = 50
_FREE = f"SELECT id FROM lots WHERE left_minor > 0 AND {'true'} FOR UPDATE"


class Refused(Exception):
    slug, title = "refused", "No"


def pay(amount_minor: int, fee_minor: int = 0) -> int:
    """Needs 2 arguments."""
    if amount_minor < fee_minor:
        raise Refused("Less than 1 cent is left")
    log.info("paid", amount_minor + fee_minor)
    notify(zip([amount_minor], [fee_minor], strict=True))
    return amount_minor - fee_minor
'''


@pytest.fixture(scope="module")
def changes() -> dict[str, str]:
    maker = Maker("app/pay.py", SOURCE)
    made = [maker.mutant(number) for number in range(len(maker))]
    return {each.now.strip(): each.was.strip() for each in made}


@pytest.mark.parametrize(
    "now",
    [
        "LIMIT = 51",
        "_FREE = f\"SELECT id FROM lots WHERE left_minor >= 0 AND {'true'} FOR UPDATE\"",
        "_FREE = f\"SELECT id FROM lots WHERE left_minor > 0 AND {'true'}\"",
        "if amount_minor <= fee_minor:",
        "return amount_minor + fee_minor",
        "pass",
        "notify(zip([amount_minor], strict=True))",
    ],
)
def test_what_the_code_does_is_changed(changes, now) -> None:
    assert now in changes


def test_what_people_read_is_left_alone(changes) -> None:
    untold = [now for now in changes if "XX" in now or "log" in now or "class" in now]
    assert untold == []
    assert not any("zip(" in now and "strict=True" not in now for now in changes)
    assert not any('"""' in was or "Refused" in was for was in changes.values())


@pytest.mark.parametrize(
    ("sql", "now"),
    [
        ("SELECT 1 WHERE a.x = :x", "SELECT 1 WHERE a.x <> :x"),
        ("x\n  WHERE a = 1\n   AND b = 2", "x\n  WHERE a = 1"),
        ("x WHERE a = 1 AND b = 2", "x WHERE a = 1 OR b = 2"),
        ("SELECT id FOR NO KEY UPDATE OF a SKIP LOCKED", "SELECT id"),
        ("SELECT id FOR UPDATE SKIP LOCKED", "SELECT id FOR UPDATE"),
        ("SELECT x.a IS NULL", "SELECT x.a IS NOT NULL"),
        ("ORDER BY at DESC LIMIT 10", "ORDER BY at DESC LIMIT 11"),
    ],
)
def test_sql_is_changed(sql, now) -> None:
    assert now in list(changed(sql))


def test_what_is_set_is_not_compared() -> None:
    assert "UPDATE t SET a <> :a WHERE b = :b" not in list(
        changed("UPDATE t SET a = :a WHERE b = :b")
    )
    assert "UPDATE t SET a = :a WHERE b <> :b" in list(changed("UPDATE t SET a = :a WHERE b = :b"))


def test_comments_in_sql_are_left_alone() -> None:
    assert list(changed("-- 1 of 2\nSELECT")) == []


def test_sentences_are_no_sql() -> None:
    assert not is_sql("Select a card and an order")
    assert is_sql("s.spent_minor > b.amount_minor")
