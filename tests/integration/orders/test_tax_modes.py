"""What was paid for each unit means the same for ever, whatever its channel says later.

Goods list for 100.00, 200.00 and 50.00 at 13 %: two of the first cost 200.00 where prices contain
tax and 226.00 where it comes on top.
"""

from itertools import pairwise
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core.db import build_engine, build_sessions, unit_of_work
from app.core.enums.catalog import TaxMode
from app.core.enums.orders import ChangeRules
from app.core.ids import new_id
from app.repositories.orders import PlaceRepository
from app.services import catalog, finance, orders, reports
from tests.conftest import patient
from tests.factories.cart import make_cart
from tests.factories.orders import order_row, place, quote_hash, shopper
from tests.factories.payments import staff
from tests.factories.shop import make_shop
from tests.integration.orders.charging import follow, pay, require_sound
from tests.integration.orders.refunding import BY_BALANCE, lines_of, ok, ship, wish
from tests.integration.orders.returning import ask, brought_back, refund
from tests.integration.orders.sending import CLERK, line_ids

MODES = (TaxMode.INCLUSIVE, TaxMode.EXCLUSIVE, TaxMode.INCLUSIVE)
COST = {TaxMode.INCLUSIVE: 20_000, TaxMode.EXCLUSIVE: 22_600}


async def switch(session, channel_id, mode: TaxMode) -> None:
    row = await catalog.get_channel(session, channel_id)
    await session.refresh(row)
    await catalog.edit_channel(
        session, channel_id, {"tax_mode": mode}, version=row.version, actor=staff()
    )
    await session.commit()


@pytest.fixture
async def bought(session, lin, shop, purse):
    """An order of two pieces under each mode; the channel has another mode since each of them."""
    found = {}
    for mode, after in pairwise(MODES):
        order = await lin.order((shop.skus[0].id, 2), tenders=BY_BALANCE)
        assert order["payable_minor"] == COST[mode]
        await switch(session, shop.channel.id, after)
        found[mode] = order
    return found


async def test_an_order_says_for_ever_how_it_was_priced(session, bought):
    for mode, order in bought.items():
        assert (await order_row(session, UUID(order["id"])))["tax_mode"] == mode
    await require_sound(session)


async def test_units_bring_back_what_they_cost(session, lin, clerk, bought, sessions):
    for order in bought.values():
        path = f"/admin/orders/{order['id']}/refunds"
        seen = await ok(await clerk.post(f"{path}/preview", wish(kind="everything", lines=[])))
        assert seen["refund"]["amount_minor"] == order["payable_minor"]
        (line,) = (await lines_of(lin, order)).values()
        one = wish(lines=[{"line_id": line, "quantity": 1}])
        made = await ok(await clerk.post(path, one), 201)
        assert made["amount_minor"] == order["payable_minor"] // 2
    await follow(sessions)
    await require_sound(session)


async def test_cancelled_orders_give_everything_back(session, clerk, bought, sessions):
    for order in bought.values():
        await ok(await clerk.post(f"/admin/orders/{order['id']}/cancel", {"reason": "no"}))
    await follow(sessions)
    back = "SELECT sum(amount_minor) FROM refunds WHERE state = 'succeeded'"
    assert await session.scalar(text(back)) == sum(COST.values())
    await require_sound(session)


async def test_unpaid_orders_ask_for_less_as_they_were_priced(session, lin, shop, bought):
    """Of three pieces one is taken off, after the channel's mode is another."""
    for mode, after in pairwise(MODES):
        order = await lin.order((shop.skus[0].id, 3))
        await switch(session, shop.channel.id, after)
        (line,) = await line_ids(session, UUID(order["id"]))
        less = orders.changes.ChangeWish(pieces=((line, 1),), reason="fewer", consent="by phone")
        seen = await orders.changes.preview_change(session, UUID(order["id"]), less, actor=CLERK)
        assert seen.after["payable_minor"] == COST[mode]
    await require_sound(session)


