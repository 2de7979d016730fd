"""Journals by hand: drafted by one, posted by another, reversed by a new one."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.core.actor import Actor, SecondPersonNeeded
from app.core.db import Sessions, build_sessions, unit_of_work
from app.core.enums.finance import ManualState
from app.core.enums.ledger import AccountKind
from app.core.enums.scopes import Scope
from app.core.errors import AlreadyExists, InvalidReference, StaleVersion
from app.core.ids import random_code
from app.repositories.reports.books_invariants import BOOKS
from app.services import finance, ledger
from app.services.finance import by_hand
from tests.factories.payments import staff
from tests.factories.staff import bearer, make_staff
from tests.horizon import past_other_writers
from tests.integration.finance.test_costs import costs

FEE, BANK = ledger.Account(AccountKind.GATEWAY_FEE), ledger.Account(AccountKind.BANK, "icbc")
AGO = datetime.now(UTC) - timedelta(days=100)


def draft(minor: int = 500, **more: Any) -> by_hand.Draft:
    return by_hand.Draft(**{"reason": "Fee", "lines": ledger.transfer(FEE, BANK, minor)} | more)


async def written(session: AsyncSession, actor: Actor, **more: Any) -> UUID:
    return UUID(str((await by_hand.draft_journal(session, draft(**more), actor=actor))["id"]))


async def fees(session: AsyncSession) -> int:
    return (await ledger.balances(session, [FEE]))[FEE]


async def check(session: AsyncSession) -> None:
    for rule in BOOKS:
        if "by hand" in rule.name or "funders" in rule.name or "what funders owe" in rule.name:
            assert not (await session.execute(text(rule.sql))).all(), rule.name


async def test_two_people_post_a_journal_and_reverse_it(session: AsyncSession) -> None:
    lin, mei = staff(), staff()
    journal_id = await written(session, lin, concerns=None, attachment="drive/1")
    assert await fees(session) == 0
    with pytest.raises(SecondPersonNeeded):
        await by_hand.post_journal(session, journal_id, version=1, actor=lin)
    with pytest.raises(StaleVersion):
        await by_hand.post_journal(session, journal_id, version=2, actor=mei)
    posted = await by_hand.post_journal(session, journal_id, version=1, actor=mei)
    assert (posted["state"], posted["settled_by"]) == ("posted", mei.principal)
    with pytest.raises(by_hand.JournalSettled):
        await by_hand.post_journal(session, journal_id, version=2, actor=mei)
    wanted = ledger.JournalFilter(key=f"manual:{posted['number']}")
    (journal,) = await ledger.list_journals(session, wanted, after=None, limit=2)
    assert (journal.actor, journal.reason) == (mei.principal, "Fee")
    assert await fees(session) == 500
    more: dict[str, Any] = {"reason": "No", "effective_at": None, "concerns": None}
    back = await by_hand.reverse_journal(session, journal_id, actor=mei, **more)
    with pytest.raises(AlreadyExists):
        await by_hand.reverse_journal(session, journal_id, actor=lin, **more)
    await by_hand.reject_journal(session, back["id"], version=1, reason="Mine", actor=mei)
    back = await by_hand.reverse_journal(session, journal_id, actor=mei, **more)
    await by_hand.post_journal(session, back["id"], version=1, actor=lin)
    assert await fees(session) == 0
    for settled in (journal_id, back["id"]):
        with pytest.raises(by_hand.JournalSettled):
            await by_hand.reverse_journal(session, settled, actor=lin, **more)
    await check(session)


async def test_what_no_journal_may_be(session: AsyncSession) -> None:
    lin = staff()
    for code in (
        "gift_card:x:available",
        "balance:x:held",
        "points_liability:x:available",
        "order_prepaid:x",
        "refund_payable:x",
        "points_debt:x",
        "gateway_clearing:sandbox",
        "suspense:sandbox",
        "coupon_receivable:platform",
        "gift_cost:x",
        "bank",
        "bank:",
        "gateway_fee:",
        "gateway_fee:x",
        "tax_payable:13%",
        "revenue:other",
        "nothing",
    ):
        with pytest.raises(by_hand.NotByHand) as refused:
            by_hand.entries([(code, "CNY", 5), ("bank:icbc", "CNY", -5)])
        assert refused.value.context["accounts"] == [code]
    with pytest.raises(by_hand.NotByHand):
        by_hand.entries([("bank:icbc", "PTS", 5)])
    found = by_hand.entries([("bank:icbc", "CNY", 5), ("tax_payable:1300", "CNY", -5)])
    assert [each.account.code for each in found] == ["bank:icbc", "tax_payable:1300"]
    with pytest.raises(by_hand.JournalUnbalanced) as uneven:
        await written(session, lin, lines=[ledger.Entry(FEE, 5), ledger.Entry(BANK, -4)])
    assert uneven.value.context["off_minor"] == {"CNY": 1}
    with pytest.raises(by_hand.CountsInFuture):
        await written(session, lin, effective_at=datetime.now(UTC) + timedelta(hours=1))
    with pytest.raises(InvalidReference):
        await written(session, lin, concerns="2001-01")


async def test_a_closed_month_takes_none(fresh_engine: AsyncEngine) -> None:
    sessions = build_sessions(fresh_engine)
    lin, mei = staff(), staff()
    async with unit_of_work(sessions) as session:
        first = await written(session, lin, effective_at=AGO)
        await by_hand.post_journal(session, first, version=1, actor=mei)
        late = await written(session, lin, effective_at=AGO + timedelta(seconds=1))
        await finance.open_periods(session, ZoneInfo("Asia/Shanghai"))
        name = (await finance.list_periods(session, after=None, limit=9))[-1].name
    await finance.close_period(sessions, name, version=1, actor=staff())
    async with unit_of_work(sessions) as session:
        with pytest.raises(finance.PeriodNotOpen):
            await by_hand.post_journal(session, late, version=1, actor=mei)
        with pytest.raises(finance.PeriodNotOpen):
            await written(session, lin, effective_at=AGO)
    async with unit_of_work(sessions) as session:  # booked now, about the month that is closed
        about = await written(session, lin, concerns=name)
        await by_hand.post_journal(session, about, version=1, actor=mei)
        await check(session)


async def test_whoever_closes_the_month_waits_for_who_is_posting(
    fresh_engine: AsyncEngine,
) -> None:
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        journal_id = await written(session, staff(), effective_at=AGO)
        first = await written(session, staff(), effective_at=AGO)
        await by_hand.post_journal(session, first, version=1, actor=staff())
        await finance.open_periods(session, ZoneInfo("Asia/Shanghai"))
        name = (await finance.list_periods(session, after=None, limit=9))[-1].name
    async with unit_of_work(sessions) as session:
        await by_hand.post_journal(session, journal_id, version=1, actor=staff())
        closing = asyncio.create_task(
            finance.close_period(sessions, name, version=1, actor=staff())
        )
        await asyncio.sleep(0.3)
        async with unit_of_work(sessions) as other:
            assert (await finance.read_period(other, name)).state == "open"
    assert (await closing).state == "closed"


async def test_of_two_who_post_at_once_one_does(fresh_engine: AsyncEngine) -> None:
    sessions: Sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        journal_id = await written(session, staff())

    async def post() -> str:
        try:
            async with unit_of_work(sessions) as session:
                await by_hand.post_journal(session, journal_id, version=1, actor=staff())
                await asyncio.sleep(0.05)
        except StaleVersion:
            return "stale"
        return "posted"

    done = await asyncio.gather(*(post() for _ in range(6)))
    assert sorted(done) == ["posted", *["stale"] * 5]
    async with unit_of_work(sessions) as session:
        assert await fees(session) == 500


async def test_the_database_keeps_what_was_settled(session: AsyncSession) -> None:
    lin = staff()
    journal_id = await written(session, lin)
    same = "UPDATE manual_journals SET state = 'posted', settled_by = :by, settled_at = now()"
    with pytest.raises(DBAPIError, match="two_people"):
        async with session.begin_nested():
            await session.execute(text(same), {"by": lin.principal})
    await by_hand.post_journal(session, journal_id, version=1, actor=staff())
    for change in (
        "UPDATE manual_journals SET reason = 'other'",
        "UPDATE manual_journals SET state = 'drafted', settled_by = NULL, settled_at = NULL",
        "DELETE FROM manual_journals",
        "UPDATE manual_journal_lines SET amount_minor = 1",
        "DELETE FROM manual_journal_lines",
    ):
        with pytest.raises(DBAPIError, match=r"stays as it was|append-only"):
            async with session.begin_nested():
                await session.execute(text(change))


async def test_costs_by_hand_are_booked_by_what_they_are(fresh_engine: AsyncEngine) -> None:
    sessions = build_sessions(fresh_engine)
    lines = by_hand.entries(
        [("points_award_cost", "CNY", 30), ("goodwill_cost", "CNY", 20), ("bank:icbc", "CNY", -50)]
    )
    async with unit_of_work(sessions) as session:
        journal_id = await written(session, staff(), lines=lines)
        await by_hand.post_journal(session, journal_id, version=1, actor=staff())
    await past_other_writers(sessions)
    async with unit_of_work(sessions) as session:
        await finance.book_journal_costs(session)
    assert await costs(sessions) == {
        ("unassigned", "points", "manual"): 30,
        ("unassigned", "goodwill", "manual"): 20,
    }


async def test_over_http(client: httpx.AsyncClient, session: AsyncSession) -> None:
    scopes = [Scope.LEDGER_READ, Scope.LEDGER_WRITE]
    lin, mei = [await bearer(session, await make_staff(session, scopes=scopes)) for _ in range(2)]
    path = "/api/v1/admin/finance/manual-journals"
    lines = [
        {"account": "gateway_fee", "currency": "CNY", "debit_minor": 500},
        {"account": "bank:icbc", "currency": "CNY", "credit_minor": 500},
    ]
    body = {"reason": "Fee", "attachment": "drive/1", "lines": lines}

    async def ask(where: str, what: Any, who: dict[str, str], tag: str = "") -> httpx.Response:
        more = {"Idempotency-Key": random_code(12)} | ({"If-Match": tag} if tag else {})
        return await client.post(f"{path}{where}", json=what, headers=who | more)

    for wrong, problem in (
        ([*lines[:1], lines[1] | {"credit_minor": 499}], "journal-unbalanced"),
        ([*lines[:1], lines[1] | {"account": "suspense:sandbox"}], "account-not-by-hand"),
        ([*lines[:1], lines[1] | {"debit_minor": 500}], "invalid-request"),
    ):
        refused = await ask("", body | {"lines": wrong}, lin)
        assert refused.status_code == 422
        assert problem in refused.json()["type"]
    made = await ask("", body, lin)
    assert (made.status_code, made.json()["state"]) == (201, "drafted"), made.text
    one = f"/{made.json()['id']}"
    own = await ask(f"{one}/post", None, lin, '"1"')
    assert (own.status_code, own.json()["type"].rsplit("/")[-1]) == (403, "second-person-needed")
    posted = await ask(f"{one}/post", None, mei, '"1"')
    assert (posted.status_code, posted.headers["etag"]) == (200, '"2"')
    assert (await client.get(f"{path}{one}", headers=lin)).json() == posted.json()
    back = await ask(f"{one}/reversal", {"reason": "No"}, mei)
    assert back.json()["reverses_id"] == made.json()["id"]
    waiting = await client.get(path, params={"state": ManualState.DRAFTED}, headers=lin)
    assert [each["id"] for each in waiting.json()["items"]] == [back.json()["id"]]
    gone = await ask(f"/{back.json()['id']}/reject", {"reason": "No"}, lin, '"1"')
    assert gone.json()["rejected_for"] == "No"
    chart = (await client.get("/api/v1/admin/ledger/chart", headers=lin)).json()["kinds"]
    assert {each["kind"] for each in chart if each["is_by_hand"]} >= {"bank", "gateway_fee"}
