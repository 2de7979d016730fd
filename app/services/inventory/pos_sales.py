"""Tills that sell off the shelf of a store, at once or told later."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.actor import Actor
from app.core.db import Sessions, unit_of_work
from app.core.enums.inventory import (
    FindingKind,
    MovementKind,
    PosSaleState,
    SerialState,
    StockGrade,
)
from app.core.errors import DomainError, InvalidReference, NotFound
from app.core.ids import new_id, new_number
from app.repositories.inventory import StockRepository
from app.repositories.inventory.pos_sales import PosSaleRepository, SoldLine
from app.services import system
from app.services.inventory.errors import (
    IllegalStockTransition,
    OutOfStock,
    TillNumberTaken,
    UnknownStock,
)
from app.services.inventory.follow_serials import Sold, sell_serials, settle_serials
from app.services.inventory.happened import Taken, of_shelf, take_what_happened
from app.services.inventory.move import Move
from app.services.inventory.movements import record, regrade, take_back
from app.services.inventory.proof import tell


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPosSale:
    """`pieces` by SKU that a till sold; `number` is the till's own and counts once.

    A sale that was made offline has happened: what was not free of it is kept as short, and what
    could not be sold is sold. `serials` are those the till named, by SKU.
    """

    warehouse_id: UUID
    channel_id: UUID
    number: str
    sold_at: datetime
    pieces: Mapping[UUID, int]
    serials: Mapping[UUID, Collection[str]] = field(default_factory=dict)
    is_offline: bool = False


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What became of a sale that was told later: its row, or why it was refused."""

    number: str
    sale: RowMapping | None
    is_new: bool
    refusal: DomainError | None


async def sell(session: AsyncSession, sale: NewPosSale, *, actor: Actor) -> tuple[RowMapping, bool]:
    """Take what a till sold off the stock; the sale, and whether it is new.

    The same number again is answered with the sale there is. Pieces that orders were promised are
    not sold, those kept from shoppers are; one that has happened is kept whatever it sold, and
    somebody has to explain what could not be sold. Raises `InvalidReference`, `UnknownStock`,
    `TillNumberTaken` for other goods under the same number, and for one that is made now
    `OutOfStock`, `BatchShort`, `NotTracked`, `SerialsMissing` and `SerialsNotThere`.
    """
    repository = PosSaleRepository(session)
    if not await repository.is_till(sale.channel_id):
        raise InvalidReference("No such channel of tills", field="channel_id")
    stock = StockRepository(session)
    await _require_known(stock, sale)
    sale_id, number = new_id(), new_number("PS", clock.now())
    row = {
        "id": sale_id,
        "number": number,
        "warehouse_id": sale.warehouse_id,
        "channel_id": sale.channel_id,
        "till_number": sale.number,
        "sold_at": sale.sold_at,
        "is_offline": sale.is_offline,
        "sold_by": actor.principal,
    }
    if not await repository.add(row):
        return await _repeated(repository, sale), False
    pieces = dict(sorted(sale.pieces.items()))
    found = await stock.locked([(sku_id, sale.warehouse_id) for sku_id in pieces])
    free = dict.fromkeys(pieces, 0) | {
        sku_id: each.on_hand - each.reserved for (sku_id, _), each in found.items()
    }
    if sale.is_offline:
        taken = await take_what_happened(
            session, pieces, free, warehouse_id=sale.warehouse_id, at=sale.sold_at
        )
    else:
        _require_there(pieces, free)
        taken = {sku_id: of_shelf(sku_id, sale.warehouse_id, n, n) for sku_id, n in pieces.items()}
    lines = {
        sku_id: SoldLine(n, taken[sku_id].short, taken[sku_id].unfit, sale.serials.get(sku_id, ()))
        for sku_id, n in pieces.items()
    }
    await repository.add_lines(sale_id, lines)
    await _move(session, sale, taken, cause=_cause(number), actor=actor.principal)
    return await _shown(repository, sale_id), True


async def upload(
    sessions: Sessions, sales: Sequence[NewPosSale], *, actor: Actor
) -> list[Uploaded]:
    """Take in what tills sold while nobody could be told, each sale for itself."""
    done = []
    for sale in sales:
        try:
            async with unit_of_work(sessions) as session:
                row, is_new = await sell(session, sale, actor=actor)
        except DomainError as error:
            done.append(Uploaded(sale.number, None, is_new=False, refusal=error))
        else:
            done.append(Uploaded(sale.number, row, is_new=is_new, refusal=None))
    return done


