"""Changes at the same moment as picking, shipping, cancelling and each other."""

import pytest

from app.core.db import build_sessions, unit_of_work
from app.services import orders
from tests.factories.orders import ADDRESS, axes, order_row, shopper
from tests.factories.payments import give_balance
from tests.factories.shop import make_shop
from tests.integration.orders.sending import CLERK, LIMITS, line_ids, part_of
from tests.integration.orders.test_shipping_races import (
    ROUNDS,
    buy,
    cancel,
    levels,
    ship,
    together,
)

NEXT_DOOR = ADDRESS | {"street": "南京东路 2 号"}


@pytest.fixture
async def sessions(fresh_engine):
    return build_sessions(fresh_engine)


@pytest.fixture
async def shop(sessions):
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session, quantity=20)
        await give_balance(session, shop.member.id, 10_000_000)
    return shop


async def change(sessions, order_id, actor, wish, version=None):
    async with unit_of_work(sessions) as session:
        if version is None:
            version = (await order_row(session, order_id))["version"]
        return await orders.changes.change_order(
            session, order_id, wish, version=version, actor=actor, limits=LIMITS
        )


async def pick(sessions, order_id):
    async with unit_of_work(sessions) as session:
        part = await part_of(session, order_id)
        await orders.shipping.start_picking(session, part["id"], actor=CLERK)


def turned(tasks, round_):
    return tasks[::-1] if round_ % 2 else tasks


async def test_a_change_and_picking_at_once(sessions, shop):
    """Whoever is second finds what the first did: what is picked has the address it keeps."""
    for round_ in range(ROUNDS):
        order_id = await buy(sessions, shop, 1)
        async with unit_of_work(sessions) as session:
            version = (await order_row(session, order_id))["version"]
        wish = orders.changes.ChangeWish(fields={"address": NEXT_DOOR})
        moving = change(sessions, order_id, shopper(shop.member.id), wish, version)
        outcomes = await together(*turned([moving, pick(sessions, order_id)], round_))
        async with unit_of_work(sessions) as session:
            row = await order_row(session, order_id)
        assert row["fulfilment_status"] == "picking"
        is_changed = row["address"]["street"] == NEXT_DOOR["street"]
        assert sorted(outcomes) == (["done", "done"] if is_changed else ["done", "stale-version"])
        await cancel_by_shop(sessions, order_id)


async def cancel_by_shop(sessions, order_id):
    async with unit_of_work(sessions) as session:
        await orders.begin_cancel(session, order_id, actor=CLERK, reason="no")


async def test_pieces_are_taken_off_or_leave(sessions, shop):
    on_hand = (await levels(sessions, shop))[0]
    for round_ in range(ROUNDS):
        order_id = await buy(sessions, shop, 2)
        async with unit_of_work(sessions) as session:
            (line,) = await line_ids(session, order_id)
        wish = orders.changes.ChangeWish(pieces=((line, 1),))
        taking = change(sessions, order_id, shopper(shop.member.id), wish)
        outcomes = await together(*turned([taking, ship(sessions, order_id)], round_))
        async with unit_of_work(sessions) as session:
            _, payment, fulfilment = await axes(session, order_id)
        assert fulfilment == "shipped"
        is_taken = payment == "partly_refunded"
        on_hand -= 1 if is_taken else 2
        assert await levels(sessions, shop) == (on_hand, 0)
        refused = {"already-shipped", "stale-version"} & set(outcomes)
        assert bool(refused) is not is_taken


async def test_a_change_and_a_cancellation_at_once(sessions, shop):
    for round_ in range(ROUNDS):
        order_id = await buy(sessions, shop, 2)
        async with unit_of_work(sessions) as session:
            (line,) = await line_ids(session, order_id)
        wish = orders.changes.ChangeWish(pieces=((line, 1),))
        taking = change(sessions, order_id, shopper(shop.member.id), wish)
        outcomes = await together(*turned([taking, cancel(sessions, shop, order_id)], round_))
        async with unit_of_work(sessions) as session:
            assert await axes(session, order_id) == ("cancelled", "refunded", "cancelled")
        assert set(outcomes) <= {"done", "stale-version", "illegal-order-transition"}
        assert await levels(sessions, shop) == (20, 0)


async def test_of_changes_of_one_version_one_is_made(sessions, shop):
    order_id = await buy(sessions, shop, 2)
    async with unit_of_work(sessions) as session:
        version = (await order_row(session, order_id))["version"]
        (line,) = await line_ids(session, order_id)
    actor = shopper(shop.member.id)
    wishes = [
        *(orders.changes.ChangeWish(fields={"note": str(n)}) for n in range(3)),
        *(orders.changes.ChangeWish(pieces=((line, 1),)) for _ in range(3)),
    ]
    outcomes = await together(
        *(change(sessions, order_id, actor, each, version) for each in wishes)
    )
    assert sorted(outcomes) == ["done", *["stale-version"] * 5]
    async with unit_of_work(sessions) as session:
        made = await orders.changes.list_changes(
            session, order_id, actor=actor, after=None, limit=9
        )
    assert len(made) == 1
