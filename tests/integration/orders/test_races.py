"""Orders placed, paid and cancelled at the same moment, on real connections."""

import asyncio

import pytest
from sqlalchemy import text

from app.core.db import build_sessions, unit_of_work
from app.core.enums.handouts import HandoutAction
from app.core.enums.orders import OrderKind
from app.core.enums.payments import Scene, TenderKind
from app.core.settings import CheckoutSettings
from app.services import cart, finance, inventory, orders, payments, promotions
from app.services.orders import entry
from app.services.payments import TenderRequest
from tests.factories.cart import make_cart
from tests.factories.catalog import make_channel
from tests.factories.counters import OrderCounter, fill_purse, shopper
from tests.factories.entering import line, take
from tests.factories.members import make_member
from tests.factories.orders import ADDRESS, LIMITS, place, quote_hash
from tests.factories.payments import (
    BALANCE_TENDER,
    GATEWAY,
    TERMS,
    give_balance,
    make_gift_card,
    staff,
)
from tests.factories.promotions import make_coupon, make_promotion
from tests.factories.shop import make_shop

ROUNDS = 6


@pytest.fixture
async def sessions(fresh_engine):
    """Connections are open before the race: opening them would put the buyers in a queue."""
    connections = [await fresh_engine.connect() for _ in range(12)]
    for each in connections:
        await each.close()
    return build_sessions(fresh_engine)


@pytest.fixture
def counter(sessions):
    return OrderCounter(sessions)


@pytest.fixture
async def shop(sessions):
    async with unit_of_work(sessions) as session:
        return await make_shop(session, quantity=3)


async def scalar(sessions, statement, **values):
    async with unit_of_work(sessions) as session:
        return await session.scalar(text(statement), values)


async def together(*tasks):
    """Outcomes of tasks started at once; anything but a refusal of ours is a failure."""
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    for each in outcomes:
        if isinstance(each, BaseException) and not hasattr(each, "slug"):
            raise each
    return [each.slug if isinstance(each, Exception) else "done" for each in outcomes]


async def members_with_carts(sessions, shop, count, **cart_values):
    """Each with a cart of one unit and the hash of what its quote says."""
    found = []
    async with unit_of_work(sessions) as session:
        for _ in range(count):
            member = await make_member(session)
            cart_id = await make_cart(session, member.id, [(shop.skus[0].id, 1)], **cart_values)
            seen = await quote_hash(session, cart_id, shopper(member.id))
            found.append((member.id, cart_id, seen))
    return found


async def place_one(sessions, member_id, cart_id, seen, **command):
    async with unit_of_work(sessions) as session:
        return await place(session, member_id, cart_id=cart_id, quote_hash=seen, **command)


async def test_s1_the_last_units_are_sold_once(sessions, shop):
    """S1 in small: twelve buyers, three units."""
    buyers = await members_with_carts(sessions, shop, 12)
    outcomes = await together(*(place_one(sessions, *buyer) for buyer in buyers))
    assert sorted(outcomes) == ["done"] * 3 + [inventory.OutOfStock.slug] * 9
    assert await scalar(sessions, "SELECT sum(reserved) FROM stock") == 3


async def test_m9_the_last_coupon_is_used_once(sessions, shop):
    """INV-21: two orders for one coupon; exactly one has it, the other is asked again."""
    async with unit_of_work(sessions) as session:
        promotion = await make_promotion(
            session, shop.merchant.id, stage="coupon", needs_coupon=True, total_uses=9
        )
        coupon = await make_coupon(session, promotion.id)
    buyers = await members_with_carts(sessions, shop, 3, coupon_codes=[coupon.code])
    outcomes = await together(*(place_one(sessions, *buyer) for buyer in buyers))
    refusals = {promotions.CouponTaken.slug, orders.PriceChanged.slug}
    assert outcomes.count("done") == 1
    assert set(outcomes) - {"done"} <= refusals
    assert await scalar(sessions, "SELECT count(*) FROM coupons WHERE state = 'reserved'") == 1


