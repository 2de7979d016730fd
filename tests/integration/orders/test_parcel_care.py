"""Parcels that are late, lost, refused or turned back."""

import asyncio

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.core.db import unit_of_work
from app.core.enums.carriers import InterceptState
from app.core.enums.shipping import ShipmentState, TrackingSource
from app.core.errors import NotFound
from app.repositories.orders import ParcelCareRepository
from app.services import orders
from app.services.orders.carriers.ports import Parcel
from tests.integration.orders.caring import CLERK, LIMITS, SETTINGS, care, make_yard

S = ShipmentState


@pytest.fixture
async def yard(fresh_engine):
    return await make_yard(fresh_engine)


async def silence(yard, *, estimated: str = "NULL") -> None:
    """Three days in which nothing was heard of any parcel."""
    await yard.run("ALTER TABLE shipment_events DISABLE TRIGGER shipment_events_append_only")
    await yard.run("UPDATE shipment_events SET created_at = created_at - interval '3 days'")
    await yard.run("ALTER TABLE shipment_events ENABLE TRIGGER shipment_events_append_only")
    await yard.run(
        "UPDATE shipments SET shipped_at = shipped_at - interval '3 days',"
        f" estimated_at = {estimated}"
    )
    await yard.run("UPDATE parcel_exceptions SET created_at = created_at - interval '3 days'")


async def test_a_parcel_nothing_is_heard_of_is_told_of_once_a_silence(yard):
    parcel = await yard.send()
    await yard.flag()
    assert await yard.troubles() == []
    await silence(yard, estimated="now() - interval '1 hour'")
    await yard.flag()
    assert await yard.troubles() == [], "it may still come"
    await silence(yard)
    for _ in range(2):
        await yard.flag()
    (found,) = await yard.troubles()
    assert (found["kind"], found["shipment_number"]) == ("delayed", parcel["number"])
    async with unit_of_work(yard.sessions) as session:
        for _ in range(2):
            done = await care.resolve_trouble(session, found["id"], "Called them", actor=CLERK)
            assert (done["note"], done["resolved_by"]) == ("Called them", CLERK.principal)
    await yard.flag()
    assert await yard.troubles() == [], "of this silence somebody knows"
    await yard.seen(parcel, S.IN_TRANSIT)
    await silence(yard)
    await yard.flag()
    async with unit_of_work(yard.sessions) as session:
        await care.resolve_trouble(session, found["id"], "Called again", actor=CLERK)
    assert len(await yard.troubles()) == 1, "who saw to the first did not see to this one"
    await yard.seen(parcel, None)
    await yard.flag()
    assert await yard.troubles() == [], "something was heard"
    assert await yard.told() == ["delayed", "delayed"]


async def test_lost_refused_and_returning_parcels_are_somebodys_business(yard):
    parcel = await yard.send()
    for state, kind in ((S.REFUSED, "refused"), (S.RETURNING, "returning"), (S.LOST, "lost")):
        await yard.seen(parcel, state)
        assert [each["kind"] for each in await yard.troubles()] == [kind]
    payload = {"order_id": parcel["order_id"], "shipment_id": parcel["id"]}
    async with unit_of_work(yard.sessions) as session:
        await care.follow_move(session, payload)
    assert await yard.told() == ["refused", "returning", "lost"]
    await yard.seen(parcel, S.DELIVERED)
    assert await yard.troubles() == []
    assert len(await yard.troubles(is_open=False)) == 3
    async with unit_of_work(yard.sessions) as session:
        with pytest.raises(NotFound):
            await care.resolve_trouble(session, parcel["id"], "what", actor=CLERK)


async def test_a_parcel_is_turned_back_once(yard):
    parcel = await yard.send("box")
    yard.port.is_lost = True
    with pytest.raises(care.CarrierUnreachable):
        await yard.intercept(parcel)
    for _ in range(2):
        found = await yard.intercept(parcel)
        assert (found["state"], found["request_number"]) == ("accepted", f"{parcel['number']}-B1")
    assert yard.port.stopped == [f"{parcel['number']}-B1"] * 2
    moved = await care.ask_where(
        yard.sessions,
        {"sandbox": yard.port},
        parcel["id"],
        actor=CLERK,
        settings=SETTINGS,
        limits=LIMITS,
    )
    assert moved["state"] == "returning"
    async with unit_of_work(yard.sessions) as session:
        back = await orders.shipping.take_in(session, parcel["id"], is_resellable=True, actor=CLERK)
    assert back["state"] == "returned"


