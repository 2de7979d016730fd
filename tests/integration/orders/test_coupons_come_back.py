"""What becomes of a coupon when its order is cancelled: the promotion's rule, kept by the order."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core.clock import now
from app.core.db import unit_of_work
from tests.factories.counters import OrderCounter, fill_purse, shopper
from tests.factories.promotions import make_coupon, make_promotion
from tests.factories.shop import make_shop


@pytest.fixture
async def shop(session):
    shop = await make_shop(session)
    await session.commit()
    return shop


@pytest.fixture
def counter(sessions):
    return OrderCounter(sessions)


async def ordered(counter, session, shop, returns, valid_to=None):
    promotion = await make_promotion(
        session,
        shop.merchant.id,
        stage="coupon",
        needs_coupon=True,
        total_uses=5,
        refund={"return_coupon": returns},
    )
    coupon = await make_coupon(session, promotion.id, member_id=shop.member.id, valid_to=valid_to)
    await session.commit()
    tenders = await fill_purse(counter.sessions, shop.member.id)
    return await counter.place(
        shop.member.id, [(shop.sku_ids[0], 1)], coupon_codes=[coupon.code], tenders=tenders
    )


async def coupon_and_uses(counter):
    async with unit_of_work(counter.sessions) as session:
        row = await session.execute(
            text(
                "SELECT c.state, q.reserved + q.consumed AS used"
                " FROM coupons c JOIN promotion_quotas q USING (promotion_id)"
            )
        )
        return tuple(row.one())


@pytest.mark.parametrize(
    ("returns", "is_paid", "expected"),
    [
        ("never", False, ("available", 0)),
        ("on_cancel", False, ("available", 0)),
        ("never", True, ("consumed", 1)),
        ("on_cancel", True, ("available", 0)),
        ("on_full_refund", True, ("available", 0)),
    ],
)
async def test_a_cancelled_order_keeps_the_rule(counter, session, shop, returns, is_paid, expected):
    placed = await ordered(counter, session, shop, returns)
    assert await coupon_and_uses(counter) == ("reserved", 1)
    if is_paid:
        await counter.pay(placed)
        assert await coupon_and_uses(counter) == ("consumed", 1)
    await counter.cancel(placed, shopper(shop.member.id))
    await counter.push_refunds()
    assert await coupon_and_uses(counter) == expected


async def test_a_coupon_that_comes_back_too_late_is_expired(counter, session, shop):
    placed = await ordered(counter, session, shop, "on_cancel", now() + timedelta(hours=1))
    await session.execute(text("UPDATE coupons SET valid_to = now()"))
    await session.commit()
    await counter.cancel(placed, shopper(shop.member.id))
    assert await coupon_and_uses(counter) == ("expired", 0)
