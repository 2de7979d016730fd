"""What discounts, points and goodwill cost, booked once to the centre that bears it then."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.core.db import Sessions, build_sessions, unit_of_work
from app.core.enums.finance import CostKind
from app.core.enums.scopes import Scope
from app.core.ids import new_id
from app.services import finance, orders, payments
from tests.factories.counters import OrderCounter
from tests.factories.members import make_member
from tests.factories.payments import TERMS, give_balance, staff
from tests.factories.promotions import make_promotion
from tests.factories.shop import Shop
from tests.factories.staff import bearer, make_staff
from tests.horizon import past_other_writers
from tests.integration.finance.conftest import Bought, buy
from tests.integration.orders.charging import follow

ALWAYS = {
    "since": datetime(2000, 1, 1, tzinfo=UTC),
    "until": datetime(2199, 1, 1, tzinfo=UTC),
}
Costs = dict[tuple[str, str, str], int]


async def costs(sessions: Sessions) -> Costs:
    async with unit_of_work(sessions) as session:
        rows = await finance.read_costs(session, **ALWAYS)
    return {(row["centre"], row["kind"], row["subject"]): row["amount_minor"] for row in rows}


async def centre(session: AsyncSession, code: str, kind: CostKind, subject: str) -> None:
    await finance.put_centre(session, code, name=code, budget_owner="Mei", actor=staff())
    await finance.assign_cost(session, kind, subject, code, actor=staff())


async def told(bought: Bought, handler: Any, **payload: str) -> None:
    for _ in range(2):
        async with unit_of_work(bought.sessions) as session:
            await handler(session, {"order_id": str(bought.order_id)} | payload)


async def test_the_merchants_share_is_booked_and_taken_back_with_units(
    sessions: Sessions, session: AsyncSession, shop: Shop
) -> None:
    """10 % off 2 x 100.00 and 3 x 50.00, of which the platform pays a third."""
    promotion = await make_promotion(
        session,
        shop.merchant.id,
        stage="item",
        action={"type": "percent_off_unit", "rate_bps": 1_000},
        funding={"merchant_bps": 6_667, "platform_bps": 3_333},
    )
    bought = await buy(sessions, session, shop)
    await told(bought, finance.book_discounts)
    key = ("unassigned", "promotion", str(promotion.id))
    assert await costs(sessions) == {key: 2 * 667 + 3 * 333}
    # Who bears it from now on does not change what is booked.
    async with unit_of_work(sessions) as other:
        await centre(other, "spring", CostKind.PROMOTION, str(promotion.id))
    await bought.refund(0, 1, 9_000)
    await bought.refund(1, 2, 4_500)
    async with unit_of_work(sessions) as other:
        refunds = await payments.list_refunds_of(other, bought.order_id)
    for each in refunds:
        await told(bought, finance.take_back_discounts, number=each.number)
    spring = ("spring", "promotion", str(promotion.id))
    assert await costs(sessions) == {key: 2 * 667 + 3 * 333, spring: -667 - 333}


@pytest.mark.parametrize("is_free", [False, True])
async def test_nobody_bears_discounts_of_an_order_that_is_cancelled_without_a_refund(
    sessions: Sessions, session: AsyncSession, shop: Shop, is_free: bool
) -> None:
    """Nothing was to be paid, or all money had gone back before and the goods had stayed."""
    await make_promotion(
        session,
        shop.merchant.id,
        stage="item",
        action={"type": "percent_off_unit", "rate_bps": 10_000 if is_free else 1_000},
        funding={"merchant_bps": 6_667, "platform_bps": 3_333},
    )
    if is_free:
        await session.commit()
        placed = await OrderCounter(sessions).place(shop.member.id, [(shop.sku_ids[0], 2)])
        order_id, payable = placed.id, placed.payable_minor
        assert not payable
    else:
        bought = await buy(sessions, session, shop)
        order_id, payable = bought.order_id, bought.payable
    await follow(sessions)
    borne = 2 * 6_667 if is_free else 2 * 667 + 3 * 333
    assert sum((await costs(sessions)).values()) == borne
    if not is_free:
        for line, place in ((0, 0), (0, 1), (1, 0), (1, 1), (1, 2)):
            await bought.refund(line, place, 4_500 if line else 9_000, returns=False)
        if fee := payable - 2 * 9_000 - 3 * 4_500:
            await bought.refund(-1, 0, fee, returns=False)
    await orders.cancel_order(sessions, {}, order_id, actor=staff(), reason="No", terms=TERMS)
    await follow(sessions)
    assert sum((await costs(sessions)).values()) == 0
    books = Bought(sessions, OrderCounter(sessions), order_id, [], payable)
    assert await books.books() == {}


async def grant(session: AsyncSession, member_id: UUID, source: str, quantity: int) -> None:
    command = payments.GrantPoints(
        member_id=member_id, quantity=quantity, source=source, currency="CNY"
    )
    await payments.grant_points(session, command, terms=TERMS)


async def test_points_and_goodwill_are_booked_behind_the_writers(
    fresh_engine: AsyncEngine,
) -> None:
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        await centre(session, "crm", CostKind.POINTS, "check-in")
        member = await make_member(session, id=new_id())
        await grant(session, member.id, "check-in:1", 30)
        await grant(session, member.id, "order:7", 50)
        command = payments.AdjustBalance(
            member_id=member.id,
            currency="CNY",
            amount_minor=500,
            kind=payments.Adjustment.GOODWILL,
            reason="Sorry",
        )
        await payments.adjust_balance(session, command, actor=staff())
        await give_balance(session, member.id, 4_000)  # paid in: costs nothing
    await past_other_writers(sessions)
    for _ in range(3):
        async with unit_of_work(sessions) as session:
            await finance.book_journal_costs(session, limit=2)
    async with unit_of_work(sessions) as session:
        await finance.book_journal_costs(session)
    worth = TERMS.point_value_minor
    assert await costs(sessions) == {
        ("crm", "points", "check-in"): 30 * worth,
        ("unassigned", "points", "order"): 50 * worth,
        ("unassigned", "goodwill", "balance_goodwill"): 500,
    }


async def test_costs_over_http(client: httpx.AsyncClient, session: AsyncSession) -> None:
    scopes = [Scope.FINANCE_READ, Scope.FINANCE_WRITE]
    clerk = await bearer(session, await make_staff(session, scopes=scopes))
    path = "/api/v1/admin/finance"
    body = {"name": "Spring", "budget_owner": "Mei"}
    made = await client.put(f"{path}/cost-centres/spring", json=body, headers=clerk)
    assert made.json() == body | {"code": "spring"}
    listed = (await client.get(f"{path}/cost-centres", headers=clerk)).json()["items"]
    assert [each["code"] for each in listed] == ["spring", "unassigned"]
    wish = {"kind": "points", "subject": "check-in", "centre": "spring"}
    assigned = await client.put(f"{path}/cost-assignments", json=wish, headers=clerk)
    assert assigned.status_code == 204
    unknown = wish | {"centre": "none"}
    refused = await client.put(f"{path}/cost-assignments", json=unknown, headers=clerk)
    assert refused.status_code == 422
    span = {"since": "2000-01-01T00:00:00Z", "until": "2199-01-01T00:00:00Z"}
    got = await client.get(f"{path}/costs", params=span, headers=clerk)
    assert got.json() == {"lines": []}