async def test_what_cannot_be_turned_back_says_so(yard):
    with pytest.raises(care.CarrierCannot):
        await yard.intercept(await yard.send("sf"))
    there = await yard.send("box")
    for _ in range(4):
        await yard.port.track(Parcel(carrier="box", tracking_number=there["tracking_number"]))
    with pytest.raises(care.CarrierRefused):
        await yard.intercept(there)
    found = await yard.run("SELECT state FROM parcel_intercepts")
    assert list(found.scalars()) == ["refused"]
    await yard.seen(there, S.DELIVERED)
    with pytest.raises(orders.shipping.IllegalShipmentTransition):
        await yard.intercept(there)


async def test_without_a_number_of_its_own_nothing_is_turned_back(yard):
    there = await yard.send("box")
    await yard.run("UPDATE shipments SET tracking_number = NULL")
    with pytest.raises(care.CarrierRefused):
        await yard.intercept(there)
    other = await yard.send("box")
    await yard.run(f"UPDATE shipments SET joined_to = '{other['id']}' WHERE id = '{there['id']}'")
    with pytest.raises(orders.shipping.TravelsWithAnother) as refusal:
        await yard.intercept(there)
    assert refusal.value.context == {"joined_to": str(other["id"])}
    assert (await yard.run("SELECT count(*) FROM parcel_intercepts")).scalar_one() == 0


async def test_a_parcel_heard_of_meanwhile_is_not_told_of(yard):
    """The worker saw it silent, and waits for somebody who hears of it."""
    parcel = await yard.send()
    await silence(yard)
    async with unit_of_work(yard.sessions) as session:
        locked = text("SELECT FROM orders WHERE id = :id FOR UPDATE")
        await session.execute(locked, {"id": parcel["order_id"]})
        flagging = asyncio.create_task(yard.flag())
        done, _ = await asyncio.wait({flagging}, timeout=0.5)
        assert not done
        await orders.shipping.record_tracking(
            session,
            parcel["id"],
            orders.shipping.Sighting(description="At the depot"),
            actor=CLERK,
            source=TrackingSource.STAFF,
            limits=LIMITS,
        )
    await flagging
    assert (await yard.troubles(is_open=None), await yard.told()) == ([], [])


async def test_two_clerks_turn_a_parcel_back_under_one_number(yard):
    parcel = await yard.send("box")
    found = await asyncio.gather(*(yard.intercept(parcel) for _ in range(4)))
    assert {each["request_number"] for each in found} == {f"{parcel['number']}-B1"}
    # What one of them was told later changes nothing.
    async with unit_of_work(yard.sessions) as session:
        kept = await ParcelCareRepository(session).settle_intercept(
            found[0]["id"], InterceptState.REFUSED, "Too late"
        )
    assert (kept["state"], kept["answer"]) == ("accepted", None)


@pytest.mark.parametrize(
    ("rule", "statement"),
    [
        (
            "uq_parcel_exceptions_open",
            (
                "INSERT INTO parcel_exceptions (id, shipment_id, kind)"
                " SELECT gen_random_uuid(), shipment_id, kind FROM parcel_exceptions"
            ),
        ),
        (
            "resolved_by_somebody",
            "UPDATE parcel_exceptions SET resolved_at = now()",
        ),
        (
            "uq_parcel_intercepts_live",
            (
                "INSERT INTO parcel_intercepts (id, shipment_id, request_number, adapter, state,"
                " reason, asked_by) SELECT gen_random_uuid(), shipment_id, 'B2', adapter, 'asked',"
                " '', asked_by FROM parcel_intercepts"
            ),
        ),
        ("settled_when", "UPDATE parcel_intercepts SET settled_at = NULL"),
    ],
)
async def test_the_tables_keep_it(yard, rule, statement):
    parcel = await yard.send("box")
    await yard.intercept(parcel)
    await yard.seen(parcel, S.LOST)
    with pytest.raises(IntegrityError, match=rule):
        await yard.run(statement)
