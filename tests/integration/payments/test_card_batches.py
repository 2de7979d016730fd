"""Large batches of gift cards: made and activated by the worker, shown once; cards cared for."""

import asyncio
import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from app.core.db import unit_of_work
from app.core.enums.payments import CardFunding, TenderKind
from app.core.ids import random_code
from app.services import ledger, payments
from app.services.payments import (
    CardBatchNotReady,
    GiftCardHeld,
    GiftCardUnusable,
    IllegalGiftCardTransition,
    NewCardBatch,
    PaymentTerms,
    TenderRequest,
    card_batches,
)
from tests.factories.members import bearer, make_member
from tests.factories.payments import GATEWAY, Counter, make_gift_card, staff
from tests.factories.staff import bearer as staff_bearer
from tests.factories.staff import make_staff
from tests.integration.payments.test_api import FINANCE
from tests.waiting import start_and_wait

ADMIN = "/api/v1/admin"
TERMS = PaymentTerms()
TOTALS = text("""
    SELECT count(*), count(*) FILTER (WHERE state = 'active'),
        (SELECT coalesce(sum(balance_minor), 0) FROM ledger_accounts a
         WHERE a.kind = 'gift_card' AND a.owner_id IN (SELECT id FROM gift_cards WHERE batch = :b))
    FROM gift_cards WHERE batch = :b
""")


async def ordered(sessions, **terms):
    wanted = {"batch": random_code(8), "count": 7, "currency": "CNY", "face_minor": 5_000}
    async with unit_of_work(sessions) as session:
        return await payments.open_card_batch(
            session, NewCardBatch(**wanted | terms), actor=staff()
        )


async def totals(session, batch):
    return tuple((await session.execute(TOTALS, {"b": batch})).one())


async def test_a_batch_over_http(client, session, sessions):
    finance = await staff_bearer(session, await make_staff(session, scopes=FINANCE))
    member = await make_member(session)
    shopper = await bearer(session, member)
    wanted = {"batch": "AUTUMN", "count": 3, "currency": "CNY", "face_minor": 5_000}
    answer = await client.post(f"{ADMIN}/gift-card-batches", json=wanted, headers=finance)
    assert answer.status_code == 201, answer.text
    batch = f"{ADMIN}/gift-card-batches/{answer.json()['id']}"
    again = await client.post(f"{ADMIN}/gift-card-batches", json=wanted, headers=finance)
    assert (again.status_code, again.json()["type"].rsplit("/")[-1]) == (409, "already-exists")
    early = await client.post(f"{batch}/export", headers=finance)
    assert early.json()["type"].endswith("card-batch-not-ready")

    await payments.work_on_card_batches(sessions, TERMS)

    answer = await client.post(f"{batch}/export", headers=finance)
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["number"] for row in rows] == ["1", "2", "3"]
    assert answer.headers["cache-control"] == "no-store"
    assert (await client.post(f"{batch}/export", headers=finance)).status_code == 409
    code = {"code": rows[1]["code"]}
    worthless = await client.post("/api/v1/me/gift-cards", json=code, headers=shopper)
    assert worthless.json()["type"].endswith("gift-card-unusable")

    sold = {"funding": "sold"}
    answer = await client.post(f"{batch}/activate", json=sold, headers=finance)
    assert (answer.status_code, answer.json()["activating"]) == (202, True)
    await payments.work_on_card_batches(sessions, TERMS)

    found = (await client.get(batch, headers=finance)).json()
    assert (found["made"], found["activated"], found["activating"]) == (3, 3, False)
    assert found["is_shown"]
    bound = await client.post("/api/v1/me/gift-cards", json=code, headers=shopper)
    assert bound.json()["available_minor"] == 5_000
    listed = (await client.get(f"{ADMIN}/gift-card-batches", headers=finance)).json()["items"]
    assert [each["batch"] for each in listed] == ["AUTUMN"]


async def test_two_workers_make_and_activate_each_card_once(real: Counter, monkeypatch):
    monkeypatch.setattr(card_batches, "MADE_AT_ONCE", 3)
    monkeypatch.setattr(card_batches, "ACTIVATED_AT_ONCE", 2)
    row = await ordered(real.sessions, count=20)

    async def work() -> None:
        workers = [payments.work_on_card_batches(real.sessions, TERMS) for _ in range(4)]
        await asyncio.gather(*workers)
        await payments.work_on_card_batches(real.sessions, TERMS)

    await work()
    async with unit_of_work(real.sessions) as session:
        await payments.activate_card_batch(
            session, row.id, funding=CardFunding.GIVEN, actor=staff()
        )
    await work()
    async with unit_of_work(real.sessions) as session:
        assert await totals(session, row.batch) == (20, 20, 100_000)
        found = await payments.get_card_batch(session, row.id)
        assert (found.made, found.activated, found.activating) == (20, 20, False)


