"""Bargains wanted, cut and ordered twice at the same moment."""

import pytest

from app.core.db import build_sessions, unit_of_work
from app.core.ids import new_id
from app.repositories.pricing import BargainPriceRepository
from app.services import pricing
from tests.factories.bargains import finished, help_out, make_activity, start
from tests.factories.cart import make_cart, put_line
from tests.factories.members import make_member
from tests.factories.order_invariants import check_orders
from tests.factories.orders import place, quote_hash, shopper
from tests.factories.payments import GATEWAY
from tests.factories.shop import make_shop
from tests.integration.orders.test_races import scalar, together
from tests.waiting import start_and_wait

MANY = 8


@pytest.fixture
async def sessions(fresh_engine):
    """Connections are open before the race: opening them would put everybody in a queue."""
    connections = [await fresh_engine.connect() for _ in range(MANY)]
    for each in connections:
        await each.close()
    return build_sessions(fresh_engine)


@pytest.fixture
async def shop(sessions):
    async with unit_of_work(sessions) as session:
        return await make_shop(session, quantity=50)


async def cut(sessions, bargain_id, helper_id):
    async with unit_of_work(sessions) as session:
        return await pricing.cut_bargain(session, bargain_id, helper_id=helper_id)


async def take(sessions, *bargain_ids):
    """What an order does, without the goods: their stock would put buyers in a queue before."""
    uses = [pricing.BargainUse(str(each), each) for each in bargain_ids]
    async with unit_of_work(sessions) as session:
        await pricing.use_bargains(session, new_id(), uses)


async def members(sessions, count):
    async with unit_of_work(sessions) as session:
        return [(await make_member(session)).id for _ in range(count)]


async def check(sessions):
    async with unit_of_work(sessions) as session:
        await check_orders(session)


async def test_one_member_starts_one(sessions, shop):
    async with unit_of_work(sessions) as session:
        activity = await make_activity(session, shop)

    async def start_one():
        async with unit_of_work(sessions) as session:
            await start(session, activity, shop.member.id)

    assert await together(*(start_one() for _ in range(MANY))) == ["done"] * MANY
    assert await scalar(sessions, "SELECT count(*) FROM bargains") == 1


async def test_a_helper_who_cuts_twice_at_once_cuts_once(sessions, shop):
    async with unit_of_work(sessions) as session:
        activity = await make_activity(session, shop, cuts=5)
        bargain_id = await start(session, activity, shop.member.id)
    (helper_id,) = await members(sessions, 1)
    outcomes = await together(*(cut(sessions, bargain_id, helper_id) for _ in range(MANY)))
    assert outcomes == ["done"] * MANY
    assert await scalar(sessions, "SELECT count(*) FROM bargain_cuts") == 1
    await check(sessions)


async def test_the_last_cut_is_made_once(sessions, shop):
    async with unit_of_work(sessions) as session:
        activity = await make_activity(session, shop)
        bargain_id = await start(session, activity, shop.member.id)
        await help_out(session, bargain_id, 2)
    helpers = await members(sessions, MANY)
    outcomes = await together(*(cut(sessions, bargain_id, each) for each in helpers))
    assert sorted(outcomes) == sorted(["done", *[pricing.BargainOver.slug] * (MANY - 1)])
    assert await scalar(sessions, "SELECT cut_minor FROM bargains") == 4_000
    await check(sessions)


async def test_helpers_at_once_cut_one_after_the_other(sessions, shop):
    async with unit_of_work(sessions) as session:
        activity = await make_activity(session, shop, cuts=MANY)
        bargain_id = await start(session, activity, shop.member.id)
    helpers = await members(sessions, MANY)
    outcomes = await together(*(cut(sessions, bargain_id, each) for each in helpers))
    assert outcomes == ["done"] * MANY
    assert await scalar(sessions, "SELECT sum(amount_minor) FROM bargain_cuts") == 4_000
    await check(sessions)


async def test_one_helps_with_several_at_once_no_more_often_than_a_day_lets(sessions, shop):
    async with unit_of_work(sessions) as session:
        activity = await make_activity(session, shop, helps_per_day=2)
        bargains = [
            await start(session, activity, (await make_member(session)).id) for _ in range(MANY)
        ]
    (helper_id,) = await members(sessions, 1)
    outcomes = await together(*(cut(sessions, each, helper_id) for each in bargains))
    assert sorted(outcomes) == sorted(["done"] * 2 + [pricing.HelpedEnough.slug] * (MANY - 2))
    await check(sessions)


async def test_members_who_help_one_another_at_once_both_do(sessions, shop):
    async with unit_of_work(sessions) as session:
        activity = await make_activity(session, shop)
        other = (await make_member(session)).id
        own = await start(session, activity, shop.member.id)
        theirs = await start(session, activity, other)
    crossing = [(own, other), (theirs, shop.member.id)] * 3
    assert await together(*(cut(sessions, *each) for each in crossing)) == ["done"] * 6
    await check(sessions)


async def test_the_last_of_the_quota_is_had_once(sessions, shop):
    buyers = []
    async with unit_of_work(sessions) as session:
        activity = await make_activity(session, shop, cuts=1, quota=3)
        for _ in range(MANY):
            member_id = (await make_member(session)).id
            bargain_id = await finished(session, activity, member_id)
            cart_id = await make_cart(session, member_id)
            await put_line(session, cart_id, member_id, activity.sku_id, bargain_id=bargain_id)
            seen = await quote_hash(session, cart_id, shopper(member_id))
            buyers.append((member_id, cart_id, seen))

    async def place_one(member_id, cart_id, seen):
        async with unit_of_work(sessions) as session:
            await place(session, member_id, cart_id=cart_id, quote_hash=seen, tenders=[GATEWAY])

    outcomes = await together(*(place_one(*each) for each in buyers))
    refused = pricing.BargainUnavailable.slug
    assert sorted(outcomes) == sorted(["done"] * 3 + [refused] * (MANY - 3))
    assert await scalar(sessions, "SELECT sold FROM bargain_activities") == 3
    await check(sessions)