async def test_returns_and_invoices_are_over_what_was_paid(session, lin, bought, sessions, shop):
    for order in bought.values():
        await ship(session, order)
        await follow(sessions)
        title = {"title": {"kind": "personal", "name": "Lin"}}
        made = await ok(await lin.post(f"/orders/{order['id']}/invoices", title), 201)
        assert made["amount_minor"] == order["payable_minor"]
        (line,) = await line_ids(session, UUID(order["id"]))
        row = await ask(session, CLERK, UUID(order["id"]), (line, 1))
        row = await refund(session, await brought_back(session, row, (1, 0, 0)))
        await session.commit()
        await follow(sessions)
        found = await finance.read_invoices(session, UUID(order["id"]))
        assert found.invoiceable_minor == order["payable_minor"] // 2
    await require_sound(session)


async def add(session, order, sku_id, rules):
    wanted = orders.changes.ChangeWish(
        added=(orders.changes.AddedGoods(sku_id, 1),),
        rules=rules,
        reason="one more",
        consent="to be paid",
    )
    order_id = UUID(order["id"])
    seen = await orders.changes.preview_change(session, order_id, wanted, actor=CLERK)
    made = await orders.changes.propose_change(
        session, order_id, wanted, version=seen.order_version, actor=CLERK
    )
    await session.commit()
    return {"id": str(made["id"]), "order_id": order["id"], "amount_minor": made["amount_minor"]}


@pytest.mark.parametrize("rules", ChangeRules)
async def test_goods_that_are_added_cost_what_was_said(session, lin, bought, sessions, shop, rules):
    """By the rules of the order what a piece of it did; by those of now what it does. It stays."""
    for mode, order in bought.items():
        said = COST[mode if rules is ChangeRules.FROZEN else TaxMode.INCLUSIVE] // 2
        charge = await add(session, order, shop.skus[0].id, rules)
        assert charge["amount_minor"] == said
        await switch(session, shop.channel.id, TaxMode.EXCLUSIVE)
        await ok(await pay(lin, charge))
        await follow(sessions)
        await switch(session, shop.channel.id, TaxMode.INCLUSIVE)
    await require_sound(session)


async def test_an_order_that_is_written_after_a_change_says_what_priced_it(fresh_url, monkeypatch):
    """Its channel gets another mode between its price and its rows."""
    engine = build_engine(patient(fresh_url))
    sessions = build_sessions(engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
    async with unit_of_work(sessions) as session:
        goods = [(shop.skus[0].id, 2)]
        cart_id = await make_cart(session, shop.member.id, goods)
        agreed = await quote_hash(session, cart_id, shopper(shop.member.id))
    write = PlaceRepository.place

    async def after_a_change(self, **values):
        async with unit_of_work(sessions) as other:
            await switch(other, shop.channel.id, TaxMode.EXCLUSIVE)
        return await write(self, **values)

    monkeypatch.setattr(PlaceRepository, "place", after_a_change)
    async with unit_of_work(sessions) as session:
        member_id = shop.member.id
        placed = await place(session, member_id, cart_id=cart_id, quote_hash=agreed)
    async with unit_of_work(sessions) as session:
        row = await order_row(session, placed.id)
        assert (row["tax_mode"], row["payable_minor"]) == (TaxMode.INCLUSIVE, 20_000)
        assert (await catalog.get_channel(session, shop.channel.id)).tax_mode is TaxMode.EXCLUSIVE
    assert [x.invariant.name async for x in reports.audit(sessions) if not x.holds] == []
    await engine.dispose()


async def test_rows_of_older_processes_say_it_by_their_own_figures(session, bought):
    """While processes from before the column run; free of tax it is what the channel says."""
    columns = (await order_row(session, UUID(bought[TaxMode.INCLUSIVE]["id"]))).keys()
    same = ", ".join(columns - {"id", "number", "cart_id", "tax_mode", "tax_minor"})
    for taxed, seen in ((1, list(bought)), (0, [TaxMode.INCLUSIVE] * 2)):
        for order, mode in zip(bought.values(), seen, strict=True):
            told = await session.scalar(
                text(
                    f"INSERT INTO orders (id, number, cart_id, tax_minor, {same})"
                    f" SELECT :id, :number, :id, tax_minor * :taxed, {same}"
                    " FROM orders WHERE id = :like RETURNING tax_mode"
                ),
                {"id": (id_ := new_id()), "number": str(id_)[-32:], "taxed": taxed}
                | {"like": UUID(order["id"])},
            )
            assert told == mode
