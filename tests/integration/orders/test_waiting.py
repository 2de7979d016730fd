"""How long goods may be waited for: agreed to beforehand, told of, and over one day."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from app.core.db import build_sessions, unit_of_work
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.waiting_settings import WaitingSettings
from app.services import inventory, orders
from tests.factories.cart import make_cart
from tests.factories.inventory import put_stock
from tests.factories.orders import ADDRESS, axes, place, quote_hash, shopper
from tests.factories.payments import BALANCE_TENDER, give_balance
from tests.integration.orders.refunding import BY_BALANCE
from tests.integration.orders.test_backorders import SOON, buy, counts, made, parts, ship, sound
from tests.integration.orders.test_backorders import terms as sold_without

routing = orders.routing
LIMITS = WaitingSettings()


async def test_who_did_not_agree_to_wait_is_asked_again(session):
    """Also where it became longer; what came meanwhile is taken as it is."""
    shop = await made(session)
    actor = shopper(shop.member.id)
    sku_id, here = shop.skus[0].id, shop.warehouse.id

    async def try_with(cart_id, seen):
        async with session.begin_nested():
            await place(
                session,
                shop.member.id,
                cart_id=cart_id,
                quote_hash=seen,
                tenders=[BALANCE_TENDER],
            )

    cart_id = await make_cart(session, shop.member.id, [(sku_id, 2)])
    seen = await quote_hash(session, cart_id, actor)
    await inventory.adjust(session, [inventory.Move(sku_id, here, -1)], cause="test")
    with pytest.raises(orders.PriceChanged) as changed:
        await try_with(cart_id, seen)
    new = changed.value.context["quote"]["quote_hash"]
    assert new == await quote_hash(session, cart_id, actor) != seen
    await session.execute(text("UPDATE backorder_terms SET wait_days = wait_days + 1"))
    with pytest.raises(orders.PriceChanged):
        await try_with(cart_id, new)
    await session.execute(text("UPDATE backorder_terms SET ships_at = ships_at + '1 day'"))
    longer = await quote_hash(session, cart_id, actor)
    await try_with(cart_id, longer)
    assert await counts(session, shop) == (1, 1, 1)
    kept = text("SELECT quote_hash, quote->>'quote_hash' FROM orders")
    assert (await session.execute(kept)).one() == (longer, longer)
    other = await make_cart(session, shop.member.id, [(sku_id, 1)])
    waits = await quote_hash(session, other, actor)
    await put_stock(session, sku_id, here, 2)
    await try_with(other, waits)
    assert await counts(session, shop) == (3, 2, 1)
    await sound(session)


async def let_days_pass(session, **last_at):
    await session.execute(
        text("UPDATE backorders SET last_at = now() + CAST(:last_at AS interval)"),
        {"last_at": timedelta(**last_at)},
    )


async def told(session, order_id):
    """What the timeline, facts and tickets say of the last day."""
    statement = text("""
        SELECT (SELECT count(*) FROM order_events WHERE order_id = :id AND is_public
                AND kind = 'waiting_ends'),
            (SELECT count(*) FROM order_events WHERE order_id = :id AND is_public
                AND kind = 'waiting_over'),
            (SELECT count(*) FROM outbox WHERE name = 'orders.waiting_ends.v1'),
            (SELECT count(*) FROM outbox WHERE name = 'orders.waiting_over.v1'),
            (SELECT count(*) FROM order_tickets WHERE order_id = :id)
    """)
    return tuple((await session.execute(statement, {"id": order_id})).one())


async def test_the_last_day_is_told_of_once_before_and_once_after_it(fresh_engine):
    sessions = build_sessions(fresh_engine)

    async def run(limits=LIMITS):
        for _ in range(2):
            await routing.keep_last_days(sessions, limits, limit=9)

    async with unit_of_work(sessions) as session:
        shop = await made(session)
        order_id = await buy(session, shop, 4)
        unpaid = (await place(session, shop.member.id, [(shop.skus[0].id, 1)])).id
        last_at = await session.scalar(text("SELECT min(last_at) FROM backorders"))
        assert last_at == SOON + timedelta(days=30)
        await let_days_pass(session, days=4)
    await run()
    async with unit_of_work(sessions) as session:
        assert await told(session, order_id) == (0, 0, 0, 0, 0)
        await let_days_pass(session, days=2)
    await run()
    async with unit_of_work(sessions) as session:
        assert await told(session, order_id) == (1, 0, 1, 0, 0)
        await let_days_pass(session, seconds=-1)
    await run()
    async with unit_of_work(sessions) as session:
        assert await told(session, order_id) == (1, 1, 1, 1, 1)
        assert await told(session, unpaid) == (0, 0, 1, 1, 0)
        other = await buy(session, shop, 1)
        await let_days_pass(session, seconds=-1)
    await run(WaitingSettings(tells_staff=False))
    async with unit_of_work(sessions) as session:
        assert await told(session, other) == (0, 1, 1, 2, 0)
        await sound(session)


async def test_who_waited_long_enough_leaves_with_the_money_and_the_rest_stays(session):
    shop = await made(session)
    actor = shopper(shop.member.id)
    order_id = await buy(session, shop, 4, (shop.skus[1].id, 1))
    (there, *_), (waiting, *_) = await parts(session, order_id)

    async def leave(limits=LIMITS, by=actor):
        async with session.begin_nested():
            return await routing.stop_waiting(session, order_id, actor=by, limits=limits)

    with pytest.raises(routing.StillBound) as bound:
        await leave()
    assert datetime.fromisoformat(bound.value.context["last_at"]) == SOON + timedelta(days=30)
    await ship(session, there)
    await let_days_pass(session, seconds=-1)
    with pytest.raises(routing.StillBound):
        await leave(WaitingSettings(shopper_leaves=False))
    with pytest.raises(NotFound):
        await leave(by=shopper(new_id()))
    refund = await leave()
    whole = await session.scalar(
        text("SELECT net_minor * 2 / 4 FROM order_lines WHERE order_id = :id AND quantity = 4"),
        {"id": order_id},
    )
    assert (refund.amount_minor, refund.state) == (whole, "succeeded")
    assert await axes(session, order_id) == ("open", "partly_refunded", "shipped")
    assert await counts(session, shop) == (0, 0, 0)
    assert [each[:2] for each in await parts(session, order_id)] == [
        (there, False),
        (waiting, False),
    ]
    with pytest.raises(routing.StillBound):
        await leave()
    await sound(session)


async def test_an_order_of_nothing_else_is_cancelled_with_all_it_cost(client, lin, shop, session):
    await sold_without(session, shop, sku_id=shop.skus[2].id)
    out = [inventory.Move(shop.skus[2].id, shop.warehouse.id, -10)]
    await inventory.adjust(session, out, cause="test")
    await give_balance(session, shop.member.id, 1_000_000)
    await session.commit()
    cart_id = await lin.cart_of((shop.skus[2].id, 2))
    quoted = (await lin.post(f"/carts/{cart_id}/quote", {"address": ADDRESS})).json()
    (waits,) = quoted["delivery"]["parcels"][0]["waits"]
    assert datetime.fromisoformat(waits["last_at"]) == SOON + timedelta(days=30)
    placed = await lin.order((shop.skus[2].id, 2), tenders=BY_BALANCE)
    (part,) = (await lin.get(f"/orders/{placed['id']}")).json()["fulfilments"]
    assert part["waits"]["last_at"] == waits["last_at"]
    path = f"/orders/{placed['id']}/stop-waiting"
    early = await lin.post(path, {})
    assert (early.status_code, early.json()["type"]) == (409, "/problems/still-bound")
    await let_days_pass(session, seconds=-1)
    await session.commit()
    done = await lin.post(path, {}, key="leave")
    assert done.status_code == 201, done.text
    assert done.json()["amount_minor"] == placed["payable_minor"]
    assert (await lin.post(path, {}, key="leave")).json() == done.json()
    assert await axes(session, placed["id"]) == ("cancelled", "refunded", "cancelled")
    await sound(session)