async def test_pieces_are_counted_one_buyer_after_the_other(sessions, shop):
    async with unit_of_work(sessions) as session:
        activity = await make_activity(session, shop, cuts=1, quota=MANY - 2)
        bargains = [
            await finished(session, activity, (await make_member(session)).id) for _ in range(MANY)
        ]
    outcomes = await together(*(take(sessions, each) for each in bargains))
    refused = pricing.BargainUnavailable.slug
    assert sorted(outcomes) == sorted(["done"] * (MANY - 2) + [refused] * 2)
    assert await scalar(sessions, "SELECT sold FROM bargain_activities") == MANY - 2


async def test_a_bargain_is_ordered_once(sessions, shop):
    async with unit_of_work(sessions) as session:
        activity = await make_activity(session, shop)
        bargain_id = await finished(session, activity, shop.member.id)
    outcomes = await together(*(take(sessions, bargain_id) for _ in range(MANY)))
    assert sorted(outcomes) == sorted(["done", *[pricing.BargainUnavailable.slug] * (MANY - 1)])
    assert await scalar(sessions, "SELECT sold FROM bargain_activities") == 1


async def test_who_waits_for_another_order_finds_the_bargain_used(sessions, shop):
    async with unit_of_work(sessions) as session:
        activity = await make_activity(session, shop)
        bargain_id = await finished(session, activity, shop.member.id)
    async with unit_of_work(sessions) as session:
        uses = [pricing.BargainUse("line", bargain_id)]
        await pricing.use_bargains(session, new_id(), uses)
        waiting = await start_and_wait(sessions, take(sessions, bargain_id))
    with pytest.raises(pricing.BargainUnavailable) as refused:
        await waiting
    assert [each["reason"] for each in refused.value.context["lines"]] == ["used"]
    assert await scalar(sessions, "SELECT sold FROM bargain_activities") == 1


async def test_orders_that_want_the_same_two_do_not_wait_for_each_other(sessions, shop):
    """Bargains are taken in one order whatever the order of lines, and all or none."""
    async with unit_of_work(sessions) as session:
        first, second = [await make_activity(session, shop) for _ in range(2)]
        one = await finished(session, first, shop.member.id)
        two = await finished(session, second, shop.member.id)
    outcomes = await together(
        *(take(sessions, *pair) for pair in [(one, two), (two, one)] * (MANY // 2))
    )
    assert sorted(outcomes) == sorted(["done", *[pricing.BargainUnavailable.slug] * (MANY - 1)])
    assert await scalar(sessions, "SELECT sum(sold) FROM bargain_activities") == 2


async def test_a_bargain_is_given_back_once(sessions, shop):
    async with unit_of_work(sessions) as session:
        activity = await make_activity(session, shop)
        bargain_id = await finished(session, activity, shop.member.id)
        order_id = new_id()
        await pricing.use_bargains(session, order_id, [pricing.BargainUse("line", bargain_id)])

    async def release():
        async with unit_of_work(sessions) as session:
            await pricing.release_quota(session, order_id)

    assert await together(*(release() for _ in range(MANY))) == ["done"] * MANY
    assert await scalar(sessions, "SELECT sold FROM bargain_activities") == 0


async def test_orders_that_give_back_at_once_are_both_counted(sessions, shop):
    """Who waits counts from what the other left."""
    async with unit_of_work(sessions) as session:
        activity = await make_activity(session, shop, quota=5)
        orders = []
        for _ in range(2):
            member_id = (await make_member(session)).id
            bargain_id = await finished(session, activity, member_id)
            orders.append(new_id())
            uses = [pricing.BargainUse("line", bargain_id)]
            await pricing.use_bargains(session, orders[-1], uses)

    async def release(order_id):
        async with unit_of_work(sessions) as session:
            await pricing.release_quota(session, order_id)

    async with unit_of_work(sessions) as session:
        await pricing.release_quota(session, orders[0])
        releasing = await start_and_wait(sessions, release(orders[1]))
    await releasing
    assert await scalar(sessions, "SELECT sold FROM bargain_activities") == 0


async def test_of_two_bargains_none_is_taken_where_one_is_gone(sessions, shop):
    async with unit_of_work(sessions) as session:
        activity, other = [await make_activity(session, shop) for _ in range(2)]
        used = await finished(session, activity, shop.member.id)
        free = await finished(session, other, shop.member.id)
        repository = BargainPriceRepository(session)
        assert await repository.take([used], new_id()) == []
        assert await repository.take(sorted([used, free]), new_id()) == [(used, False)]
    assert await scalar(sessions, "SELECT sum(sold) FROM bargain_activities") == 1


async def test_one_starts_another_at_the_moment_the_open_one_is_ordered(sessions, shop):
    """Who asks while the order is not there yet waits for it, and has a new one then."""
    async with unit_of_work(sessions) as session:
        activity = await make_activity(session, shop)
        bargain_id = await finished(session, activity, shop.member.id)

    async def start_one():
        async with unit_of_work(sessions) as session:
            return await start(session, activity, shop.member.id)

    async with unit_of_work(sessions) as session:
        uses = [pricing.BargainUse("line", bargain_id)]
        await pricing.use_bargains(session, new_id(), uses)
        starting = await start_and_wait(sessions, start_one())
    assert await starting != bargain_id
