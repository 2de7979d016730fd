"""Coupons given by the service: to named members, segments, for what happened."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.core.clock import now
from app.core.db import build_sessions, unit_of_work
from app.services import promotions
from app.worker.subscriptions import SUBSCRIPTIONS
from tests.factories.members import make_guest, make_member
from tests.factories.orders import place
from tests.integration.promotions.batching import PEPPER, failing, held, make_batch


async def test_each_named_member_gets_one_however_often_it_runs(session, sessions, monkeypatch):
    monkeypatch.setattr(promotions.giving, "MEMBERS", 2)
    members = [await make_member(session) for _ in range(5)]
    guest = await make_guest(session)
    _, _, batch = await make_batch(
        session, "targeted", member_ids=(*(each.id for each in members), guest.id)
    )
    await session.commit()
    assert await promotions.work_on_batches(sessions, PEPPER) == 3
    await session.execute(text("UPDATE coupon_batches SET state = 'making', cursor = NULL"))
    await session.commit()
    await promotions.work_on_batches(sessions, PEPPER)
    assert {member for member, _ in await held(session, batch.id)} == {each.id for each in members}
    assert len(await held(session, batch.id)) == 5
    told = await session.scalars(
        text("SELECT payload FROM outbox WHERE name = 'promotions.coupons_issued.v1' ORDER BY seq")
    )
    assert [len(each["member_ids"]) for each in told] == [2, 2, 1]


async def test_a_segment_gets_what_there_is(session, sessions):
    gold = [await make_member(session, tier="gold") for _ in range(3)]
    await make_member(session, tier="silver")
    await make_member(session, tier="gold", status="frozen")
    _, _, batch = await make_batch(session, "targeted", tiers=("gold",), total=2)
    await session.commit()
    await promotions.work_on_batches(sessions, PEPPER)
    row, counts = await promotions.get_batch(session, batch.id)
    assert (row.state, row.issued, counts.issued) == ("made", 2, 2)
    assert {member for member, _ in await held(session, batch.id)} <= {each.id for each in gold}


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({"is_first_order": True}, "new"),
        ({"registered_from": now() + timedelta(days=1)}, None),
        ({"registered_before": now() + timedelta(days=1)}, "both"),
    ],
)
async def test_segments(session, sessions, terms, expected):
    shop, _, batch = await make_batch(session, "targeted", **terms)
    await place(session, shop.member.id, [(shop.sku_ids[0], 1)])
    fresh = await make_member(session)
    await session.commit()
    await promotions.work_on_batches(sessions, PEPPER)
    wanted = {"new": {fresh.id}, "both": {fresh.id, shop.member.id}, None: set()}[expected]
    assert {member for member, _ in await held(session, batch.id)} == wanted


async def tell(session, name, **payload):
    """What promotions make of an event; others would look for the order."""
    for handle in SUBSCRIPTIONS[name]:
        if handle.__module__.startswith("app.services.promotions"):
            await handle(session, payload)


async def test_a_new_member_is_welcomed_once(session):
    shop, _, batch = await make_batch(session, "automatic", trigger="registered", valid_days=30)
    for _ in range(2):
        await tell(session, "members.registered.v1", member_id=str(shop.member.id))
    assert await held(session, batch.id) == [(shop.member.id, "available")]
    guest = await make_guest(session)
    await tell(session, "members.registered.v1", member_id=str(guest.id))
    assert len(await held(session, batch.id)) == 1


async def test_a_paid_order_over_an_amount_earns_a_coupon_that_goes_with_it(session):
    shop, _, batch = await make_batch(
        session,
        "automatic",
        trigger="order_paid",
        min_amount_minor=10_000,
        per_member=3,
        total=2,
    )
    orders = [str(uuid4()) for _ in range(4)]

    async def paid(order_id, amount_minor=10_000, currency="CNY"):
        await tell(
            session,
            "orders.paid.v1",
            order_id=order_id,
            member_id=str(shop.member.id),
            payable_minor=amount_minor,
            currency=currency,
        )

    await paid(orders[0], 9_999)
    await paid(orders[0], currency="JPY")
    assert await held(session, batch.id) == []
    for order_id in (orders[0], orders[0], orders[1], orders[2]):
        await paid(order_id)
    assert await held(session, batch.id) == [(shop.member.id, "available")] * 2
    await tell(session, "orders.cancelled.v1", order_id=orders[0])
    assert sorted(state for _, state in await held(session, batch.id)) == ["available", "void"]


@pytest.mark.parametrize(
    ("corruption", "name"),
    [
        ("UPDATE coupon_batches SET issued = 2", "a batch gave what it counted"),
        (
            "UPDATE coupons SET slot = 5 WHERE batch_id IS NOT NULL",
            "no member has more of a batch than allowed",
        ),
        (
            """UPDATE coupon_codes SET coupon_id = c.id, used_at = now() FROM coupons c
               WHERE number = 0""",
            "a used code gave one coupon of its batch",
        ),
        (
            "DELETE FROM coupon_codes WHERE number = 1",
            "a batch has the codes it made",
        ),
    ],
)
async def test_the_audit_sees_it(fresh_engine, corruption, name):
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        await make_batch(
            session, "targeted", total=9, member_ids=((await make_member(session)).id,)
        )
        await make_batch(session, "codes", total=3)
    await promotions.work_on_batches(sessions, PEPPER)
    assert await failing(sessions) == []
    async with unit_of_work(sessions) as session:
        await session.execute(text(corruption))
    assert await failing(sessions) == [name]
