"""Parcels that are fetched with a code."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.core.db import unit_of_work
from app.core.enums.shipping import ShipmentState
from app.core.errors import NotFound
from app.core.ids import new_id
from app.repositories.orders import AxesRepository, PickupCodeRepository
from app.services import orders
from app.services.system import TooManyRequests
from tests.integration.orders.caring import Post, care, make_yard
from tests.waiting import start_and_wait

S = ShipmentState


@pytest.fixture
async def yard(fresh_engine):
    return await make_yard(fresh_engine)


async def test_a_code_fetches_a_parcel_and_is_kept_as_a_digest(yard):
    parcel = await yard.send(kind="pickup")
    with pytest.raises(care.NothingToFetch):
        await yard.show(parcel)
    assert await yard.issue() == 0
    await yard.seen(parcel, S.AWAITING_PICKUP)
    assert await yard.issue() == 1
    assert await yard.issue() == 0
    shown = await yard.show(parcel)
    assert len(shown.code) == 8
    assert shown.code.isdigit()
    found = await yard.run("SELECT row_to_json(p)::text FROM pickup_codes p")
    assert shown.code not in found.scalar_one()
    with pytest.raises(NotFound):
        await yard.show(parcel, parcel["id"])
    wrong = f"{(int(shown.code) + 1) % 10**8:08d}"
    with pytest.raises(care.PickupCodeWrong):
        await yard.fetch(parcel, wrong)
    for _ in range(2):
        fetched = await yard.fetch(parcel, shown.code)
        assert fetched["state"] == "delivered"
    assert len([each for each in fetched["events"] if each["state"] == "delivered"]) == 1
    assert (await yard.show(parcel)).code is None


async def test_a_new_code_ends_the_old_one_and_time_ends_each(yard):
    parcel = await yard.send(kind="pickup")
    await yard.seen(parcel, S.AWAITING_PICKUP)
    await yard.issue()
    first = await yard.show(parcel)
    second = await yard.renew(parcel)
    assert first.code != second.code
    with pytest.raises(care.PickupCodeWrong):
        await yard.fetch(parcel, first.code)
    await yard.run("UPDATE pickup_codes SET expires_at = now() WHERE replaced_at IS NULL")
    assert (await yard.show(parcel)).code is None
    with pytest.raises(care.PickupCodeExpired):
        await yard.fetch(parcel, second.code)
    third = await yard.renew(parcel)
    assert (await yard.fetch(parcel, third.code))["state"] == "delivered"
    with pytest.raises(care.NothingToFetch):
        await yard.renew(parcel)


async def test_codes_are_not_guessed_nor_renewed_without_end(yard):
    parcel = await yard.send(kind="pickup")
    await yard.seen(parcel, S.AWAITING_PICKUP)
    await yard.issue()
    shown = await yard.show(parcel)
    for guess in range(5):
        with pytest.raises(care.PickupCodeWrong):
            await yard.fetch(parcel, f"{(int(shown.code) + 1 + guess) % 10**8:08d}")
    with pytest.raises(TooManyRequests):
        await yard.fetch(parcel, shown.code)
    for _ in range(5):
        await yard.renew(parcel)
    with pytest.raises(TooManyRequests):
        await yard.renew(parcel)


async def test_lockers_of_others_have_codes_of_their_own(yard):
    parcel = await yard.send()
    await yard.seen(parcel, S.AWAITING_PICKUP)
    assert await yard.issue() == 0
    with pytest.raises(care.NothingToFetch):
        await yard.renew(parcel)


async def test_a_parcel_that_went_back_is_not_fetched(yard):
    parcel = await yard.send(kind="pickup")
    await yard.seen(parcel, S.AWAITING_PICKUP)
    await yard.issue()
    code = (await yard.show(parcel)).code
    await yard.seen(parcel, S.RETURNING)
    with pytest.raises(orders.shipping.IllegalShipmentTransition):
        await yard.fetch(parcel, code)
    found = await yard.run("SELECT used_at FROM pickup_codes")
    assert list(found.scalars()) == [None]


async def test_a_buyer_is_told_the_code_once_and_again_if_it_was_not_sent(yard):
    parcel, post = await yard.send(kind="pickup"), Post()
    await yard.seen(parcel, S.AWAITING_PICKUP)
    await yard.issue()
    post.is_broken = True
    assert await yard.tell(post) == 0
    post.is_broken = False
    found = await asyncio.gather(*(yard.tell(post) for _ in range(4)))
    assert sum(found) == 1
    code = (await yard.show(parcel)).code
    ((destination, kind, text),) = post.sent
    assert (destination, kind) == (yard.shop.member.email, "pickup_code")
    assert code in text
    assert parcel["number"] in text
    # Whoever asks for another one has seen it.
    await yard.renew(parcel)
    assert await yard.tell(post) == 0


async def test_d28_names_are_told_as_they_are_on_one_line(yard):
    """Nothing in a name is worked out, and none begins a line or a header of its own."""
    parcel, post = await yard.send(kind="pickup"), Post()
    name = "{{7*7}} {number} {0.__class__} %(code)s\r\nBcc: all@evil.example"
    point = "jsonb_build_object('point', jsonb_build_object('name', CAST(:name AS text)))"
    named = f"UPDATE orders SET delivery = delivery || {point}"
    await yard.run(named, name=name)
    await yard.seen(parcel, S.AWAITING_PICKUP)
    await yard.issue()
    assert await yard.tell(post) == 1
    ((_, _, told),) = post.sent
    assert "{{7*7}} {number} {0.__class__} %(code)s Bcc: all@evil.example" in told
    assert len(told.splitlines()) == 1


async def test_a_code_that_was_replaced_before_it_was_told_is_told_to_nobody(yard):
    parcel, post = await yard.send(kind="pickup"), Post()
    await yard.seen(parcel, S.AWAITING_PICKUP)
    await yard.issue()
    await yard.renew(parcel)
    assert (await yard.tell(post), post.sent) == (0, [])


async def test_a_point_hands_out_its_own_parcels(yard):
    parcel = await yard.send(kind="pickup")
    await yard.seen(parcel, S.AWAITING_PICKUP)
    await yard.issue()
    here, there = new_id(), new_id()
    await yard.run(
        f"UPDATE orders SET delivery = delivery || jsonb_build_object('pickup_point_id', '{here}')"
    )
    code = (await yard.show(parcel)).code
    with pytest.raises(care.WrongPickupPoint) as refusal:
        await yard.fetch(parcel, code, point_id=there)
    assert refusal.value.context["pickup_point_id"] == str(here)
    assert (await yard.fetch(parcel, code, point_id=here))["state"] == "delivered"


async def test_a_code_that_is_said_twice_at_once_hands_out_once(yard):
    parcel = await yard.send(kind="pickup")
    await yard.seen(parcel, S.AWAITING_PICKUP)
    await yard.issue()
    code = (await yard.show(parcel)).code
    fetched = await asyncio.gather(*(yard.fetch(parcel, code) for _ in range(4)))
    assert {each["state"] for each in fetched} == {"delivered"}
    told = [each["state"] for each in fetched[-1]["events"]]
    assert told.count("delivered") == 1


async def test_two_workers_give_one_code(yard):
    parcel = await yard.send(kind="pickup")
    await yard.seen(parcel, S.AWAITING_PICKUP)
    async with unit_of_work(yard.sessions) as session:
        locked = text("SELECT FROM orders WHERE id = :id FOR UPDATE")
        await session.execute(locked, {"id": parcel["order_id"]})
        giving = [asyncio.create_task(yard.issue()) for _ in range(2)]
        await asyncio.wait(giving, timeout=0.5)
    await asyncio.gather(*giving)
    found = await yard.run("SELECT count(*) FROM pickup_codes")
    assert found.scalar_one() == 1


async def test_who_cannot_be_reached_and_what_has_expired_is_not_told(yard):
    parcel, post = await yard.send(kind="pickup"), Post()
    await yard.seen(parcel, S.AWAITING_PICKUP)
    await yard.issue()
    await yard.run("UPDATE pickup_codes SET expires_at = now()")
    assert await yard.tell(post) == 0
    await yard.run("UPDATE pickup_codes SET expires_at = now() + interval '1 day'")
    await yard.run("UPDATE orders SET address = address - 'phone'")
    await yard.run("UPDATE members SET kind = 'guest', phone = NULL, email = NULL")
    assert (await yard.tell(post), post.sent) == (0, [])
    assert (await yard.show(parcel)).code is not None, "it is seen with the order"


@pytest.mark.parametrize(
    ("rule", "statement"),
    [
        (
            "uq_pickup_codes_current",
            (
                "INSERT INTO pickup_codes (id, shipment_id, member_id, digest, expires_at)"
                " SELECT gen_random_uuid(), shipment_id, member_id, digest, expires_at"
                " FROM pickup_codes"
            ),
        ),
        ("used_by_somebody", "UPDATE pickup_codes SET used_at = now()"),
        (
            "used_or_replaced",
            "UPDATE pickup_codes SET used_at = now(), used_by = 'x', replaced_at = now()",
        ),
    ],
)
async def test_the_table_keeps_one_code_that_counts(yard, rule, statement):
    parcel = await yard.send(kind="pickup")
    await yard.seen(parcel, S.AWAITING_PICKUP)
    await yard.issue()
    with pytest.raises(IntegrityError, match=rule):
        await yard.run(statement)


async def test_a_code_that_is_renewed_while_it_is_said_fetches_nothing(yard):
    parcel = await yard.send(kind="pickup")
    await yard.seen(parcel, S.AWAITING_PICKUP)
    await yard.issue()
    code = (await yard.show(parcel)).code
    async with unit_of_work(yard.sessions) as session:
        await AxesRepository(session).locked(parcel["order_id"])
        values = {"id": new_id(), "digest": "another", "seconds": 60, "is_seen": True}
        await PickupCodeRepository(session).replace(parcel["id"], values)
        fetching = await start_and_wait(yard.sessions, yard.fetch(parcel, code))
    with pytest.raises(care.PickupCodeWrong):
        await fetching
    found = await yard.run("SELECT count(used_at) FROM pickup_codes")
    assert found.scalar_one() == 0


async def test_a_code_that_somebody_tells_is_told_by_nobody_else(yard):
    parcel, post = await yard.send(kind="pickup"), Post()
    await yard.seen(parcel, S.AWAITING_PICKUP)
    await yard.issue()
    async with unit_of_work(yard.sessions) as session:
        assert len(await PickupCodeRepository(session).untold(9)) == 1
        telling = asyncio.create_task(yard.tell(post))
        await asyncio.wait([telling], timeout=0.5)
    assert (await telling, post.sent) == (0, [])
