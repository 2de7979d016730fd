"""What keeps it true where parcels are: who is asked, how often, and what is believed."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.core import clock
from app.core.db import unit_of_work
from app.core.enums.shipping import ShipmentState
from app.services import orders
from app.services.orders.carriers.ports import CarrierPort, CarrierRefused, Scan
from tests.integration.orders.sending import LIMITS
from tests.integration.orders.test_following import SETTINGS, URL, WAY, make_road


@pytest.fixture
async def road(fresh_engine):
    road = await make_road(fresh_engine)
    yield road
    await road.carriers["kuaidi100"].aclose()


async def follow(road):
    return await orders.carriers.follow_parcels(
        road.sessions, road.carriers, SETTINGS, LIMITS, public_url=URL, limit=20
    )


async def test_whoever_makes_the_labels_follows_the_parcel(road):
    parcel = await road.send("box", None)
    await road.all("UPDATE carriers SET tracking_code = 'sandbox' WHERE code = 'box' RETURNING id")
    assert await road.work() == 1
    assert await road.all("SELECT adapter FROM parcel_watches") == ["sandbox"]
    assert (await road.now(parcel))["state"] == "in_transit"


async def test_who_was_asked_is_left_alone_for_a_while(road):
    await road.send("box", None)
    assert [await follow(road) for _ in range(2)] == [1, 0]


async def test_what_another_worker_asks_about_is_left_to_it(road):
    await road.send("box", None)
    await follow(road)
    await road.all("UPDATE parcel_watches SET next_try_at = '2026-01-01Z' RETURNING tries")
    async with unit_of_work(road.sessions) as session:
        await session.execute(text("SELECT FROM parcel_watches FOR UPDATE"))
        assert await asyncio.wait_for(follow(road), timeout=20) == 0


async def test_what_is_still_to_come_is_left_out_and_the_rest_is_kept(road):
    class Fast(CarrierPort):
        code = "sandbox"
        skills = road.carriers["sandbox"].skills

        async def track(self, parcel):
            now = clock.now()
            return (
                Scan(id="2", at=now + timedelta(days=1), state=ShipmentState.DELIVERED),
                Scan(id="1", at=now, state=ShipmentState.IN_TRANSIT),
            )

    parcel = await road.send("box", None)
    road.carriers["sandbox"] = Fast()
    assert (await road.ask(parcel))["state"] == "in_transit"


async def test_a_parcel_without_a_number_is_not_asked_about(road):
    parcel = await road.send("box", None)
    await road.all("UPDATE shipments SET tracking_number = NULL RETURNING id")
    with pytest.raises(CarrierRefused):
        await road.ask(parcel)


@pytest.mark.parametrize("is_written_last", [False, True])
async def test_a_number_that_was_unpacked_names_the_parcel_that_has_it_now(road, is_written_last):
    parcel = await road.send("sf", "SF8")
    other = await road.send("sf", "SF9")
    await road.all(
        "UPDATE shipments SET state = 'void', tracking_number = 'SF9', shipped_at = NULL"
        f" WHERE id = '{parcel['id']}' RETURNING id"
    )
    if is_written_last:  # whichever row is found first
        for number in ("SF7", "SF9"):
            await road.all(
                f"UPDATE shipments SET tracking_number = '{number}'"
                f" WHERE id = '{other['id']}' RETURNING id"
            )
    road.there.seen("shunfeng", "SF9", *WAY[0])
    assert await road.told(road.there.push("shunfeng", "SF9")) == "applied"
    assert (await road.now(other))["state"] == "in_transit"
    assert (await road.now(parcel))["events"] == [
        each for each in (await road.now(parcel))["events"] if each["source"] != "carrier"
    ]


async def test_one_push_that_cannot_be_read_stops_no_other(road):
    parcel = await road.send("sf", "SF5")
    road.there.seen("shunfeng", "SF5", *WAY[0])
    await road.told(road.there.push("shunfeng", "SF5"))
    await road.all("UPDATE carrier_pushes SET processed_at = NULL, outcome = NULL RETURNING id")
    assert await orders.carriers.retry_pushes(road.sessions, road.carriers, LIMITS, limit=9) == 0, (
        "somebody is at it"
    )
    await road.all(
        "INSERT INTO carrier_pushes (id, adapter, digest, carrier, tracking_number, raw)"
        " VALUES ('00000000-0000-7000-8000-000000000000', 'kuaidi100', 'x', 'sf', 'SF5', 'param=')"
        " RETURNING id"
    )
    await road.all("UPDATE carrier_pushes SET created_at = now() - interval '1 hour' RETURNING id")
    assert await orders.carriers.retry_pushes(road.sessions, road.carriers, LIMITS, limit=9) == 2
    outcomes = await road.all("SELECT outcome FROM carrier_pushes ORDER BY id")
    assert outcomes[1] == "nothing_new"
    assert outcomes[0] in {"signature-invalid", "push-unreadable"}
    assert (await road.now(parcel))["state"] == "in_transit"


@pytest.mark.parametrize(
    ("rule", "statement"),
    [
        (
            "carrier_pushes_adapter_digest",
            (
                "INSERT INTO carrier_pushes (id, adapter, digest, carrier, tracking_number, raw)"
                " SELECT gen_random_uuid(), adapter, digest, carrier, tracking_number, raw"
                " FROM carrier_pushes RETURNING id"
            ),
        ),
        ("outcome_when_processed", "UPDATE carrier_pushes SET outcome = NULL RETURNING id"),
        (
            "shipment_events",
            (
                "INSERT INTO shipment_events (id, shipment_id, member_id, at, state, source,"
                " provider_id) SELECT gen_random_uuid(), shipment_id, member_id, at, state, source,"
                " provider_id FROM shipment_events WHERE provider_id IS NOT NULL RETURNING id"
            ),
        ),
    ],
)
async def test_the_tables_keep_each_word_once(road, rule, statement):
    await road.send("sf", "SF5")
    road.there.seen("shunfeng", "SF5", *WAY[0])
    await road.told(road.there.push("shunfeng", "SF5"))
    with pytest.raises(IntegrityError, match=rule):
        await road.all(statement)


async def test_what_is_told_at_once_happens_in_its_order(road):
    class Hasty(CarrierPort):
        code = "sandbox"
        skills = road.carriers["sandbox"].skills

        async def track(self, parcel):
            now = clock.now()
            states = (ShipmentState.OUT_FOR_DELIVERY, ShipmentState.IN_TRANSIT)
            return tuple(
                Scan(id=str(hours), at=now - timedelta(hours=hours), state=state)
                for hours, state in enumerate(states, start=1)
            )

    parcel = await road.send("box", None)
    road.carriers["sandbox"] = Hasty()
    assert (await road.ask(parcel))["state"] == "out_for_delivery"
    moved = await road.all(
        "SELECT payload->>'state' FROM outbox WHERE name = 'orders.shipment_moved.v1' ORDER BY seq"
    )
    assert moved == ["in_transit", "out_for_delivery"]


async def test_who_says_nothing_new_was_not_heard_of(road):
    await road.send("yto", "YT77")
    await road.work()
    assert await road.work(silent=True) == 1
    heard = "SELECT heard_at > now() - interval '1 hour' FROM parcel_watches"
    assert await road.all(heard) == [False]