async def carts_in_channels(sessions, shop, count):
    """One member with a cart in each of several channels, each of another SKU."""
    found = []
    async with unit_of_work(sessions) as session:
        for index in range(count):
            channel = await make_channel(session, tax_rates={"standard": 1_300})
            cart_id = await make_cart(
                session, shop.member.id, [(shop.skus[index].id, 1)], channel_id=channel.id
            )
            seen = await quote_hash(session, cart_id, shopper(shop.member.id))
            found.append((shop.member.id, cart_id, seen))
    return found


async def test_m8_the_last_balance_is_spent_once(sessions, shop):
    """INV-21 and M8: a balance for one order, two orders at once."""
    async with unit_of_work(sessions) as session:
        await give_balance(session, shop.member.id, 25_000)
    carts = await carts_in_channels(sessions, shop, 2)
    outcomes = await together(
        *(place_one(sessions, *each, tenders=[BALANCE_TENDER]) for each in carts)
    )
    assert sorted(outcomes) == ["done", payments.TenderMismatch.slug]


async def test_s12_the_limit_of_unpaid_orders_holds_for_carts_at_once(sessions, shop):
    """S12: three carts in three channels, one unpaid order allowed; no goods in common."""
    carts = await carts_in_channels(sessions, shop, 3)
    limits = CheckoutSettings(max_unpaid_orders=1)
    outcomes = await together(*(place_one(sessions, *each, limits=limits) for each in carts))
    assert sorted(outcomes) == ["done"] + [orders.TooManyUnpaidOrders.slug] * 2


async def test_two_tabs_order_one_cart_once(sessions, shop):
    ((member_id, cart_id, seen),) = await members_with_carts(sessions, shop, 1)
    outcomes = await together(*(place_one(sessions, member_id, cart_id, seen) for _ in range(4)))
    assert sorted(outcomes) == [orders.CartAlreadyOrdered.slug] * 3 + ["done"]
    assert await scalar(sessions, "SELECT count(*) FROM orders") == 1


async def test_a_line_added_meanwhile_is_never_lost(sessions, shop):
    """A tab adds while another orders: the order holds the line, or the shopper is asked again."""
    ((member_id, cart_id, seen),) = await members_with_carts(sessions, shop, 1)
    actor = shopper(member_id)
    async with unit_of_work(sessions) as adding:
        await cart.add_line(
            adding, cart_id, cart.AddLine(sku_id=shop.skus[1].id), actor=actor, limits=LIMITS
        )
        ordering = asyncio.create_task(place_one(sessions, member_id, cart_id, seen))
        await until_waiting(sessions)
    with pytest.raises(orders.PriceChanged) as caught:
        await ordering
    assert len(caught.value.context["quote"]["lines"]) == 2


async def until_waiting(sessions, count=1):
    """Until so many wait for a lock."""
    waiting = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with asyncio.timeout(5):
        while await scalar(sessions, waiting) < count:
            pass


async def test_m15_paying_and_cancelling_at_once(counter, shop):
    """M15: one wins; a payment that lost is returned. Afterwards nothing is missing anywhere."""
    tenders = await fill_purse(counter.sessions, shop.member.id)
    before = await counter.world()
    won = set()
    for _ in range(ROUNDS):
        placed = await counter.place(shop.member.id, [(shop.skus[0].id, 1)], tenders=tenders)
        outcome, _ = await asyncio.gather(
            counter.pay(placed), counter.cancel(placed, shopper(shop.member.id))
        )
        state, payment, _ = await counter.axes(placed)
        assert (outcome, state, payment) in {
            ("paid", "open", "paid"),
            ("paid", "cancelled", "partly_refunded"),
            ("duplicate", "open", "paid"),
            ("late", "cancelled", "closed"),
        }
        won.add(state)
        await counter.cancel(placed, None)
        await counter.push_refunds()
        assert (await counter.axes(placed))[0] == "cancelled"
        assert await counter.world() == before
    assert counter.gateway.net_taken_minor == 0
    assert won


