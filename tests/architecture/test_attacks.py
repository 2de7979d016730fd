"""Every known attack has a test that bears its name, or says what it waits for."""

from tests.attacks.table import ROWS, bearers


def test_every_row_has_a_test_or_waits_for_a_feature() -> None:
    known = bearers()
    bare = [row.name for row in ROWS if row.name not in known and not row.waits_for]
    assert not bare, "name a test after it (test_a12_…), or say what it waits for"


def test_a_row_that_is_tested_waits_for_nothing() -> None:
    known = bearers()
    assert not [row.name for row in ROWS if row.name in known and row.waits_for]


def test_rows_are_named_once_and_tests_after_rows() -> None:
    names = [row.name for row in ROWS]
    assert len(names) == len(set(names))
    assert set(bearers()) <= set(names)
