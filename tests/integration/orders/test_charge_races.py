"""A charge that is paid while its time runs out, its order falls, or somebody asks twice."""

import pytest
from sqlalchemy import text

from app.core.db import build_sessions, unit_of_work
from app.core.enums.orders import ChargeKind
from app.core.settings import CheckoutSettings
from app.services import cart, orders
from tests.factories.cart import make_cart
from tests.factories.delivery import make_slot, make_template
from tests.factories.orders import ADDRESS, order_row, place, shopper
from tests.factories.payments import BALANCE_TENDER, TERMS, give_balance
from tests.factories.shop import make_shop
from tests.integration.orders.charging import follow, require_sound
from tests.integration.orders.sending import CLERK, LIMITS, parcel, part_of
from tests.integration.orders.test_shipping_races import ROUNDS, buy, cancel, together

NOTE = {"after": {"note": "dearer"}, "is_by_staff": True}


@pytest.fixture
async def sessions(fresh_engine):
    return build_sessions(fresh_engine)


@pytest.fixture
async def shop(sessions):
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session, quantity=50)
        await give_balance(session, shop.member.id, 10_000_000)
    return shop


async def ask(sessions, order_id, **more):
    new = orders.charges.NewCharge(
        order_id=order_id, kind=ChargeKind.FREIGHT, amount_minor=500, reason="farther", **more
    )
    async with unit_of_work(sessions) as session:
        return (await orders.charges.ask_charge(session, new, actor=CLERK))["id"]


async def pay(sessions, shop, charge_id):
    async with unit_of_work(sessions) as session:
        await orders.charges.pay_charge(
            session,
            charge_id,
            [BALANCE_TENDER],
            actor=shopper(shop.member.id),
            limits=CheckoutSettings(),
            terms=TERMS,
        )


async def give_up(sessions, charge_id):
    await orders.charges.close_charge(sessions, {}, charge_id, actor=None)


async def standing(sessions, charge_id):
    async with unit_of_work(sessions) as session:
        charge = await orders.charges.get_charge(session, charge_id[0], charge_id[1])
        return charge["state"], charge["refunded_minor"], charge["settled_at"] is not None


async def test_paying_against_running_out(sessions, shop):
    for round_ in range(ROUNDS):
        order_id = await buy(sessions, shop, 1)
        charge_id = await ask(sessions, order_id)
        tasks = [pay(sessions, shop, charge_id), give_up(sessions, charge_id)]
        seen = await together(*(tasks[::-1] if round_ % 2 else tasks))
        await follow(sessions)
        state, back, is_settled = await standing(sessions, (order_id, charge_id))
        assert (back, is_settled) == (0, True)
        paid, given_up = seen[::-1] if round_ % 2 else seen
        if state == "paid":
            assert (paid, given_up) == ("done", "already-paid")
        else:
            assert (state, paid, given_up) == ("closed", "illegal-charge-transition", "done")
    async with unit_of_work(sessions) as session:
        await require_sound(session)


async def test_paying_against_cancelling_the_order(sessions, shop):
    for round_ in range(ROUNDS):
        order_id = await buy(sessions, shop, 1)
        charge_id = await ask(sessions, order_id, change=NOTE)
        tasks = [pay(sessions, shop, charge_id), cancel(sessions, shop, order_id)]
        seen = await together(*(tasks[::-1] if round_ % 2 else tasks))
        assert seen[0 if round_ % 2 else 1] == "done"
        await follow(sessions)
        state, back, is_settled = await standing(sessions, (order_id, charge_id))
        assert (state, back, is_settled) in {("paid", 500, True), ("closed", 0, True)}
    async with unit_of_work(sessions) as session:
        await require_sound(session)


async def test_two_changes_never_wait_for_money_together(sessions, shop):
    for _ in range(ROUNDS):
        order_id = await buy(sessions, shop, 1)
        seen = await together(*(ask(sessions, order_id, change=NOTE) for _ in range(3)))
        assert sorted(seen) == ["charge-pending", "charge-pending", "done"]


