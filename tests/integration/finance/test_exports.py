"""Journals handed to accounting software: recorded, complete, and the same at any time."""

import asyncio
import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.core.db import Sessions, build_sessions, unit_of_work
from app.core.enums.ledger import AccountKind
from app.core.enums.scopes import Scope
from app.core.ids import new_id
from app.core.spreadsheets import Xlsx, csv_lines
from app.repositories.finance.exports import _LINES, _SUMS, ExportSpan, _values
from app.services import finance, ledger
from app.services.finance.exports import COLUMNS, decimal
from app.services.ledger import Account, Journal, transfer
from tests.factories.payments import staff
from tests.factories.staff import bearer, make_staff
from tests.horizon import past_other_writers

BANK, FEE = Account(AccountKind.BANK, "b1"), Account(AccountKind.GATEWAY_FEE)
SPAN = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2199, 1, 1, tzinfo=UTC))
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"

MANY = text("""
    WITH made AS (
        INSERT INTO ledger_journals (id, key, input_hash, kind, effective_at, posted_at, position)
        SELECT gen_random_uuid(), 'many:' || n, '', 'fee', at, at, 0
        FROM generate_series(0, 9599) n, LATERAL (
            SELECT '2026-01-01Z'::timestamptz + n * interval '30 minutes') AS l(at)
        RETURNING id, effective_at)
    INSERT INTO ledger_entries
        (journal_id, position, account_id, currency, amount_minor, effective_at)
    SELECT m.id, p, a.id, 'CNY', 1 - 2 * p, m.effective_at
    FROM made m, generate_series(0, 1) p, (SELECT id FROM ledger_accounts LIMIT 1) a
""")


def fee(minor: int, **more: object) -> Journal:
    values = {"reason": "=1+1", "entries": transfer(FEE, BANK, minor)} | more
    return Journal(key=f"fee:{new_id()}", kind="fee", **values)


@pytest.fixture
async def books(fresh_engine: AsyncEngine) -> Sessions:
    made = build_sessions(fresh_engine)
    async with unit_of_work(made) as session:
        await ledger.post(session, [fee(minor) for minor in range(1, 26)])
    return made


async def as_csv(books: Sessions, export: object) -> str:
    return "".join([each async for each in finance.export_csv(books, export)])


def read(text_: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text_.removeprefix("\ufeff"))))