async def test_m10_cancelling_twice_at_once_gives_back_once(counter, shop):
    """M10 at the same moment, before and after payment."""
    tenders = await fill_purse(counter.sessions, shop.member.id)
    before = await counter.world()
    for is_paid in (False, True):
        placed = await counter.place(shop.member.id, [(shop.skus[0].id, 1)], tenders=tenders)
        if is_paid:
            await counter.pay(placed)
        actor = shopper(shop.member.id)
        await asyncio.gather(*(counter.cancel(placed, actor) for _ in range(4)))
        await counter.push_refunds()
        assert await counter.world() == before
        cancelled = "SELECT count(*) FROM order_events WHERE order_id = :id AND kind = 'cancelled'"
        assert await scalar(counter.sessions, cancelled, id=placed.id) == 1


async def test_many_orders_on_the_same_accounts_do_not_deadlock(counter, shop):
    """INV-22: one member, several orders placed and cancelled side by side."""
    async with unit_of_work(counter.sessions) as session:
        await give_balance(session, shop.member.id, 100_000)
    before = await counter.world()
    carts = await carts_in_channels(counter.sessions, shop, 3)
    limited = BALANCE_TENDER.__class__(kind=BALANCE_TENDER.kind, max_minor=4_000)
    placed = await asyncio.gather(
        *(place_one(counter.sessions, *each, tenders=[limited, GATEWAY]) for each in carts)
    )
    await asyncio.gather(*(counter.cancel(each, None) for each in placed))
    assert await counter.world() == before


async def test_ordering_and_cancelling_at_once_do_not_deadlock(counter, shop):
    """One card, one SKU: an order takes from the card first and goods last, and so is it undone.

    Whoever gave the goods back first would wait for the card while its holder waits for the goods.
    """
    sku_id = shop.skus[0].id
    for is_paid in (False, True):
        async with unit_of_work(counter.sessions) as session:
            card = await make_gift_card(session, 900_000)
            buyer = await make_member(session)
        by_card = TenderRequest(kind=TenderKind.GIFT_CARD, code=card.code, max_minor=500)
        tenders = (by_card, GATEWAY)
        placed = await counter.place(shop.member.id, [(sku_id, 1)], tenders=tenders)
        if is_paid:
            await counter.pay(placed)
        async with counter.sessions.begin() as holding:
            await holding.execute(text("SELECT FROM stock FOR UPDATE"))
            cancelling = asyncio.create_task(counter.cancel(placed, None))
            await until_waiting(counter.sessions)
            ordering = asyncio.create_task(counter.place(buyer.id, [(sku_id, 1)], tenders=tenders))
            await until_waiting(counter.sessions, 2)
        await asyncio.gather(cancelling, ordering)
        assert (await counter.axes(placed))[0] == "cancelled"


async def test_a_reference_entered_twice_at_once_is_one_order(sessions, shop):
    """Two people send the same row of a workbook, or a marketplace tells of an order twice."""

    async def enter():
        async with unit_of_work(sessions) as session:
            member = await make_member(session)
            goods = line(shop.skus[0].id, 1, 5_000)
            return await take(session, shop, goods, member_id=member.id, reference="1001")

    assert (
        sorted(await together(*(enter() for _ in range(6))))
        == ["done"] + [orders.ReferenceTaken.slug] * 5
    )
    assert await scalar(sessions, "SELECT count(*) FROM orders") == 1
    assert await scalar(sessions, "SELECT sum(reserved) FROM stock") == 1