async def test_a_card_activated_by_itself_is_not_given_twice(session, sessions):
    row = await ordered(sessions, count=2)
    await payments.work_on_card_batches(sessions, TERMS)
    one = (
        await session.execute(text("SELECT id FROM gift_cards WHERE batch = :b"), {"b": row.batch})
    ).first()
    await payments.activate_gift_cards(
        session, funding=CardFunding.SOLD, actor=staff(), ids=[one.id]
    )
    await payments.activate_card_batch(session, row.id, funding=CardFunding.SOLD, actor=staff())
    await session.commit()
    await payments.work_on_card_batches(sessions, TERMS)
    assert await totals(session, row.batch) == (2, 2, 10_000)


async def test_a_batch_is_funded_one_way(session, sessions):
    row = await ordered(sessions)
    with pytest.raises(CardBatchNotReady):
        await payments.activate_card_batch(session, row.id, funding=CardFunding.SOLD, actor=staff())
    await payments.work_on_card_batches(sessions, TERMS)
    for _ in range(2):
        await payments.activate_card_batch(session, row.id, funding=CardFunding.SOLD, actor=staff())
    with pytest.raises(CardBatchNotReady):
        await payments.activate_card_batch(
            session, row.id, funding=CardFunding.GIVEN, actor=staff()
        )


async def test_who_waits_for_the_funding_of_a_batch_sees_it(real: Counter):
    row = await ordered(real.sessions)
    await payments.work_on_card_batches(real.sessions, TERMS)

    async def fund(funding: CardFunding) -> str:
        async with unit_of_work(real.sessions) as session:
            try:
                await payments.activate_card_batch(session, row.id, funding=funding, actor=staff())
            except CardBatchNotReady:
                return "funded otherwise"
        return "funded"

    async with unit_of_work(real.sessions) as session:
        await payments.activate_card_batch(session, row.id, funding=CardFunding.SOLD, actor=staff())
        second = await start_and_wait(real.sessions, fund(CardFunding.GIVEN))
    assert await second == "funded otherwise"


async def test_codes_are_shown_to_one_at_a_time(session, sessions):
    row = await ordered(sessions)
    await payments.work_on_card_batches(sessions, TERMS)
    await payments.begin_card_export(session, row.id, actor=staff(), terms=TERMS)
    with pytest.raises(CardBatchNotReady, match="other export"):
        await payments.begin_card_export(session, row.id, actor=staff(), terms=TERMS)


async def test_an_expired_card_lives_again(session):
    now = datetime.now(UTC)
    card = await make_gift_card(session, 5_000, expires_at=now - timedelta(days=1), terms=TERMS)
    later = now + timedelta(days=30)
    row = await payments.renew_gift_card(session, card.id, expires_at=later, actor=staff())
    assert (row.expires_at, row.is_expired) == (later, False)
    assert await payments.renew_gift_card(session, card.id, expires_at=later, actor=staff())
    with pytest.raises(IllegalGiftCardTransition):
        await payments.renew_gift_card(session, card.id, expires_at=now, actor=staff())


async def test_a_lost_card_is_replaced(session, sessions):
    member = await make_member(session)
    card = await make_gift_card(session, 5_000, member_id=member.id, terms=TERMS)
    issued = await payments.replace_gift_card(
        session, card.id, reason="Lost", actor=staff(), terms=TERMS
    )
    await session.commit()
    old, new = [
        (await payments.list_gift_cards(session, after=None, limit=1, id=each))[0]
        for each in (card.id, issued.id)
    ]
    assert (old.state, old.available_minor) == ("closed", 0)
    assert (new.state, new.available_minor, new.member_id) == ("active", 5_000, member.id)
    moved = ledger.JournalFilter(kind="gift_card_replaced")
    (journal,) = await ledger.list_journals(session, moved, after=None, limit=5)
    assert journal.reason == "Lost"
    with pytest.raises(GiftCardUnusable):
        await payments.bind_gift_card(sessions, member.id, card.code, terms=TERMS)
    await payments.bind_gift_card(sessions, member.id, issued.code, terms=TERMS)
    with pytest.raises(IllegalGiftCardTransition):
        await payments.replace_gift_card(
            session, card.id, reason="Lost", actor=staff(), terms=TERMS
        )


async def test_a_card_that_is_paying_is_not_replaced(counter: Counter):
    async with unit_of_work(counter.sessions) as session:
        member = await make_member(session)
        card = await make_gift_card(session, 5_000, member_id=member.id)
    tender = TenderRequest(kind=TenderKind.GIFT_CARD, gift_card_id=card.id)
    plan = await counter.open(member.id, 9_000, tender, GATEWAY)
    async with unit_of_work(counter.sessions) as session:
        with pytest.raises(GiftCardHeld):
            await payments.replace_gift_card(session, card.id, reason="Lost", actor=staff())
    await counter.begin_close(plan)
    await counter.finish_close(plan)
    async with unit_of_work(counter.sessions) as session:
        await payments.replace_gift_card(session, card.id, reason="Lost", actor=staff())
