"""A yard full of parcels that are late, lost, refused, turned back or fetched."""

from typing import Any

from sqlalchemy import text

from app.adapters.sandbox.carrier import SandboxCarrier
from app.core.db import unit_of_work
from app.core.enums.shipping import ShipmentState, TrackingSource
from app.core.settings import CarrierSettings, Settings
from app.services import orders
from app.services.orders.carriers.ports import CarrierUnreachable
from tests.factories.orders import ADDRESS, place, shopper
from tests.factories.payments import BALANCE_TENDER, give_balance
from tests.factories.shop import make_shop
from tests.fakes.transactions import in_transaction, watched
from tests.integration.orders.sending import CLERK, LIMITS, part_of

care = orders.carriers
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

    async def run(self, statement: str, **values: Any) -> Any:
        async with unit_of_work(self.sessions) as session:
            return await session.execute(text(statement), values)

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


async def make_yard(fresh_engine) -> Yard:
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
