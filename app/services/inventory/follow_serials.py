"""Serials follow what moves: parcels, transfers and tills, and what comes back of them.

Whoever calls these holds the lock of the stock that moved.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.inventory import SerialState
from app.repositories.inventory.serials import SerialRepository
from app.services.inventory.errors import NotTracked, SerialsMissing, SerialsNotThere


class Came(NamedTuple):
    """Serials of the `pieces` that came, of so many that were on their way before."""

    serials: Collection[str]
    pieces: int
    on_the_way: int


class Sold(NamedTuple):
    """Pieces of a SKU a till sold, and the serials it named."""

    pieces: int
    serials: Collection[str]


async def send_serials(
    session: AsyncSession,
    pieces: Mapping[UUID, int],
    *,
    document: str,
    owner: str | None,
    actor: str | None,
) -> None:
    """The serials scanned for a document leave by it: to `owner`, or to another warehouse.

    Raises `SerialsMissing` unless each piece that has one was scanned, and none besides.
    """
    repository = SerialRepository(session)
    tracked = await repository.tracked(pieces)
    if not tracked:
        return
    rows = await repository.of(document, SerialState.PACKED, tracked)
    scanned = [row.sku_id for row in rows]
    _require_as_many({sku_id: (pieces[sku_id], scanned.count(sku_id)) for sku_id in tracked})
    await repository.move(
        [row.id for row in rows],
        state=SerialState.IN_TRANSIT if owner is None else SerialState.SENT,
        document=document,
        owner=owner,
        actor=actor,
    )


async def arrive_serials(
    session: AsyncSession,
    came: Mapping[UUID, Came],
    *,
    warehouse_id: UUID,
    document: str,
    actor: str | None,
) -> None:
    """Serials that were sent to another warehouse are there.

    What was sent before its SKU had serials comes without. Raises `SerialsNotThere` for others than
    those on their way, and `SerialsMissing` unless each piece that was sent with one names it.
    """
    repository = SerialRepository(session)
    rows = await repository.of(document, SerialState.IN_TRANSIT, came)
    ids: list[UUID] = []
    wrong: dict[UUID, tuple[int, int]] = {}
    for sku_id, each in came.items():
        way = {row.serial: row.id for row in rows if row.sku_id == sku_id}
        if strange := sorted(set(each.serials) - way.keys()):
            raise SerialsNotThere("They are not on their way with it", serials=strange)
        without = each.on_the_way - len(way)
        if not each.pieces - without <= len(each.serials) <= each.pieces:
            wrong[sku_id] = (each.pieces, len(each.serials))
        ids += [way[serial] for serial in sorted(each.serials)]
    _require_as_many(wrong)
    if ids:
        await repository.move(
            ids,
            state=SerialState.IN_STOCK,
            warehouse_id=warehouse_id,
            document=document,
            actor=actor,
        )


async def settle_serials(
    session: AsyncSession,
    sku_ids: Collection[UUID],
    *,
    was: SerialState,
    document: str,
    actor: str | None,
    warehouse_id: UUID | None = None,
) -> None:
    """What is still so by a document lies in a warehouse again; without one it is gone."""
    repository = SerialRepository(session)
    if rows := await repository.of(document, was, sku_ids):
        await repository.move(
            [row.id for row in rows],
            state=SerialState.GONE if warehouse_id is None else SerialState.IN_STOCK,
            warehouse_id=warehouse_id,
            document=document,
            actor=actor,
        )


async def sell_serials(
    session: AsyncSession,
    sold: Mapping[UUID, Sold],
    *,
    warehouse_id: UUID,
    document: str,
    actor: str | None,
    has_happened: bool,
) -> None:
    """Serials a till named are whoever bought them's, the till's receipt stands for who that is.

    Of a sale that has happened they are, wherever they were thought to be. Otherwise raises
    `NotTracked`, `SerialsMissing` unless each piece has one, and `SerialsNotThere` for those that
    do not lie in the warehouse free.
    """
    repository = SerialRepository(session)
    tracked = await repository.tracked(sold)
    if not has_happened:
        if strange := sorted(str(sku) for sku in sold if sold[sku].serials and sku not in tracked):
            raise NotTracked("Track them by serial first", sku_ids=strange)
        _require_as_many(
            {sku_id: (sold[sku_id].pieces, len(sold[sku_id].serials)) for sku_id in tracked}
        )
    serials = {sku_id: sold[sku_id].serials for sku_id in tracked if sold[sku_id].serials}
    if not serials:
        return
    if not has_happened:
        await require_free(repository, warehouse_id, serials)
    await repository.put(
        serials, state=SerialState.SENT, document=document, owner=document, actor=actor
    )


async def require_free(
    repository: SerialRepository, warehouse_id: UUID, serials: Mapping[UUID, Collection[str]]
) -> None:
    """Raise `SerialsNotThere` unless those by SKU lie there, in no parcel; they are locked."""
    known = await repository.locked(serials)
    there = {
        each
        for each, row in known.items()
        if (row.state, row.warehouse_id) == (SerialState.IN_STOCK, warehouse_id)
    }
    named = {(sku_id, serial) for sku_id in serials for serial in serials[sku_id]}
    if strange := sorted(serial for _, serial in named - there):
        raise SerialsNotThere("They do not lie there free", serials=strange)


def _require_as_many(counted: Mapping[UUID, tuple[int, int]]) -> None:
    wrong = [
        {"sku_id": str(sku_id), "pieces": pieces, "scanned": scanned}
        for sku_id, (pieces, scanned) in sorted(counted.items())
        if pieces != scanned
    ]
    if wrong:
        raise SerialsMissing("Scan the serial of each piece", rows=wrong)
