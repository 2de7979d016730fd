"""Goods at the desk that are not all alike: told apart, sold before they come, or made of others.

Which of them an example has is drawn, so that the plain ones stay the simplest.
"""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import unit_of_work
from app.core.enums.inventory import BatchState, WaitKind
from app.core.ids import new_id
from app.models.catalog import Sku, Spu
from app.models.pricing import Price
from app.services import inventory
from tests.factories.catalog import make_sku
from tests.factories.kits import compose
from tests.factories.pricing import put_price
from tests.property.order_hands import Act, Hands

SERIALS, BATCHES, WAITS, KITS = "serials", "batches", "waits", "kits"
PLAIN: Final = frozenset[str]()
SPECIAL: Final = frozenset({SERIALS, BATCHES, WAITS, KITS})
MOST_WAIT, EXPIRES_IN = 6, (12, 25, 400)
"""Pieces that may be sold before they are there, and in how many days a batch expires."""
KIT_MINOR = 25_000


class Goods(Hands):
    """Of the platform's three SKUs the first has serials, the second batches, the third waits.

    A fifth SKU is a kit of the first two.
    """

    async def tell_apart(self, special: frozenset[str]) -> None:
        """Before anything is sold."""
        self.desk.special = special
        async with unit_of_work(self.desk.plain) as session:
            works = (self._by_serial, self._by_batch, self._before_it_is_there, self._as_a_kit)
            for at, work in enumerate(works):
                if (SERIALS, BATCHES, WAITS, KITS)[at] in special:
                    await work(session, self.desk.sku_ids[at])

    async def _by_serial(self, session: AsyncSession, sku_id: UUID) -> None:
        await inventory.serials.track(session, sku_id, actor=self.clerk)
        for at, there in enumerate(self.desk.warehouses):
            pieces = await self.lies(sku_id, there)
            await self._see(session, there, [f"{at}-{n}" for n in range(pieces)])

    async def _by_batch(self, session: AsyncSession, sku_id: UUID) -> None:
        """What lay there is of no known batch."""
        await inventory.batches.track(session, sku_id, shelf_days=1, actor=self.clerk)
        for at, days in enumerate(EXPIRES_IN):
            await self._take_in_batch(session, self.desk.warehouses[at % 2], f"B{days}", 2, days)

    async def _before_it_is_there(self, session: AsyncSession, sku_id: UUID) -> None:
        """One of it lies in each warehouse."""
        moves = [
            inventory.Move(sku_id, there, 1 - await self.lies(sku_id, there))
            for there in self.desk.warehouses
        ]
        await inventory.adjust(session, moves, cause="count:1", actor=self.clerk.principal)
        terms = inventory.backorders.Terms(
            warehouse_id=self.desk.warehouses[0],
            kind=WaitKind.BACKORDER,
            most=MOST_WAIT,
            ships_at=clock.now() + timedelta(days=7),
        )
        await inventory.backorders.create_terms(
            session, terms, sku_id=sku_id, channel_id=None, actor=self.clerk
        )

    async def _as_a_kit(self, session: AsyncSession, _: UUID) -> None:
        """One of the first and two of the second, which are sold alone as well."""
        first, second, *_others = self.desk.sku_ids
        sku = await session.get_one(Sku, first)
        price_list_id = await session.scalar(
            select(Price.price_list_id).where(Price.sku_id == first)
        )
        assert price_list_id is not None
        kit = await make_sku(session, spu=await session.get_one(Spu, sku.spu_id))
        await put_price(session, price_list_id, kit.id, KIT_MINOR)
        await compose(session, kit.id, (first, 1, 1), (second, 2, 1))
        self.desk.sku_ids.append(kit.id)

    async def _take_in_batch(
        self, session: AsyncSession, there: UUID, number: str, pieces: int, days: int
    ) -> None:
        key = (self.desk.sku_ids[1], number)
        expires_on = clock.now().date() + timedelta(days=days)
        batch = inventory.batches.BatchOf(number, expires_on=expires_on)
        batch_id = (await inventory.batches.named(session, {key: batch}))[key]
        move = inventory.Move(key[0], there, pieces, batch_id=batch_id)
        await inventory.receive(session, [move], cause=f"delivery:{number}")

    async def _see(self, session: AsyncSession, there: UUID, serials: list[str]) -> None:
        scan = inventory.serials.Scan(
            sku_id=self.desk.sku_ids[0], warehouse_id=there, document="scan:1", serials=serials
        )
        await inventory.serials.scan_in(session, scan, actor=self.clerk)

    async def lies(self, sku_id: UUID, there: UUID) -> int:
        """Pieces of all grades."""
        statement = (
            "SELECT on_hand + damaged + frozen AS n FROM stock"
            " WHERE sku_id = :sku_id AND warehouse_id = :there"
        )
        rows = await self.desk.rows(statement, sku_id=sku_id, there=there)
        return rows[0]["n"] if rows else 0

    async def restock(self, lot: int) -> Act | None:
        """Goods come in: with a serial each, or as a batch of their own, where they have those."""
        at, there, pieces = lot % 3, self.desk.warehouses[lot // 3 % 2], lot % 5 + 1

        async def act() -> None:
            async with unit_of_work(self.desk.sessions) as session:
                if at == 1 and BATCHES in self.desk.special:
                    number, days = f"R{new_id()}", EXPIRES_IN[lot % len(EXPIRES_IN)]
                    await self._take_in_batch(session, there, number, pieces, days)
                    return
                move = inventory.Move(self.desk.sku_ids[at], there, pieces)
                by = self.clerk.principal
                await inventory.receive(session, [move], cause=f"delivery:{lot}", actor=by)
                if at == 0 and SERIALS in self.desk.special:
                    fresh = [str(new_id()) for _ in range(pieces)]
                    await self._see(session, there, fresh)

        return act

    async def scan_in(self, lot: int) -> Act | None:
        """A piece that came back, or that was unpacked, is seen in a warehouse again."""
        row = await self.one(
            lot, "SELECT serial FROM stock_serials WHERE state <> 'in_stock' ORDER BY id DESC"
        )
        if row is None:
            return None
        there = self.desk.warehouses[lot // 2 % 2]
        return lambda: self.desk.once(lambda session: self._see(session, there, [row["serial"]]))

    async def judge_batch(self, lot: int, state: BatchState) -> Act | None:
        row = await self.one(
            lot, f"SELECT * FROM stock_batches ORDER BY (state <> '{state}') DESC, id DESC"
        )
        if row is None:
            return None
        return lambda: self.desk.once(
            lambda session: inventory.batches.judge(
                session, row["id"], state, version=row["version"], reason="Look", actor=self.clerk
            )
        )

    async def scan_for(self, session: AsyncSession, parcel: Any) -> None:
        """The serial of each piece of a parcel that has one, as far as there are any."""
        if SERIALS not in self.desk.special:
            return
        statement = text("""
            SELECT s.serial FROM stock_serials s
            WHERE s.sku_id = :sku_id AND s.warehouse_id = :there AND s.state = 'in_stock'
            ORDER BY s.id LIMIT (
                SELECT coalesce(sum(x.quantity * coalesce(c.quantity, 1)), 0) FROM shipment_lines x
                JOIN shipments p ON p.id = x.shipment_id
                JOIN fulfilment_lines f ON f.fulfilment_id = p.fulfilment_id
                    AND f.order_line_id = x.order_line_id
                JOIN order_lines l ON l.id = x.order_line_id
                LEFT JOIN kit_components c ON c.kit_id = coalesce(f.sku_id, l.sku_id)
                    AND c.sku_id = :sku_id
                WHERE p.id = :id AND coalesce(c.sku_id, f.sku_id, l.sku_id) = :sku_id)
        """)
        sku_id, there = self.desk.sku_ids[0], parcel["warehouse_id"]
        values = {"sku_id": sku_id, "there": there, "id": parcel["id"]}
        serials = (await session.scalars(statement, values)).all()
        if serials:
            scan = inventory.serials.Scan(
                sku_id=sku_id,
                warehouse_id=there,
                document=f"shipment:{parcel['number']}",
                serials=serials,
            )
            await inventory.serials.scan_for(session, scan, actor=self.clerk)
