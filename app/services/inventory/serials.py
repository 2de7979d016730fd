"""Serial numbers: scanned in, for what leaves, or out; and where they were seen."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.inventory import SerialState
from app.core.errors import NotFound
from app.repositories.inventory import StockRepository
from app.repositories.inventory.serials import SerialRepository
from app.services import system
from app.services.inventory.errors import (
    NotTracked,
    SerialsExceed,
    SerialsNotThere,
    UnknownStock,
)
from app.services.inventory.follow_serials import require_free


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """Pieces of a SKU that somebody saw in a warehouse; `document` is why."""

    sku_id: UUID
    warehouse_id: UUID
    document: str
    serials: Collection[str]

    @property
    def named(self) -> dict[UUID, Collection[str]]:
        return {self.sku_id: self.serials}


async def track(session: AsyncSession, sku_id: UUID, *, actor: Actor) -> None:
    """Ask for a serial of each piece of a SKU that leaves from now on. Raises `UnknownStock`."""
    unknown, _ = await StockRepository(session).missing([sku_id], [])
    if unknown:
        raise UnknownStock("There is no such SKU", sku_ids=[str(sku_id)], warehouse_ids=[])
    await system.record(session, actor, "inventory.track_serials", "sku", sku_id)
    await SerialRepository(session).track(sku_id)


async def scan_in(session: AsyncSession, scan: Scan, *, actor: Actor) -> None:
    """Say that pieces lie in a warehouse: received, back from a buyer, moved, or unpacked.

    Raises `NotTracked`, `SerialsNotThere` for those that lie there already, and `SerialsExceed`
    where there would be more serials than pieces.
    """
    repository = SerialRepository(session)
    pieces = await _lies(session, scan)
    known = await repository.locked(scan.named)
    twice = [
        serial
        for (_, serial), row in known.items()
        if (row.state, row.warehouse_id) == (SerialState.IN_STOCK, scan.warehouse_id)
    ]
    if twice:
        raise SerialsNotThere("They lie there already", serials=sorted(twice))
    await _put(repository, scan, SerialState.IN_STOCK, actor)
    if await repository.there(scan.sku_id, scan.warehouse_id) > pieces:
        raise SerialsExceed("There are fewer pieces than serials", pieces=pieces)


async def scan_for(session: AsyncSession, scan: Scan, *, actor: Actor) -> None:
    """Say that pieces are in the parcel, or go with the transfer, that `document` names.

    Raises `NotTracked`, and `SerialsNotThere` for those that do not lie in the warehouse, or are in
    another parcel.
    """
    repository = SerialRepository(session)
    await _lies(session, scan)
    await require_free(repository, scan.warehouse_id, scan.named)
    await _put(repository, scan, SerialState.PACKED, actor)


async def scan_out(session: AsyncSession, scan: Scan, *, actor: Actor) -> None:
    """Say that pieces are gone: lost or thrown away. Whoever counts stock corrects the count.

    Raises `NotTracked`, and `SerialsNotThere` for those that do not lie in the warehouse free.
    """
    repository = SerialRepository(session)
    await _lies(session, scan)
    await require_free(repository, scan.warehouse_id, scan.named)
    await _put(repository, scan, SerialState.GONE, actor)


async def page(
    session: AsyncSession,
    *,
    sku_id: UUID | None = None,
    serial: str | None = None,
    document: str | None = None,
    after: UUID | None,
    limit: int,
) -> Sequence[RowMapping]:
    """Serials with where they are or who has them, newest first.

    Of a `document` (`transfer:<number>`) those that last moved by it.
    """
    return await SerialRepository(session).page(
        sku_id=sku_id, serial=serial, document=document, after=after, limit=limit
    )


async def get(session: AsyncSession, serial_id: UUID) -> Mapping[str, object]:
    """A serial with the last 200 places it was seen in. Raises `NotFound`."""
    repository = SerialRepository(session)
    row = await repository.find(serial_id)
    if row is None:
        raise NotFound("There is no such serial")
    return {**row, "moves": [dict(each) for each in await repository.moves(serial_id)]}


async def _lies(session: AsyncSession, scan: Scan) -> int:
    """Pieces of all grades that lie there; locked until commit. Raises `NotTracked`."""
    if not await SerialRepository(session).tracked([scan.sku_id]):
        raise NotTracked("Track it by serial first", sku_ids=[str(scan.sku_id)])
    key = (scan.sku_id, scan.warehouse_id)
    row = (await StockRepository(session).locked([key])).get(key)
    return 0 if row is None else row.on_hand + row.damaged + row.frozen


async def _put(repository: SerialRepository, scan: Scan, state: SerialState, actor: Actor) -> None:
    await repository.put(
        scan.named,
        state=state,
        warehouse_id=None if state is SerialState.GONE else scan.warehouse_id,
        document=scan.document,
        actor=actor.principal,
    )