async def test_an_export_says_what_is_in_it_and_never_changes(
    books: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.services.finance.exports.CHUNK", 7)
    monkeypatch.setattr("app.services.finance.exports.COUNTED", 4)
    since, until = SPAN
    await past_other_writers(books)
    export = await finance.record_export(books, since=since, until=until, actor=staff())
    assert (export["journals"], export["entries"]) == (25, 50)
    assert export["debits"] == {"CNY": sum(range(1, 26))}
    first = await as_csv(books, export)
    rows = read(first)
    assert len(rows) == 50
    assert sum(round(float(row["debit"]) * 100) for row in rows) == sum(range(1, 26))
    assert rows[0] | {"journal_id": "", "key": "", "effective_at": "", "posted_at": ""} == {
        "journal_id": "",
        "place": "0",
        "key": "",
        "kind": "fee",
        "effective_at": "",
        "posted_at": "",
        "concerns": "",
        "account": "gateway_fee",
        "account_name": "Gateway fees",
        "account_name_zh": "支付手续费",
        "currency": "CNY",
        "debit": "0.01",
        "credit": "0.00",
        "order_number": "",
        "reason": "'=1+1",
        "actor": "",
    }
    async with unit_of_work(books) as session:
        await ledger.post(session, [fee(99)])
    assert await as_csv(books, export) == first
    await past_other_writers(books)
    more = await finance.record_export(books, since=since, until=until, actor=staff())
    assert more["journals"] == 26


async def test_what_is_being_posted_is_left_to_the_next_export(books: Sessions) -> None:
    since, until = SPAN
    async with unit_of_work(books) as slow:
        await ledger.post(slow, [fee(7)])
        await past_other_writers(books)
        export = await finance.record_export(books, since=since, until=until, actor=staff())
    assert export["journals"] == 25
    assert len(read(await as_csv(books, export))) == 50


async def test_a_span_takes_what_counts_in_it(books: Sessions) -> None:
    then = datetime.now(UTC) - timedelta(days=40)
    async with unit_of_work(books) as session:
        await ledger.post(session, [fee(7, effective_at=then)])
    await past_other_writers(books)
    export = await finance.record_export(
        books, since=then, until=then + timedelta(days=1), actor=staff()
    )
    (debit, credit) = read(await as_csv(books, export))
    assert (debit["debit"], credit["credit"]) == ("0.07", "0.07")


async def test_xlsx_holds_the_same_lines(books: Sessions) -> None:
    since, until = SPAN
    await past_other_writers(books)
    export = await finance.record_export(books, since=since, until=until, actor=staff())
    pieces = [each async for each in finance.export_xlsx(books, export)]
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as book:
        sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - our own file
    rows = [
        [cell.findtext(f".//{SHEET}t") or cell.findtext(f"{SHEET}v") or "" for cell in row]
        for row in sheet.iter(f"{SHEET}row")
    ]
    assert rows[0] == list(COLUMNS)
    assert len(rows) == 51
    assert not list(sheet.iter(f"{SHEET}f"))  # no text became a formula


async def test_a_target_gets_what_was_back_dated_with_the_next_export(books: Sessions) -> None:
    """Also a second export of a month that was handed over; without a target it has everything."""
    since, until = SPAN
    await past_other_writers(books)
    first = await finance.record_export(
        books, since=since, until=until, actor=staff(), target="kingdee"
    )
    assert (first["number"], first["journals"]) == (1, 25)
    file = await as_csv(books, first)
    then = datetime.now(UTC) - timedelta(days=40)
    async with unit_of_work(books) as session:
        late = fee(7, effective_at=then, concerns="2026-08")
        await ledger.post(session, [late])
    await past_other_writers(books)
    more = await finance.record_export(
        books, since=since, until=until, actor=staff(), target="kingdee"
    )
    assert (more["number"], more["debits"]) == (2, {"CNY": 7})
    assert {(row["key"], row["concerns"]) for row in read(await as_csv(books, more))} == {
        (late.key, "2026-08")
    }
    assert await as_csv(books, first) == file
    for target, count in (("yonyou", 26), (None, 26)):
        other = await finance.record_export(
            books, since=since, until=until, actor=staff(), target=target
        )
        assert other["journals"] == count


async def test_of_two_exports_at_once_one_is_overtaken(books: Sessions) -> None:
    since, until = SPAN
    await past_other_writers(books)
    together = [
        finance.record_export(books, since=since, until=until, actor=staff(), target="kingdee")
        for _ in range(4)
    ]
    found = await asyncio.gather(*together, return_exceptions=True)
    made = [each for each in found if not isinstance(each, BaseException)]
    assert all(isinstance(each, finance.ExportOvertaken) for each in found if each not in made)
    assert sum(each["journals"] for each in made) == 25


async def test_an_old_month_is_read_by_the_index_alone(books: Sessions) -> None:
    """However much was posted since."""
    async with unit_of_work(books) as session:
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        await session.execute(MANY)
    async with unit_of_work(books) as session:
        await session.execute(text("ANALYZE ledger_journals, ledger_entries"))
    since = datetime(2026, 1, 5, tzinfo=UTC)
    span = ExportSpan(since, since + timedelta(days=2), 1, "kingdee", 9)
    async with unit_of_work(books) as session:
        for query in (_LINES, _SUMS.element):
            (plan,) = await session.scalar(
                text(f"EXPLAIN (ANALYZE, FORMAT JSON) {query.text}"),
                _values(span, span.start, 1_000),
            )
            nodes = list(nodes_of(plan["Plan"]))
            (journals,) = [n for n in nodes if n.get("Relation Name") == "ledger_journals"]
            assert journals["Node Type"] != "Seq Scan"
            assert journals["Actual Rows"] == 96
            assert journals.get("Rows Removed by Filter", 0) == 0
            indexes = {n.get("Index Name"): n for n in nodes}
            assert "effective_at" in indexes["ix_ledger_journals_effective_at"]["Index Cond"]


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes_of(child)


def test_a_long_workbook_goes_on_on_the_next_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.core.spreadsheets.MOST_ROWS", 4)
    with Xlsx(["n"]) as book:
        book.add([[n] for n in range(7)])
        file = b"".join(book.finish())
    with zipfile.ZipFile(io.BytesIO(file)) as found:
        sheets = [each for each in found.namelist() if "worksheets/sheet" in each]
    assert len(sheets) == 3


def test_amounts_are_written_as_people_do() -> None:
    assert [decimal(5, "CNY"), decimal(1_234, "CNY"), decimal(7, "JPY")] == ["0.05", "12.34", "7"]
    assert [decimal(7, "PTS"), decimal(1_234, "KWD")] == ["7", "1.234"]
    assert csv_lines([["=x", "-5.00", -5, None]]) == "'=x,-5.00,-5,\r\n"


async def test_exports_over_http(client: httpx.AsyncClient, session: AsyncSession) -> None:
    scopes = [Scope.FINANCE_READ, Scope.FINANCE_WRITE]
    clerk = await bearer(session, await make_staff(session, scopes=scopes))
    path = "/api/v1/admin/finance/exports"
    await ledger.post(session, [fee(5)])
    body = {"since_at": "2000-01-01T00:00:00Z", "until_at": "2100-01-01T00:00:00Z"}
    made = await client.post(path, json=body, headers=clerk)
    assert made.status_code == 201, made.text
    assert made.json()["journals"] == 0  # posted in the test's own transaction
    assert (await client.get(path, headers=clerk)).json()["items"] == [made.json()]
    await session.execute(text("SELECT 1"))
    for kind in ("csv", "xlsx"):
        file = await client.get(f"{path}/{made.json()['id']}/journals.{kind}", headers=clerk)
        assert file.status_code == 200
        assert file.content
    assert (await client.get(f"{path}/{new_id()}/journals.csv", headers=clerk)).status_code == 404
    wrong = await client.post(path, json=body | {"until_at": body["since_at"]}, headers=clerk)
    assert wrong.status_code == 422
