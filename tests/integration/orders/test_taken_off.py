"""Pieces of a paid order that never leave may be bought again; those that had left may not."""

import pytest
from sqlalchemy import text

from tests.factories.pricing import make_flash_session, make_purchase_limit
from tests.integration.orders.changing import change
from tests.integration.orders.charging import require_sound
from tests.integration.orders.refunding import BY_BALANCE, lines_of, ok, ship


@pytest.fixture
async def bought(lin, shop, purse, session):
    """Three pieces, two of them at the price of the session, three of the four one may have."""
    tea = shop.sku_ids[0]
    await make_flash_session(session, tea, quota=2, per_member=2)
    await make_purchase_limit(session, 4, sku_id=tea)
    await session.commit()
    return await lin.order((tea, 3), tenders=BY_BALANCE)


async def counted(session):
    """Pieces sold at the price of the session, and those that count against the limit."""
    sold = text("SELECT sum(sold) FROM prices WHERE quota IS NOT NULL")
    limit = text("SELECT sum(quantity) FROM purchase_counts")
    return await session.scalar(sold), await session.scalar(limit)


async def test_what_never_leaves_is_counted_no_more(lin, clerk, bought, session):
    assert await counted(session) == (2, 3)
    line_id = next(iter((await lines_of(lin, bought)).values()))
    one = {"cancel": [{"line_id": line_id, "quantity": 1}]}
    for left in ((1, 2), (0, 1)):
        await ok(await change(lin, bought, one), 201)
        assert await counted(session) == left
        await require_sound(session)
    await ok(await lin.post(f"/orders/{bought['id']}/cancel"))
    assert await counted(session) == (0, 0)
    await require_sound(session)


@pytest.mark.parametrize("is_sent", [True, False])
async def test_a_refund_of_units_counts_what_had_left(lin, clerk, bought, session, is_sent):
    if is_sent:
        await ship(session, bought)
        await session.commit()
    line_id = next(iter((await lines_of(lin, bought)).values()))
    back = {
        "kind": "units",
        "reason_code": "defective",
        "reason": "torn",
        "lines": [{"line_id": line_id, "quantity": 2}],
    }
    await ok(await clerk.post(f"/admin/orders/{bought['id']}/refunds", back), 201)
    assert await counted(session) == ((2, 3) if is_sent else (0, 1))
    await require_sound(session)
