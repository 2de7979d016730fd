"""Statements as pgbench reads them."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from bench.pgbench import as_text, plain, reading
from bench.substitution import Sent

ID = UUID("0198f7a0-0000-7000-8000-000000000001")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7, "7"),
        (True, "t"),
        (ID, str(ID)),
        (b"\x00\xff", "\\x00ff"),
        (datetime(2026, 11, 22, tzinfo=UTC), "2026-11-22T00:00:00+00:00"),
        ([1, None], '{"1",NULL}'),
        (['say "hi"', "a\\b", "NULL"], r'{"say \"hi\"","a\\b","NULL"}'),
        ([[1, 2]], '{{"1","2"}}'),
    ],
)
def test_values_are_written_as_postgresql_reads_them(value: object, expected: str) -> None:
    assert as_text(value) == expected


def test_placeholders_get_names() -> None:
    assert plain("SELECT $1::uuid, $2, $11", [f":c{i}" for i in range(1, 12)]) == (
        "SELECT :c1::uuid, :c2, :c11"
    )


def test_colons_in_quotes_are_hidden_from_pgbench() -> None:
    assert plain("SELECT 'order:' || $1, 'plain', 'it''s:x\\y'", [":c1"]) == (
        "SELECT E'order\\x3a' || :c1, 'plain', E'it''s\\x3ax\\\\y'"
    )


def test_nulls_and_constants_need_no_column() -> None:
    script = reading([[Sent("SELECT $1, $2, $3", (ID, None, 5))], [Sent("SELECT $1", (ID,))]])
    assert script.text == "SELECT :c1, NULL, :c2;\nSELECT :c1;\n"
    assert script.constants == {"c1": str(ID), "c2": "5"}
