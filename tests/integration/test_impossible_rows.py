"""Every CHECK of the database refuses a row that nothing else refuses.

`impossible_rows` has, for each table, columns of a row that may be (`good`) and, for each of its
checks, what makes that row impossible (`bad`). A check without such a row is missing here, a row
without its check is one the database takes: both fail. Values are written as PostgreSQL reads them.
"""

import json
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

ROWS = {
    file.stem: json.loads(file.read_text(encoding="utf-8"))
    for file in sorted((Path(__file__).parent / "impossible_rows").glob("*.json"))
}
SAID_FIRST = {
    # They follow from others, of which PostgreSQL names the first by name.
    "ck_stock_transfer_lines_ck_stock_transfer_lines_shipped_0f2e": (
        "ck_stock_transfer_lines_ck_stock_transfer_lines_account_17d6"
    ),
    "ck_stock_transfer_lines_ck_stock_transfer_lines_over_no_35ce": (
        "ck_stock_transfer_lines_breaks_what_is_over"
    ),
    "ck_stock_transfer_receipts_ck_stock_transfer_receipts_o_e35e": (
        "ck_stock_transfer_receipts_breaks_what_is_over"
    ),
}
CHECKS = """
    SELECT c.relname || '.' || k.conname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
     WHERE k.contype = 'c' AND NOT c.relispartition
       AND c.relnamespace = CAST('public' AS regnamespace)
"""
COLUMNS = """
    SELECT a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull AND a.attgenerated = ''
      FROM pg_attribute a WHERE a.attrelid = CAST(:table AS regclass) AND a.attnum > 0
       AND NOT a.attisdropped
"""


async def lone(session, table):
    """A copy of a table with its checks alone, and the types of its columns."""
    found = (await session.execute(text(COLUMNS), {"table": table})).all()
    await session.execute(
        text(
            f"CREATE TEMP TABLE lone (LIKE {table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS"
            " INCLUDING GENERATED) ON COMMIT DROP"
        )
    )
    free = ", ".join(f"ALTER {name} DROP NOT NULL" for name, _, is_needed in found if is_needed)
    await session.execute(text(f"ALTER TABLE lone {free}"))
    return {name: kind for name, kind, _ in found}


async def put(session, kinds, row):
    values = ", ".join(f"CAST(CAST(:{name} AS text) AS {kinds[name]})" for name in row)
    what = f"({', '.join(row)}) VALUES ({values})" if row else "DEFAULT VALUES"
    async with session.begin_nested():
        await session.execute(text(f"INSERT INTO lone {what}"), row)


async def refused_by(session, kinds, row):
    try:
        await put(session, kinds, row)
    except IntegrityError as error:
        return error.orig.__cause__.constraint_name
    return None


@pytest.mark.parametrize("module", ROWS)
async def test_each_check_refuses_its_row(session, module):
    for table, rows in ROWS[module].items():
        kinds = await lone(session, table)
        await put(session, kinds, rows["good"])
        for check, change in rows["bad"].items():
            said = await refused_by(session, kinds, rows["good"] | change)
            assert said == SAID_FIRST.get(check, check), (table, check)
        await session.execute(text("DROP TABLE lone"))


async def test_each_check_has_a_row(session):
    known = {
        f"{table}.{check}"
        for tables in ROWS.values()
        for table, rows in tables.items()
        for check in rows["bad"]
    }
    assert set(await session.scalars(text(CHECKS))) == known
