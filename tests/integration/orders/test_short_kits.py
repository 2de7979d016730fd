"""What kits are made of is promised and cannot be found: others send kits, but none waits."""

import pytest
from sqlalchemy import text

from app.core.db import build_sessions, unit_of_work
from app.core.waiting_settings import WaitingSettings
from app.services import inventory, orders
from tests.factories.inventory import make_warehouse, put_stock
from tests.factories.kits import check_kits, make_kit
from tests.factories.orders import place, shopper
from tests.factories.payments import BALANCE_TENDER, GATEWAY, give_balance
from tests.factories.shop import make_shop
from tests.integration.orders.resending import promise
from tests.integration.orders.returning import approve, ask
from tests.integration.orders.sending import CLERK, line_ids, part_of, send
from tests.integration.orders.test_shorts import miss, shortage

LIMITS = WaitingSettings()
routing = orders.routing


@pytest.mark.parametrize("elsewhere", [0, 4])
async def test_kits_of_what_is_missing_leave_as_long_as_others_have_them(fresh_engine, elsewhere):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        tea, cup, _ = shop.sku_ids
        await give_balance(session, shop.member.id, 1_000_000)
        kit = await make_kit(session, shop, (tea, 2), (cup, 1))
        placed = await place(session, shop.member.id, [(kit, 5)], tenders=[BALANCE_TENDER])
        there = await make_warehouse(session, shop.merchant.id)
        await put_stock(session, tea, there.id, elsewhere)
        await put_stock(session, cup, there.id, elsewhere)
        part, (line,) = await part_of(session, placed.id), await line_ids(session, placed.id)
        with pytest.raises(inventory.UnknownStock):
            await routing.report_short(
                session, part["id"], {line: 1}, reason="gone", actor=CLERK, limits=LIMITS
            )
        await miss(session, shop, 3)
    assert await routing.leave_short_due(sessions, LIMITS, limit=9) == 1
    async with unit_of_work(sessions) as session:
        assert await shortage(session) == ((3, 3, 0) if elsewhere else (3, 0, 0))
        statement = text("SELECT reserved FROM stock WHERE warehouse_id = :id AND sku_id = :tea")
        here = await session.scalar(statement, {"id": shop.warehouse.id, "tea": tea})
        assert here == (6 if elsewhere else 10)
        assert await session.scalar(text("SELECT count(*) FROM backorders")) == 0
        assert await told(session) == ([] if elsewhere else [(placed.id, None, "stocktake:1")])
        await check_kits(session)
    # It is looked at again, and told once.
    await look_again(sessions)
    async with unit_of_work(sessions) as session:
        assert len(await told(session)) == (0 if elsewhere else 1)


async def told(session):
    """What tickets about stock say: order, return, and why."""
    statement = text(
        "SELECT t.order_id, t.return_id, e.text FROM order_tickets t"
        " JOIN ticket_entries e ON e.ticket_id = t.id WHERE t.kind = 'stock' ORDER BY t.id"
    )
    return [tuple(row) for row in await session.execute(statement)]


async def look_again(sessions):
    async with unit_of_work(sessions) as session:
        await session.execute(
            text("UPDATE stock_shortages SET looked_at = now() - interval '16 minutes'")
        )
    await routing.leave_short_due(sessions, LIMITS, limit=9)


async def test_pieces_wait_beside_kits_that_stay(fresh_engine):
    """Of one order: what is sold alone waits, kits that hold the same stay promised."""
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        tea, cup, _ = shop.sku_ids
        await give_balance(session, shop.member.id, 1_000_000)
        kit = await make_kit(session, shop, (tea, 2), (cup, 1))
        lines = [(tea, 2), (kit, 4)]
        placed = await place(session, shop.member.id, lines, tenders=[BALANCE_TENDER])
        await miss(session, shop, 3)
    await routing.leave_short_due(sessions, LIMITS, limit=9)
    async with unit_of_work(sessions) as session:
        assert await shortage(session) == (3, 2, 0)
        statement = text("SELECT sku_id, quantity FROM backorders")
        assert (await session.execute(statement)).all() == [(tea, 2)]
        assert await told(session) == [(placed.id, None, "stocktake:1")] * 2
        await check_kits(session)


@pytest.mark.parametrize("is_paid", [True, False])
async def test_only_what_is_paid_for_is_told(fresh_engine, is_paid):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        tea, cup, _ = shop.sku_ids
        await give_balance(session, shop.member.id, 1_000_000)
        kit = await make_kit(session, shop, (tea, 2), (cup, 1))
        means = [BALANCE_TENDER if is_paid else GATEWAY]
        await place(session, shop.member.id, [(kit, 5)], tenders=means)
        await miss(session, shop, 1)
    await routing.leave_short_due(sessions, LIMITS, limit=9)
    async with unit_of_work(sessions) as session:
        assert len(await told(session)) == is_paid


@pytest.mark.parametrize("elsewhere", [0, 1])
async def test_what_is_sent_again_stays_promised_and_is_told(fresh_engine, elsewhere):
    """A replacement cannot wait; whoever sees to the ticket finds its return there."""
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        tea, *_ = shop.sku_ids
        await give_balance(session, shop.member.id, 1_000_000)
        placed = await place(session, shop.member.id, [(tea, 2)], tenders=[BALANCE_TENDER])
        await send(session, placed.id)
        (line,) = await line_ids(session, placed.id)
        row = await approve(
            session, await ask(session, shopper(shop.member.id), placed.id, (line, 1))
        )
        await promise(session, row, line, tea)
        there = await make_warehouse(session, shop.merchant.id)
        await put_stock(session, tea, there.id, elsewhere)
        await miss(session, shop, 8)
    await routing.leave_short_due(sessions, LIMITS, limit=9)
    async with unit_of_work(sessions) as session:
        assert await shortage(session) == (1, elsewhere, 0)
        told_of = [(placed.id, row["id"], "stocktake:1")]
        assert await told(session) == ([] if elsewhere else told_of)
    await look_again(sessions)
    async with unit_of_work(sessions) as session:
        assert await told(session) == ([] if elsewhere else told_of)
        await check_kits(session)


async def test_whoever_packs_a_replacement_reports_it(session):
    shop = await make_shop(session)
    tea, *_ = shop.sku_ids
    await give_balance(session, shop.member.id, 1_000_000)
    placed = await place(session, shop.member.id, [(tea, 2)], tenders=[BALANCE_TENDER])
    await send(session, placed.id)
    (line,) = await line_ids(session, placed.id)
    row = await approve(session, await ask(session, shopper(shop.member.id), placed.id, (line, 1)))
    made = await promise(session, row, line, tea)
    await inventory.adjust(session, [inventory.Move(tea, shop.warehouse.id, -7)], cause="test")
    plan = await routing.report_short(
        session, made["id"], {line: 1}, reason="The shelf is empty", actor=CLERK, limits=LIMITS
    )
    assert (plan.moves, plan.stays) == ((), {line: 1})
    assert await told(session) == [(placed.id, row["id"], "The shelf is empty")]