async def undo(session: AsyncSession, sale_id: UUID, *, reason: str, actor: Actor) -> RowMapping:
    """Put what a till sold back; again changes nothing of it.

    Raises `NotFound`, and `IllegalStockTransition` for one that is undone.
    """
    repository = PosSaleRepository(session)
    row = await repository.find(sale_id, lock=True)
    if row is None:
        raise NotFound("There is no such sale")
    if row["state"] != PosSaleState.SOLD:
        raise IllegalStockTransition("It is undone", state=row["state"])
    await repository.undo(sale_id, by=actor.principal, at=clock.now(), reason=reason)
    changes = {"number": row["number"], "reason": reason}
    await system.record(session, actor, "inventory.undo_pos_sale", "pos_sale", sale_id, changes)
    moves = [
        Move(UUID(each["sku_id"]), row["warehouse_id"], each["quantity"] - each["short"])
        for each in row["lines"]
    ]
    cause = _cause(row["number"])
    if back := [move for move in moves if move.quantity]:
        await take_back(session, back, cause=cause, actor=actor.principal)
    # Of what was short no piece comes back on the books, but the one that was named does.
    if short := [move for move in moves if not move.quantity]:
        keys = {(move.sku_id, move.warehouse_id) for move in short}
        await StockRepository(session).locked(sorted(keys))
        await settle_serials(
            session,
            {move.sku_id for move in short},
            was=SerialState.SENT,
            document=cause,
            warehouse_id=row["warehouse_id"],
            actor=actor.principal,
        )
    return await _shown(repository, sale_id)


async def page(
    session: AsyncSession,
    *,
    warehouse_id: UUID | None = None,
    is_short: bool = False,
    is_unfit: bool = False,
    after: UUID | None,
    limit: int,
) -> Sequence[RowMapping]:
    """Sales of tills, newest first.

    `is_short` those alone that sold what was not free, `is_unfit` what was not to be sold.
    """
    return await PosSaleRepository(session).page(
        warehouse_id=warehouse_id, is_short=is_short, is_unfit=is_unfit, after=after, limit=limit
    )


def _require_there(pieces: Mapping[UUID, int], free: Mapping[UUID, int]) -> None:
    short = {str(sku_id): free[sku_id] for sku_id, n in pieces.items() if free[sku_id] < n}
    if short:
        raise OutOfStock(
            "Not that many lie there free",
            retry_after_seconds=None,
            available=short,
            is_held=False,
        )


async def _move(
    session: AsyncSession,
    sale: NewPosSale,
    taken: Mapping[UUID, Taken],
    *,
    cause: str,
    actor: str | None,
) -> None:
    """Take from the shelf what was sold, its serials with it, and tell what could not be sold."""
    if thawed := [move for each in taken.values() for move in each.thawed]:
        await regrade(session, thawed, to=StockGrade.SELLABLE, cause=cause, actor=actor)
    if moves := [move for each in taken.values() for move in each.moves]:
        await record(session, MovementKind.SALE, moves, cause=cause, actor=actor)
    sold = {
        sku_id: Sold(n, sale.serials.get(sku_id, ())) for sku_id, n in sorted(sale.pieces.items())
    }
    await sell_serials(
        session,
        sold,
        warehouse_id=sale.warehouse_id,
        document=cause,
        actor=actor,
        has_happened=sale.is_offline,
    )
    for kind, pieces in (
        (FindingKind.SHORT, {sku_id: each.short for sku_id, each in taken.items()}),
        (FindingKind.UNFIT, {sku_id: each.unfit for sku_id, each in taken.items()}),
    ):
        await tell(session, kind, sale.warehouse_id, pieces)


async def _require_known(stock: StockRepository, sale: NewPosSale) -> None:
    unknown, warehouses = await stock.missing(list(sale.pieces), [sale.warehouse_id])
    if unknown or warehouses:
        raise UnknownStock(
            "Some rows name an unknown SKU or warehouse",
            sku_ids=sorted(map(str, unknown)),
            warehouse_ids=sorted(map(str, warehouses)),
        )


async def _repeated(repository: PosSaleRepository, sale: NewPosSale) -> RowMapping:
    row = await repository.numbered(sale.warehouse_id, sale.number)
    said = {
        str(sku_id): (n, set(sale.serials.get(sku_id, ()))) for sku_id, n in sale.pieces.items()
    }
    kept = {each["sku_id"]: (each["quantity"], set(each["serials"])) for each in row["lines"]}
    if said != kept:
        raise TillNumberTaken("Other goods were sold under that number", sale=row["number"])
    return row


async def _shown(repository: PosSaleRepository, sale_id: UUID) -> RowMapping:
    row = await repository.find(sale_id)
    if row is None:
        raise NotFound("There is no such sale")
    return row


def _cause(number: str) -> str:
    return f"pos:{number}"
