"""Gifts at cost: booked when they leave, to whose budget bears the promotion, until they return."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from app.core.db import Sessions, build_sessions, unit_of_work
from app.core.enums.finance import CostKind
from app.core.enums.ledger import AccountKind
from app.services import finance, ledger
from tests.factories.promotions import make_promotion
from tests.factories.shop import Shop, make_shop
from tests.horizon import past_other_writers
from tests.integration.finance.conftest import Bought, buy
from tests.integration.finance.test_costs import centre, costs

CUP_COST = 1_200


async def bought_with_gifts(
    sessions: Sessions, session: AsyncSession, shop: Shop, cost: int | None = CUP_COST
) -> tuple[Bought, UUID]:
    """Two cups, which cost the shop 12.00 each, come with what is bought."""
    cup = shop.skus[1]
    cup.cost_minor, cup.cost_currency = cost, "CNY" if cost is not None else None
    promotion = await make_promotion(
        session,
        shop.merchant.id,
        action={"type": "gift", "presents": [{"sku_id": str(cup.id), "quantity": 2}]},
    )
    return await buy(sessions, session, shop), promotion.id


async def gift_books(sessions: Sessions) -> dict[str, int]:
    async with unit_of_work(sessions) as session:
        lines = await ledger.trial_balance(session)
    kinds = ("gift_cost", "goods_clearing")
    return {line.control: line.balance_minor for line in lines if line.kind in kinds}


async def test_gifts_cost_what_they_were_bought_for_until_they_come_back(
    sessions: Sessions, session: AsyncSession, shop: Shop
) -> None:
    bought, promotion_id = await bought_with_gifts(sessions, session, shop)
    async with unit_of_work(sessions) as other:  # what they cost later changes nothing
        await other.execute(text("UPDATE skus SET cost_minor = 9999 WHERE cost_minor IS NOT NULL"))
    cups = bought.lines[2]
    for _ in range(2):
        await bought.ship("S1", 1, 0, 1)
    assert await gift_books(sessions) == {"gift_cost:*": CUP_COST, "goods_clearing": CUP_COST}
    # A shipment of gifts alone is no revenue.
    async with unit_of_work(sessions) as other:
        command = finance.Recognise(
            order_id=bought.order_id, reference="S2", units={cups: 1}, has_shipping=False
        )
        alone = await finance.recognise(other, command)
    assert (alone["prepaid_minor"], alone["goods_minor"]) == (0, 0)
    assert await gift_books(sessions) == {
        "gift_cost:*": 2 * CUP_COST,
        "goods_clearing": 2 * CUP_COST,
    }
    await bought.books()  # every invariant
    await bought.refund(2, 1, 0)
    async with unit_of_work(sessions) as other:
        account = ledger.Account(AccountKind.GIFT_COST, promotion_id)
        assert await ledger.balances(other, [account]) == {account: CUP_COST}
    assert await gift_books(sessions) == {"gift_cost:*": CUP_COST, "goods_clearing": CUP_COST}
    await bought.books()


async def test_gifts_that_never_left_are_not_booked(
    sessions: Sessions, session: AsyncSession, shop: Shop
) -> None:
    bought, _ = await bought_with_gifts(sessions, session, shop)
    await bought.refund(2, 0, 0)
    await bought.ship("S1")
    assert await gift_books(sessions) == {"gift_cost:*": CUP_COST, "goods_clearing": CUP_COST}
    await bought.books()


async def test_what_cost_nobody_said_is_not_booked(
    sessions: Sessions, session: AsyncSession, shop: Shop
) -> None:
    bought, _ = await bought_with_gifts(sessions, session, shop, cost=None)
    await bought.ship("S1")
    await bought.refund(2, 0, 0)
    assert not await gift_books(sessions)
    await bought.books()


async def test_the_budget_of_the_promotion_bears_its_gifts(fresh_engine: AsyncEngine) -> None:
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        bought, promotion_id = await bought_with_gifts(sessions, session, shop)
    subject = str(promotion_id)
    async with unit_of_work(sessions) as session:
        await centre(session, "spring", CostKind.PROMOTION, subject)
    await bought.ship("S1")
    await roll(sessions)
    assert await costs(sessions) == {("spring", "gift", subject): 2 * CUP_COST}
    async with unit_of_work(sessions) as session:
        await centre(session, "samples", CostKind.GIFT, subject)
    await bought.refund(2, 0, 0)
    await roll(sessions)
    assert await costs(sessions) == {
        ("spring", "gift", subject): 2 * CUP_COST,
        ("samples", "gift", subject): -CUP_COST,
    }
    await bought.books()


async def roll(sessions: Sessions) -> None:
    await past_other_writers(sessions)
    async with unit_of_work(sessions) as session:
        await finance.book_journal_costs(session)
