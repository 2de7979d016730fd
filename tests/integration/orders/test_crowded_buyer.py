"""Who has ordered very often orders once more: no order costs more for those that were before."""

from functools import partial

import pytest
from sqlalchemy import text

from app.core.enums.orders import OrderSource
from app.core.enums.promotions import MOST_ORDERS
from app.repositories.promotions import CandidateRepository, RunningRepository
from app.services import orders
from app.services.orders.entry import Agreed, AgreedLine, take_agreed
from tests.factories.orders import ADDRESS, LIMITS, place
from tests.factories.payments import GATEWAY, TERMS, staff
from tests.factories.promotions import make_promotion
from tests.integration.orders.test_list_plans import ROWS, crowd
from tests.integration.test_growth_pages import rows_read

PAID = {"state": "'completed'", "payment_status": "'paid'", "paid_at": "now()"}
FALLEN = {"state": "'cancelled'", "payment_status": "'closed'", "cancelled_at": "now()"}
MOST_READ = 2 * MOST_ORDERS + 100
"""Both counts, and what one order reads besides."""


async def entered(session, shop, reference):
    agreed = Agreed(
        member_id=shop.member.id,
        channel_id=shop.channel.id,
        lines=(AgreedLine(sku_id=shop.skus[0].id, quantity=1),),
        address=ADDRESS,
        source=OrderSource.PHONE,
        reference=reference,
        tenders=(GATEWAY,),
    )
    return await take_agreed(session, agreed, actor=staff(), limits=LIMITS, terms=TERMS)


async def counted(session, shop):
    """What a cart and the shelf know of the member."""
    rows = await CandidateRepository(session).read(
        channel_id=shop.channel.id,
        currency="CNY",
        member_id=shop.member.id,
        codes=(),
        also=(),
        at=None,
    )
    member = await RunningRepository(session).member(shop.member.id, ())
    return rows[0].orders_count, member.orders_count


@pytest.mark.parametrize("columns", [{}, PAID], ids=["that are not paid", "that are done"])
async def test_one_more_reads_few_of_all_there_were(session, shop, columns):
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 1)])
    # A statement asks the catalogue of what it saw last for the first time it is planned.
    await entered(session, shop, "the first")
    await crowd(session, placed.id, parts=False, **columns)
    await session.execute(text("ANALYZE"))
    before = await rows_read(session)
    await entered(session, shop, "one more")
    assert await rows_read(session) - before <= MOST_READ
    assert await counted(session, shop) == (MOST_ORDERS, MOST_ORDERS)


async def test_what_fell_is_left_behind_by_what_came_since(session, shop):
    """Those that fell do not count; whoever orders anew does not meet them each time."""
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 1)])
    await crowd(session, placed.id, first="00", parts=False, **FALLEN)
    await session.execute(text("ANALYZE"))
    assert await counted(session, shop) == (1, 1)
    await crowd_again(session, placed.id)
    await session.execute(text("ANALYZE"))
    before = await rows_read(session)
    assert await counted(session, shop) == (MOST_ORDERS, MOST_ORDERS)
    assert await rows_read(session) - before <= MOST_READ


async def crowd_again(session, order_id):
    await session.execute(text("DROP TABLE ids"))
    await crowd(session, order_id, parts=False, **PAID)


@pytest.mark.parametrize("before", [MOST_ORDERS - 2, MOST_ORDERS - 1, MOST_ORDERS, ROWS])
async def test_only_the_hundredth_is_the_hundredth(session, shop, before):
    await make_promotion(
        session,
        shop.merchant.id,
        action={"type": "amount_off", "amount_minor": 1_000},
        condition={"all": [{"type": "nth_order", "n": MOST_ORDERS}]},
    )
    order = partial(place, session, shop.member.id, [(shop.skus[0].id, 1)])
    placed = await order()
    await crowd(session, placed.id, parts=False, **PAID)
    await session.execute(
        text("DELETE FROM orders WHERE id IN (SELECT id FROM ids OFFSET :kept)"),
        {"kept": before - 1},
    )
    saved = placed.payable_minor - (await order()).payable_minor
    assert saved == (1_000 if before == MOST_ORDERS - 1 else 0)


async def test_who_may_have_so_many_unpaid_has_no_more(session, shop):
    limits = LIMITS.model_copy(update={"max_unpaid_orders": ROWS + 2})
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 1)])
    await crowd(session, placed.id, parts=False)
    await place(session, shop.member.id, [(shop.skus[0].id, 1)], limits=limits)
    with pytest.raises(orders.TooManyUnpaidOrders):
        await place(session, shop.member.id, [(shop.skus[0].id, 1)], limits=limits)
