"""What sponsors owe, by document, and what they pay of it: never more than they owe."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.core.db import Sessions, build_sessions, unit_of_work
from app.core.enums.scopes import Scope
from app.core.errors import AlreadyExists, NotFound
from app.core.ids import random_code
from app.services import ledger
from app.services.finance import by_hand, funders
from tests.factories.payments import staff
from tests.factories.promotions import make_promotion
from tests.factories.shop import Shop, make_shop
from tests.factories.staff import bearer, make_staff
from tests.integration.finance.conftest import Bought, buy
from tests.integration.finance.test_by_hand import check

OWED = 2 * 500 + 3 * 250
"""Of 10 % off 2 x 100.00 and 3 x 50.00 the platform pays half."""


async def sponsored(sessions: Sessions, session: AsyncSession, shop: Shop) -> Bought:
    await make_promotion(
        session,
        shop.merchant.id,
        stage="item",
        action={"type": "percent_off_unit", "rate_bps": 1_000},
        funding={"merchant_bps": 5_000, "platform_bps": 5_000},
    )
    return await buy(sessions, session, shop)


def paid(minor: int, reference: str) -> funders.Receipt:
    return funders.Receipt(
        currency="CNY",
        amount_minor=minor,
        bank_account="icbc",
        reference=reference,
        reason="Paid",
    )


async def receive(session: AsyncSession, minor: int, reference: str) -> Any:
    row = await funders.record_receipt(session, "platform", paid(minor, reference), actor=staff())
    return await by_hand.post_journal(session, row["id"], version=1, actor=staff())


async def statement(sessions: Sessions, **span: Any) -> tuple[int, ...]:
    wanted: dict[str, Any] = {"since": None, "until": None} | span
    async with unit_of_work(sessions) as session:
        found = await funders.funder_statement(
            session,
            "platform",
            "CNY",
            page=ledger.StatementSpan(since=wanted["since"], until=wanted["until"]),
            limit=50,
            **wanted,
        )
        await check(session)
    assert found.closing_minor == (
        found.opening_minor + found.new_minor - found.given_back_minor - found.settled_minor
    )
    if lines := found.documents.lines:
        assert lines[-1].balance_minor == found.closing_minor
    return (
        found.opening_minor,
        found.new_minor,
        found.given_back_minor,
        found.settled_minor,
        found.closing_minor,
    )


async def test_a_funder_pays_in_parts_and_never_more_than_it_owes(
    sessions: Sessions, session: AsyncSession, shop: Shop
) -> None:
    with pytest.raises(NotFound):
        await statement(sessions)
    bought = await sponsored(sessions, session, shop)
    assert await statement(sessions) == (0, OWED, 0, 0, OWED)
    async with unit_of_work(sessions) as other:
        await receive(other, 600, "B1")
        with pytest.raises(AlreadyExists):
            await funders.record_receipt(other, "platform", paid(1, "B1"), actor=staff())
        with pytest.raises(by_hand.MoreThanOwed) as refused:
            await receive(other, OWED - 599, "B2")
        assert refused.value.context["owed_minor"] == OWED - 600
    assert await statement(sessions) == (0, OWED, 0, 600, OWED - 600)
    await bought.refund(0, 0, 9_000)
    assert await statement(sessions) == (0, OWED, 500, 600, OWED - 1_100)
    async with unit_of_work(sessions) as other:
        last = await receive(other, OWED - 1_100, "B3")
    assert (await statement(sessions))[-1] == 0
    # Goods that come back after it paid: we owe the funder, until the receipt is reversed.
    await bought.refund(1, 0, 4_500)
    assert (await statement(sessions))[-1] == -250
    async with unit_of_work(sessions) as other:
        back = await by_hand.reverse_journal(
            other, last["id"], reason="No", effective_at=None, concerns=None, actor=staff()
        )
        await by_hand.post_journal(other, back["id"], version=1, actor=staff())
        await receive(other, OWED - 1_350, "B3")  # the reference is free again
    assert await statement(sessions) == (0, OWED, 750, OWED - 750, 0)
    ahead = datetime.now(UTC) + timedelta(hours=1)
    assert await statement(sessions, since=ahead) == (0, 0, 0, 0, 0)
    assert await statement(sessions, until=ahead - timedelta(days=1)) == (0, 0, 0, 0, 0)


async def test_two_receipts_at_once_settle_no_more_than_is_owed(
    fresh_engine: AsyncEngine,
) -> None:
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        await sponsored(sessions, session, await make_shop(session))
    drafts = []
    for number in range(4):
        async with unit_of_work(sessions) as session:
            row = await funders.record_receipt(
                session, "platform", paid(OWED, f"B{number}"), actor=staff()
            )
            drafts.append(row["id"])

    async def post(journal_id: Any) -> str:
        try:
            async with unit_of_work(sessions) as session:
                await by_hand.post_journal(session, journal_id, version=1, actor=staff())
                await asyncio.sleep(0.1)
        except by_hand.MoreThanOwed:
            return "more"
        return "posted"

    done = await asyncio.gather(*(post(each) for each in drafts))
    assert sorted(done) == ["more", "more", "more", "posted"]
    assert await statement(sessions) == (0, OWED, 0, OWED, 0)


async def test_over_http(
    client: httpx.AsyncClient, sessions: Sessions, session: AsyncSession, shop: Shop
) -> None:
    scopes = [Scope.FINANCE_READ, Scope.LEDGER_WRITE]
    lin, mei = [await bearer(session, await make_staff(session, scopes=scopes)) for _ in range(2)]
    bought = await sponsored(sessions, session, shop)
    base = "/api/v1/admin/finance"
    body = {
        "currency": "CNY",
        "amount_minor": OWED + 1,
        "bank_account": "icbc",
        "reference": "B1",
        "reason": "Paid",
    }

    async def pay(**more: Any) -> httpx.Response:
        head = lin | {"Idempotency-Key": random_code(12)}
        return await client.post(
            f"{base}/funders/platform/receipts", json=body | more, headers=head
        )

    refused = await pay()
    assert (refused.status_code, refused.json()["owed_minor"]) == (409, OWED)
    made = await pay(amount_minor=700)
    assert (made.status_code, made.json()["kind"]) == (201, "funder_receipt"), made.text
    post = f"{base}/manual-journals/{made.json()['id']}/post"
    assert (await client.post(post, headers=lin | {"If-Match": '"1"'})).status_code == 403
    assert (await client.post(post, headers=mei | {"If-Match": '"1"'})).status_code == 200
    listed = await client.get(f"{base}/funders", headers=lin)
    assert listed.json()["items"] == [
        {"funder": "platform", "currency": "CNY", "owed_minor": OWED - 700}
    ]
    path = f"{base}/funders/platform/statement"
    page = (await client.get(path, params={"limit": 1}, headers=lin)).json()
    assert (page["new_minor"], page["settled_minor"], page["closing_minor"]) == (
        OWED,
        700,
        OWED - 700,
    )
    assert [each["key"] for each in page["lines"]] == [f"sponsored:{bought.order_id}"]
    more = {"limit": 1, "after": page["next_after"]}
    rest = (await client.get(path, params=more, headers=lin)).json()
    assert [each["key"] for each in rest["lines"]] == [f"funder_receipt:{made.json()['number']}"]
    assert rest["next_after"] is None
    none = await client.get(f"{base}/funders/nobody/statement", headers=lin)
    assert none.status_code == 404
