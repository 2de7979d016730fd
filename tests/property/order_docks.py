"""What warehouses do with orders at the desk, each chosen by a lot among what there is."""

from typing import Any
from uuid import UUID

from app.core.db import unit_of_work
from app.core.enums.after_sales import ReturnState
from app.core.enums.shipping import ShipmentState, TrackingSource
from app.services import orders
from tests.property.order_goods import Goods
from tests.property.order_hands import Act

SEEN = (
    *(ShipmentState.IN_TRANSIT, ShipmentState.OUT_FOR_DELIVERY, ShipmentState.AWAITING_PICKUP),
    *(ShipmentState.DELIVERED, ShipmentState.DELIVERED, ShipmentState.REFUSED),
    *(ShipmentState.LOST, ShipmentState.RETURNING),
)
shipping = orders.shipping


class Docks(Goods):
    async def fulfilment(self, lot: int) -> Any:
        return await self.one(
            lot,
            "SELECT f.* FROM fulfilments f JOIN orders o ON o.id = f.order_id"
            " ORDER BY (o.state = 'open' AND f.status IN"
            " ('unfulfilled', 'picking', 'partly_shipped')) DESC, f.id",
        )

    async def parcel(self, lot: int) -> Any:
        return await self.one(lot, "SELECT * FROM shipments ORDER BY id DESC")

    async def back(self, lot: int, *states: ReturnState) -> Any:
        wanted = ", ".join(f"'{each}'" for each in states)
        return await self.one(
            lot, f"SELECT * FROM order_returns ORDER BY (state IN ({wanted})) DESC, id"
        )

    async def pieces(self, part: Any, lot: int) -> dict[UUID, int] | None:
        """Some of a fulfilment, or all of it that is open."""
        if lot % 3 == 0:
            return None
        rows = await self.desk.rows(
            "SELECT order_line_id FROM fulfilment_lines WHERE fulfilment_id = :id"
            " ORDER BY order_line_id",
            id=part["id"],
        )
        return {rows[lot % len(rows)]["order_line_id"]: lot % 2 + 1}

    async def pick(self, lot: int) -> Act | None:
        part = await self.fulfilment(lot)
        verb = shipping.stop_picking if lot % 4 == 0 else shipping.start_picking
        return part and (
            lambda: self.desk.once(lambda session: verb(session, part["id"], actor=self.clerk))
        )

    async def pack(self, lot: int, *, leaves: bool) -> Act | None:
        part = await self.fulfilment(lot)
        if part is None:
            return None
        parcel = shipping.PackParcel(
            fulfilment_id=part["id"],
            waybill=shipping.Waybill(carrier_code="sf"),
            pieces=await self.pieces(part, lot),
        )

        async def act() -> None:
            async with unit_of_work(self.desk.sessions) as session:
                packed = await shipping.pack_parcel(session, parcel, actor=self.clerk)
                if lot % 7:
                    await self.scan_for(session, packed)
                if leaves:
                    limits = self.desk.settings.shipping
                    await shipping.hand_over(session, packed["id"], actor=self.clerk, limits=limits)

        return act

    async def hand_over(self, lot: int) -> Act | None:
        parcel = await self.one(
            lot, "SELECT id FROM shipments ORDER BY (state = 'prepared') DESC, id"
        )
        limits = self.desk.settings.shipping
        return parcel and (
            lambda: self.desk.once(
                lambda session: shipping.hand_over(
                    session, parcel["id"], actor=self.clerk, limits=limits
                )
            )
        )

    async def unpack(self, lot: int) -> Act | None:
        parcel = await self.parcel(lot)
        return parcel and (
            lambda: self.desk.once(
                lambda session: shipping.void_parcel(session, parcel["id"], actor=self.clerk)
            )
        )

    async def track(self, lot: int, said: ShipmentState, *, by_carrier: bool) -> Act | None:
        """A carrier's word, however late, counts where it can; a person is refused instead."""
        parcel = await self.parcel(lot)
        if parcel is None:
            return None
        sighting = shipping.Sighting(state=said, provider_id=f"{parcel['id']}-{said}-{lot % 2}")
        source = TrackingSource.CARRIER if by_carrier else TrackingSource.STAFF
        actor = None if by_carrier else self.clerk
        return lambda: self.desk.once(
            lambda session: shipping.record_tracking(
                session,
                parcel["id"],
                sighting,
                actor=actor,
                source=source,
                limits=self.desk.settings.shipping,
            )
        )

    async def take_in(self, lot: int) -> Act | None:
        parcel = await self.one(
            lot,
            "SELECT id FROM shipments"
            " ORDER BY (state IN ('refused', 'returning', 'lost')) DESC, id DESC",
        )
        is_sound = bool(lot % 2)
        return parcel and (
            lambda: self.desk.once(
                lambda session: shipping.take_in(
                    session, parcel["id"], is_resellable=is_sound, actor=self.clerk
                )
            )
        )

    async def confirm(self, lot: int) -> Act | None:
        order = await self.order(lot, "fulfilment_status IN ('shipped', 'delivered')")
        if order is None:
            return None
        owner = await self.desk.owner_of(order["id"])
        limits = self.desk.settings.shipping
        return lambda: self.desk.once(
            lambda session: shipping.confirm_receipt(
                session, order["id"], actor=owner, limits=limits
            )
        )

    async def split(self, lot: int) -> Act | None:
        """Into two, or to another warehouse."""
        part = await self.fulfilment(lot)
        if part is None:
            return None
        where = None if lot % 2 else self.desk.warehouses[lot // 2 % len(self.desk.warehouses)]
        command = shipping.SplitOff(
            fulfilment_id=part["id"], pieces=await self.pieces(part, lot), warehouse_id=where
        )

        async def act() -> None:
            async with unit_of_work(self.desk.sessions) as session:
                await shipping.split_off(session, command, actor=self.clerk)

        return act

    async def put_together(self, lot: int) -> Act | None:
        into = await self.one(
            lot,
            "SELECT f.* FROM fulfilments f WHERE 1 < (SELECT count(*) FROM fulfilments x"
            " WHERE x.order_id = f.order_id) ORDER BY f.id",
        )
        if into is None:
            return None
        others = await self.desk.rows(
            "SELECT id FROM fulfilments WHERE order_id = :id ORDER BY id", id=into["order_id"]
        )
        other = others[lot % len(others)]["id"]

        async def act() -> None:
            async with unit_of_work(self.desk.sessions) as session:
                await shipping.put_together(session, into["id"], other, actor=self.clerk)

        return act

    async def hold(self, lot: int) -> Act | None:
        held = await self.one(lot, "SELECT * FROM order_holds WHERE kind = 'manual' ORDER BY id")
        order = await self.order(lot)
        if lot % 3 and held is not None:
            return lambda: self.desk.once(
                lambda session: shipping.lift_by_hand(
                    session, held["order_id"], held["id"], actor=self.clerk
                )
            )

        async def act() -> None:
            async with unit_of_work(self.desk.sessions) as session:
                await shipping.hold_by_hand(session, order["id"], "Wait", actor=self.clerk)

        return act if order is not None else None