async def test_a_change_that_waits_for_money_against_picking(sessions, shop):
    """Whoever is second finds it held, or picked: nothing is packed for where it was to go."""
    for round_ in range(ROUNDS):
        order_id = await buy(sessions, shop, 1)
        tasks = [ask(sessions, order_id, change=NOTE), pick(sessions, order_id)]
        seen = await together(*(tasks[::-1] if round_ % 2 else tasks))
        asked, picked = seen[::-1] if round_ % 2 else seen
        assert asked == "done"
        assert picked in {"done", "order-held"}
        assert await pack(sessions, order_id) == "order-held"


async def pack(sessions, order_id):
    async def packed():
        async with unit_of_work(sessions) as session:
            command = await parcel(session, order_id)
            await orders.shipping.pack_parcel(session, command, actor=CLERK)

    (seen,) = await together(packed())
    return seen


async def test_goods_that_are_added_against_cancelling_the_order(sessions, shop):
    """Paid and cancelled at once: with the order everything goes back, stock too."""
    sku = shop.skus[1]
    for round_ in range(ROUNDS):
        order_id = await buy(sessions, shop, 1)
        charge_id = await add(sessions, order_id, sku.id)
        tasks = [pay(sessions, shop, charge_id), cancel(sessions, shop, order_id)]
        await together(*(tasks[::-1] if round_ % 2 else tasks))
        await follow(sessions)
        await follow(sessions)
    async with unit_of_work(sessions) as session:
        reserved = text("SELECT coalesce(sum(reserved), 0) FROM stock WHERE sku_id = :id")
        assert await session.scalar(reserved, {"id": sku.id}) == 0
        await require_sound(session)


async def add(sessions, order_id, sku_id):
    added = (orders.changes.AddedGoods(sku_id, 1),)
    wish = orders.changes.ChangeWish(added=added, reason="one more", consent="to be paid")
    async with unit_of_work(sessions) as session:
        seen = await orders.changes.preview_change(session, order_id, wish, actor=CLERK)
        made = await orders.changes.propose_change(
            session, order_id, wish, version=seen.order_version, actor=CLERK
        )
        return made["id"]


async def test_two_orders_want_the_last_place_of_a_time(sessions, shop):
    async with unit_of_work(sessions) as session:
        await make_template(session, shop.merchant.id, method="same_city")
        first, second = [
            await make_slot(session, shop.merchant.id, capacity=2 * ROUNDS) for _ in range(2)
        ]
        last = await make_slot(session, shop.merchant.id)
    placed = []
    for slot in (first, second):
        async with unit_of_work(sessions) as session:
            wish = {"kind": "same_city", "slot_id": str(slot.id)}
            command = {"delivery": wish, "tenders": [BALANCE_TENDER]}
            placed.append(await at_a_time(session, shop, **command))
    seen = await together(*(move(sessions, shop, each, last.id) for each in placed))
    assert sorted(seen) in [["delivery-refused", "done"], ["done", "slot-taken"]]
    for _ in range(ROUNDS):
        swapped = (first.id, second.id)
        await together(*(move(sessions, shop, *each) for each in zip(placed, swapped, strict=True)))
        swapped = swapped[::-1]
        await together(*(move(sessions, shop, *each) for each in zip(placed, swapped, strict=True)))
    async with unit_of_work(sessions) as session:
        await require_sound(session)


async def at_a_time(session, shop, **command):
    actor = shopper(shop.member.id)
    cart_id = await make_cart(session, shop.member.id, [(shop.skus[0].id, 1)])
    snapshot = await cart.snapshot(session, cart_id, actor, wish=command["delivery"])
    quoted = await cart.quote_snapshot(
        session, snapshot, delivery=command["delivery"], address=ADDRESS
    )
    found = await place(
        session, shop.member.id, cart_id=cart_id, quote_hash=str(quoted.agreement), **command
    )
    return found.id


async def move(sessions, shop, order_id, slot_id):
    delivery = {"kind": "same_city", "slot_id": str(slot_id)}
    wish = orders.changes.ChangeWish(fields={"delivery": delivery})
    async with unit_of_work(sessions) as session:
        version = (await order_row(session, order_id))["version"]
        await orders.changes.change_order(
            session,
            order_id,
            wish,
            version=version,
            actor=shopper(shop.member.id),
            limits=LIMITS,
        )


async def pick(sessions, order_id):
    async with unit_of_work(sessions) as session:
        part = await part_of(session, order_id)
        await orders.shipping.start_picking(session, part["id"], actor=CLERK)
