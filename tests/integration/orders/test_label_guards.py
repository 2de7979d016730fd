"""What keeps labels true when answers come late, twice, for others or in another currency."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from typing_extensions import override

from app.core.db import unit_of_work
from app.core.enums.carriers import LabelState
from app.services import orders
from app.services.orders.carriers.ports import CarrierRefused, CarrierUnreachable
from tests.integration.orders.sending import CLERK
from tests.integration.orders.test_labels import SETTINGS, Dock, Watched, make_dock

L = LabelState


class Odd(Watched):
    """Answers with `change` made to what it made, or with `trouble` in its place."""

    change: dict[str, object]
    trouble: type[Exception] | None = None

    @override
    async def label(self, request):
        made = await super().label(request)
        if self.trouble is not None:
            raise self.trouble("as told")
        return replace(made, **getattr(self, "change", {}))

    @override
    async def rate(self, query):
        raise CarrierUnreachable("silent")


@pytest.fixture
async def dock(fresh_engine) -> Dock:
    return await make_dock(fresh_engine, Odd(fresh_engine))


async def row_of(dock, parcel):
    async with unit_of_work(dock.sessions) as session:
        (row,) = await orders.carriers.labels_of(session, parcel["id"], actor=CLERK)
    return row


async def test_an_answer_for_another_request_is_none(dock):
    parcel = await dock.pack()
    dock.port.change = {"request_number": "S-9"}
    with pytest.raises(orders.carriers.CarrierUnreachable):
        await dock.label(parcel)
    assert await dock.states(parcel) == [L.ASKED]
    assert (await dock.now(parcel))["tracking_number"] is None


async def test_a_number_of_another_parcel_is_left_to_people(dock):
    first, second = await dock.pack(), await dock.pack()
    number = (await dock.label(first))["tracking_number"]
    dock.port.change = {"tracking_number": number}
    assert (await dock.label(second))["state"] == L.ASKED
    assert (await row_of(dock, second))["reason"] == f"number {number} is another parcel's"
    assert (await dock.now(second))["tracking_number"] is None


async def test_another_currency_is_no_cost_of_the_parcel(dock):
    parcel = await dock.pack()
    dock.port.change = {"currency": "USD", "cost_minor": 99}
    label = await dock.label(parcel)
    assert (label["quoted_minor"], label["currency"]) == (99, "USD")
    assert (await dock.now(parcel))["cost_minor"] is None


@pytest.mark.parametrize("late", [None, CarrierRefused])
async def test_what_was_found_out_meanwhile_stays(dock, late):
    """The worker knows that it was made before the first answer comes, or a refusal."""
    parcel = await dock.pack()
    dock.port.change, dock.port.trouble = {"cost_minor": 1}, late
    dock.port.gate = asyncio.Event()
    asking = asyncio.create_task(dock.label(parcel))
    await dock.port.is_asked.wait()
    await dock.work()
    known = await row_of(dock, parcel)
    assert (known["state"], known["quoted_minor"]) == (L.MADE, 800)
    dock.port.gate.set()
    if late is None:
        await asking
    else:
        with pytest.raises(late):
            await asking
    assert await row_of(dock, parcel) == known


async def test_an_answer_waits_for_whoever_changes_its_parcel(dock):
    parcel = await dock.pack()
    dock.port.gate = asyncio.Event()
    asking = asyncio.create_task(dock.label(parcel))
    await dock.port.is_asked.wait()
    async with unit_of_work(dock.sessions) as session:
        locked = text("SELECT FROM orders WHERE id = :id FOR UPDATE")
        await session.execute(locked, {"id": parcel["order_id"]})
        dock.port.gate.set()
        done, _ = await asyncio.wait({asking}, timeout=0.5)
        assert not done
    assert (await asking)["state"] == L.MADE


async def test_one_in_trouble_stops_no_other_and_each_waits_longer(dock):
    lost, dropped = await dock.pack("sandbox-lose"), await dock.pack("sandbox-drop")
    for parcel in (lost, dropped):
        with pytest.raises(orders.carriers.CarrierUnreachable):
            await dock.label(parcel)
    dock.port.trouble = CarrierUnreachable
    async with unit_of_work(dock.sessions) as session:
        # The one that stays in trouble is looked at first.
        await session.execute(
            text(
                "UPDATE shipment_labels SET next_try_at = CASE WHEN shipment_id = :id"
                " THEN timestamptz '2026-01-01Z' ELSE timestamptz '2026-01-02Z' END"
            ),
            {"id": dropped["id"]},
        )
    looked = [
        await orders.carriers.push_labels(dock.sessions, dock.carriers, SETTINGS, limit=10)
        for _ in range(2)
    ]
    assert looked == [2, 0], "claimed for a while"
    assert (await dock.states(lost), await dock.states(dropped)) == ([L.MADE], [L.ASKED])


async def test_a_clerk_who_asks_again_puts_the_worker_off(dock):
    parcel = await dock.pack("sandbox-drop")
    dock.port.trouble = CarrierUnreachable
    for tries in (1, 2):
        with pytest.raises(orders.carriers.CarrierUnreachable):
            await dock.label(parcel)
        assert (await row_of(dock, parcel))["tries"] == tries


async def test_what_travels_in_another_parcel_gets_no_label(dock):
    leader, member = await dock.pack(), await dock.pack()
    async with unit_of_work(dock.sessions) as session:
        await session.execute(
            text("UPDATE shipments SET joined_to = :leader WHERE id = :id"),
            {"leader": leader["id"], "id": member["id"]},
        )
    with pytest.raises(orders.shipping.TravelsWithAnother):
        await dock.label(member)
    assert dock.port.calls == []


async def test_who_gives_no_rates_is_named(dock):
    parcel = await dock.pack()
    found = await orders.carriers.compare_rates(
        dock.sessions, dock.carriers, parcel["fulfilment_id"], 1, actor=CLERK, settings=SETTINGS
    )
    assert (found.offers, found.silent) == ((), ("box",))


async def test_the_table_keeps_one_live_label_a_parcel(dock):
    parcel = await dock.pack()
    label = await dock.label(parcel)
    again = text("""
        INSERT INTO shipment_labels (id, shipment_id, request_number, adapter, state,
            tracking_number, asked_by)
        SELECT gen_random_uuid(), shipment_id, request_number || :more, adapter, state, :number,
            asked_by FROM shipment_labels WHERE id = :id
    """)
    made_without = text("UPDATE shipment_labels SET tracking_number = NULL WHERE id = :id")
    once_more = text("DROP INDEX uq_shipment_labels_live")
    for rule, statements, values in (
        ("uq_shipment_labels_live", [again], {"more": "x", "number": "N"}),
        ("request_number", [once_more, again], {"more": "", "number": "N"}),
        ("made_has_number", [made_without], {}),
    ):
        with pytest.raises(IntegrityError, match=rule):
            await _run(dock, statements, {"id": label["id"], **values})


async def _run(dock, statements, values):
    async with unit_of_work(dock.sessions) as session:
        for statement in statements:
            wanted = {k: v for k, v in values.items() if k in statement.compile().params}
            await session.execute(statement, wanted)
