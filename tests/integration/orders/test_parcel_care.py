"""Parcels that are late, lost, refused, turned back or fetched."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from app.adapters.sandbox.carrier import SandboxCarrier
from app.core.db import unit_of_work
from app.core.enums.shipping import ShipmentState, TrackingSource
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.settings import CarrierSettings, Settings
from app.services import orders
from app.services.orders.carriers.ports import CarrierUnreachable, Parcel
from app.services.system import TooManyRequests
from tests.factories.orders import ADDRESS, place, shopper
from tests.factories.payments import BALANCE_TENDER, give_balance
from tests.factories.shop import make_shop
from tests.fakes.transactions import in_transaction, watched
from tests.integration.orders.sending import CLERK, LIMITS, part_of

care = orders.carriers
S = ShipmentState
PEPPER = Settings().secrets.pepper
SETTINGS = CarrierSettings()


class Flaky(SandboxCarrier):
    """Loses its answer to an interception once, when told to."""

    is_lost = False
    stopped: list[str]

    async def intercept(self, request_number, parcel):
        assert not in_transaction()
        self.stopped = [*getattr(self, "stopped", []), request_number]
        await super().intercept(request_number, parcel)
        if self.is_lost:
            self.is_lost = False
            raise CarrierUnreachable("lost")


class Yard:
    def __init__(self, sessions, shop, port) -> None:
        self.sessions, self.shop, self.port = sessions, shop, port

    async def send(self, carrier: str = "sf", kind: str = "standard") -> Any:
        async with unit_of_work(self.sessions) as session:
            lines = [(self.shop.skus[0].id, 1)]
            placed = await place(
                session, self.shop.member.id, lines, tenders=[BALANCE_TENDER], address=ADDRESS
            )
            await session.execute(
                text(
                    "UPDATE orders SET delivery = jsonb_build_object('kind', CAST(:kind AS text))"
                ),
                {"kind": kind},
            )
            parcel = orders.shipping.PackParcel(
                fulfilment_id=(await part_of(session, placed.id))["id"],
                waybill=orders.shipping.Waybill(carrier_code=carrier),
            )
            made = await orders.shipping.pack_parcel(session, parcel, actor=CLERK)
        if carrier == "box":
            await care.fetch_label(
                self.sessions, {"sandbox": self.port}, made["id"], actor=CLERK, settings=SETTINGS
            )
        async with unit_of_work(self.sessions) as session:
            return await orders.shipping.hand_over(session, made["id"], actor=CLERK, limits=LIMITS)

    async def seen(self, parcel: Any, state: ShipmentState | None) -> None:
        """As somebody of the warehouse says it, and what listens to it."""
        async with unit_of_work(self.sessions) as session:
            await orders.shipping.record_tracking(
                session,
                parcel["id"],
                orders.shipping.Sighting(state=state, description="seen"),
                actor=CLERK,
                source=TrackingSource.STAFF,
                limits=LIMITS,
            )
        payload = {"order_id": parcel["order_id"], "shipment_id": parcel["id"]}
        async with unit_of_work(self.sessions) as session:
            await care.follow_move(session, payload)

    async def troubles(self, *, is_open: bool | None = True) -> list[Any]:
        async with unit_of_work(self.sessions) as session:
            return list(
                await care.list_troubles(
                    session,
                    kind=None,
                    is_open=is_open,
                    merchant_id=None,
                    order_id=None,
                    after=None,
                    limit=20,
                )
            )

    async def run(self, statement: str) -> Any:
        async with unit_of_work(self.sessions) as session:
            return await session.execute(text(statement))

    async def told(self) -> list[str]:
        found = await self.run(
            "SELECT payload->>'kind' FROM outbox WHERE name = 'orders.parcel_in_trouble.v1'"
            " ORDER BY seq"
        )
        return list(found.scalars())

    async def flag(self) -> None:
        await care.flag_delayed(self.sessions, LIMITS, limit=20)

    async def issue(self) -> int:
        return await care.issue_codes(self.sessions, PEPPER, LIMITS, limit=20)

    async def tell(self, messages: Any) -> int:
        return await care.tell_codes(self.sessions, messages, PEPPER, limit=20)

    async def show(self, parcel: Any, member: Any = None) -> Any:
        actor = shopper(member or self.shop.member.id)
        async with unit_of_work(self.sessions) as session:
            return await care.show_code(
                session, parcel["order_id"], parcel["number"], actor=actor, pepper=PEPPER
            )

    async def renew(self, parcel: Any) -> Any:
        return await care.renew_code(
            self.sessions,
            parcel["order_id"],
            parcel["number"],
            actor=shopper(self.shop.member.id),
            pepper=PEPPER,
            limits=LIMITS,
        )

    async def fetch(self, parcel: Any, code: str, **more: Any) -> Any:
        return await care.verify_code(
            self.sessions, parcel["id"], code, actor=CLERK, pepper=PEPPER, limits=LIMITS, **more
        )

    async def intercept(self, parcel: Any) -> Any:
        return await care.intercept(
            self.sessions,
            {"sandbox": self.port},
            parcel["id"],
            "bought twice",
            actor=CLERK,
            settings=SETTINGS,
        )


@pytest.fixture
async def yard(fresh_engine):
    sessions = watched(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        await give_balance(session, shop.member.id, 10_000_000)
        await session.execute(
            text(
                "INSERT INTO carriers (id, code, name, name_zh, adapter)"
                " VALUES (gen_random_uuid(), 'box', 'Box', '盒', 'sandbox')"
            )
        )
    return Yard(sessions, shop, Flaky(Settings(), engine=fresh_engine))


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
    assert len(await yard.troubles()) == 1
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


class Post:
    """A message port that may be out of order."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []
        self.is_broken = False

    async def send(self, *, destination: str, kind: str, text: str) -> None:
        assert not in_transaction()
        if self.is_broken:
            raise OSError("no connection")
        self.sent.append((destination, kind, text))


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