async def test_a_cart_of_the_desk_clicked_twice_is_one_order(sessions, shop):
    """Two clerks look at one cart, and both order it."""
    async with unit_of_work(sessions) as session:
        at = await cart.desk_of(session, shop.member.id, staff())
        cart_id, _ = await cart.open_cart(session, None, actor=at)
        goods = cart.AddLine(sku_id=shop.skus[0].id)
        await cart.add_line(session, cart_id, goods, actor=at, limits=LIMITS)
        seen = await quote_hash(session, cart_id, at)

    async def click():
        command = orders.PlaceOrder(
            cart_id=cart_id, quote_hash=seen, address=ADDRESS, tenders=(GATEWAY,)
        )
        async with unit_of_work(sessions) as session:
            clerk = await cart.at_desk(session, cart_id, staff(), may_be_ordered=True)
            await orders.place_order(session, command, actor=clerk, limits=LIMITS, terms=TERMS)

    outcomes = await together(*(click() for _ in range(6)))
    assert sorted(outcomes) == [orders.CartAlreadyOrdered.slug] * 5 + ["done"]
    assert await scalar(sessions, "SELECT sum(reserved) FROM stock") == 1


async def test_two_links_made_at_once_leave_one(sessions, shop):
    async with unit_of_work(sessions) as session:
        placed = await place(session, shop.member.id, [(shop.skus[0].id, 1)])

    async def make():
        async with unit_of_work(sessions) as session:
            return await orders.entry.make_link(
                session, placed.id, seconds=600, actor=staff(), pepper=TERMS.pepper, terms=TERMS
            )

    assert await together(*(make() for _ in range(5))) == ["done"] * 5
    live = "SELECT count(*) FROM payment_links WHERE revoked_at IS NULL"
    assert await scalar(sessions, live) == 1


async def test_a_link_used_twice_at_once_is_paid_once(sessions, counter, shop):
    """Two people open one link; both are sent to the same payment."""
    placed = await counter.place(shop.member.id, [(shop.skus[0].id, 1)])
    async with unit_of_work(sessions) as session:
        made = await orders.entry.make_link(
            session, placed.id, seconds=600, actor=staff(), pepper=TERMS.pepper, terms=TERMS
        )

    async def pay():
        async with unit_of_work(sessions) as session:
            opened = await orders.entry.open_link(
                session, made.token, pepper=TERMS.pepper, terms=TERMS
            )
        plan = await payments.new_attempt(
            sessions,
            counter.gateways,
            orders.PAYMENT_OWNER,
            opened.order_id,
            "alipay",
            payments.PayWith(scene=Scene.WAP),
            terms=TERMS,
        )
        assert plan.attempt is not None
        found.append(plan.attempt.out_trade_no)

    found: list[str] = []
    await together(*(pay() for _ in range(5)))
    (number,) = set(found)
    open_ones = "SELECT count(*) FROM payment_attempts WHERE state IN ('created', 'pending')"
    assert await scalar(sessions, open_ones) == 1
    assert number is not None


async def test_a_handout_approved_and_placed_at_once_is_handed_out_once(sessions, shop):
    """Two approve, and two more place what was approved."""
    async with unit_of_work(sessions) as session:
        await finance.put_centre(session, "fair", name="F", budget_owner="M", actor=staff())
        command = entry.NewHandout(
            kind=OrderKind.SAMPLE,
            reason="For the press",
            cost_centre="fair",
            recipients=tuple(
                entry.Recipient(address=ADDRESS, lines=[(shop.skus[0].id, 1)]) for _ in range(3)
            ),
        )
        handout = await entry.make_handout(session, command, alone_minor=0, actor=staff())

    async def approve():
        async with unit_of_work(sessions) as session:
            await entry.decide(session, handout.id, HandoutAction.APPROVE, version=1, actor=staff())

    async def place():
        await entry.hand_out(sessions, handout.id, actor=staff(), limits=LIMITS, terms=TERMS)

    outcomes = await together(*(approve() for _ in range(3)))
    assert sorted(outcomes) == ["done", *[entry.IllegalHandoutTransition.slug] * 2]
    assert await together(*(place() for _ in range(4))) == ["done"] * 4
    assert await scalar(sessions, "SELECT count(*) FROM orders") == 3
    assert await scalar(sessions, "SELECT sum(reserved) FROM stock") == 3
