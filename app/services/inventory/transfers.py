"""Moving goods between warehouses: asked for, sent, received in parts, closed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.actor import Actor
from app.core.enums.inventory import MovementKind, SerialState, StockGrade, TransferState
from app.core.ids import new_id, new_number
from app.models.transfers import StockTransfer
from app.repositories.inventory import StockRepository
from app.repositories.inventory.transfers import TransferRepository
from app.services import system
from app.services.inventory.documents import after, found
from app.services.inventory.engine.transfers import (
    TRANSFER,
    Arrival,
    TransferAction,
    TransferLine,
    arrive,
)
from app.services.inventory.errors import DifferenceUnexplained, UnknownStock
from app.services.inventory.follow_serials import Came as SerialsCame
from app.services.inventory.follow_serials import arrive_serials, send_serials, settle_serials
from app.services.inventory.move import Move
from app.services.inventory.movements import adjust, record
from app.services.inventory.serials import Scan, scan_for


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTransfer:
    """`pieces` by SKU."""

    from_warehouse_id: UUID
    to_warehouse_id: UUID
    pieces: Mapping[UUID, int]
    note: str | None = None


class Came(NamedTuple):
    """Pieces of a SKU that arrived, and the serials of those that have one."""

    received: int
    damaged: int
    serials: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class TransferView:
    row: StockTransfer
    lines: Sequence[RowMapping]


async def request(session: AsyncSession, command: NewTransfer, *, actor: Actor) -> TransferView:
    """Ask that goods go to another warehouse; nothing moves yet. Raises `UnknownStock`."""
    pieces = dict(sorted(command.pieces.items()))
    ends = [command.from_warehouse_id, command.to_warehouse_id]
    unknown, warehouses = await StockRepository(session).missing(list(pieces), ends)
    if unknown or warehouses:
        raise _unknown(unknown, warehouses)
    row = StockTransfer(
        id=new_id(),
        number=new_number("TR", clock.now()),
        from_warehouse_id=command.from_warehouse_id,
        to_warehouse_id=command.to_warehouse_id,
        state=TransferState.REQUESTED,
        note=command.note,
        requested_by=actor.principal,
        version=1,
    )
    await TransferRepository(session).add(row, pieces)
    await _record(session, actor, "inventory.request_transfer", row)
    return await _view(session, row)


async def pack(
    session: AsyncSession,
    transfer_id: UUID,
    sku_id: UUID,
    serials: Collection[str],
    *,
    actor: Actor,
) -> None:
    """Say which pieces go with a transfer that is asked for; they leave when it is sent.

    Raises `NotFound`, `IllegalStockTransition`, `UnknownStock` for a SKU that is not in it,
    `NotTracked` and `SerialsNotThere`.
    """
    row = await _locked(session, transfer_id)
    after(TRANSFER, row.state, TransferAction.SHIP)
    if sku_id not in {line["sku_id"] for line in (await _view(session, row)).lines}:
        raise _unknown([sku_id], [])
    scan = Scan(
        sku_id=sku_id,
        warehouse_id=row.from_warehouse_id,
        document=_cause(row),
        serials=serials,
    )
    await scan_for(session, scan, actor=actor)


async def ship(
    session: AsyncSession,
    transfer_id: UUID,
    pieces: Mapping[UUID, int] | None,
    *,
    version: int,
    actor: Actor,
) -> TransferView:
    """Send the goods, all that were asked for or `pieces` of them: they are in transit.

    What orders were promised stays. Raises `NotFound`, `StaleVersion`, `IllegalStockTransition`,
    `BelowReserved`, `BatchShort`, `UnknownStock` for more of a SKU than was asked for, and
    `SerialsMissing` unless the serial of each piece that has one was scanned for it.
    """
    row = await _locked(session, transfer_id, version)
    state = after(TRANSFER, row.state, TransferAction.SHIP)
    asked = {line["sku_id"]: line["quantity"] for line in (await _view(session, row)).lines}
    sent = asked if pieces is None else dict(sorted(pieces.items()))
    if strange := [sku_id for sku_id, n in sent.items() if n > asked.get(sku_id, 0)]:
        raise _unknown(strange, [])
    transfers = TransferRepository(session)
    facts = {"shipped_by": actor.principal, "shipped_at": clock.now()}
    await transfers.move(row, state, **facts)
    await transfers.ship(row.id, sent)
    await _record(session, actor, "inventory.ship_transfer", row)
    await adjust(
        session,
        [Move(sku_id, row.from_warehouse_id, -n) for sku_id, n in sent.items()],
        cause=_cause(row),
        actor=actor.principal,
        kind=MovementKind.TRANSFER_OUT,
    )
    await send_serials(
        session,
        {sku_id: sent.get(sku_id, 0) for sku_id in asked},
        document=_cause(row),
        owner=None,
        actor=actor.principal,
    )
    return await _view(session, row)


async def receive(
    session: AsyncSession, transfer_id: UUID, came: Mapping[UUID, Came], *, actor: Actor
) -> TransferView:
    """Take in what arrived, in as many parts as it came; with the last piece it is closed.

    Damaged pieces lie on stock as such; what is more than was sent waits until somebody closes the
    transfer. Raises `NotFound`, `IllegalStockTransition`, `UnknownStock` for other goods,
    `SerialsMissing`, and `SerialsNotThere` for serials that were not sent with it.
    """
    row = await _locked(session, transfer_id)
    after(TRANSFER, row.state, TransferAction.RECEIVE)
    before = {line["sku_id"]: _line(line) for line in (await _view(session, row)).lines}
    if strange := sorted(came.keys() - before.keys()):
        raise _unknown(strange, [])
    arrivals = {
        sku_id: arrive(before[sku_id], each.received, each.damaged)
        for sku_id, each in sorted(came.items())
    }
    transfers = TransferRepository(session)
    await transfers.receive(row.id, arrivals, by=actor.principal)
    view = await _view(session, row)
    state, facts = row.state, dict[str, str]()
    if not any(_line(line).differs for line in view.lines):
        state, facts = (
            after(TRANSFER, row.state, TransferAction.CLOSE),
            {"closed_by": actor.principal},
        )
    await transfers.move(row, state, **facts)
    await _record(session, actor, "inventory.receive_transfer", row)
    if moves := _moves(row, arrivals):
        await record(
            session,
            MovementKind.TRANSFER_IN,
            moves,
            cause=_cause(row),
            actor=actor.principal,
        )
    of_serials = {
        sku_id: SerialsCame(
            came[sku_id].serials, there.received + there.damaged, before[sku_id].in_transit
        )
        for sku_id, there in arrivals.items()
    }
    await arrive_serials(
        session,
        of_serials,
        warehouse_id=row.to_warehouse_id,
        document=_cause(row),
        actor=actor.principal,
    )
    return view


async def close(
    session: AsyncSession, transfer_id: UUID, *, version: int, reason: str | None, actor: Actor
) -> TransferView:
    """Account for the rest: what has not come is written off, what is over is on stock.

    By somebody who neither sent nor received. Raises `NotFound`, `StaleVersion`,
    `IllegalStockTransition`, `SecondPersonNeeded`, and `DifferenceUnexplained` without a reason.
    """
    row = await _locked(session, transfer_id, version)
    state = after(TRANSFER, row.state, TransferAction.CLOSE)
    transfers = TransferRepository(session)
    actor.require_other_than(row.shipped_by, *await transfers.receivers(row.id))
    view = await _view(session, row)
    if reason is None:
        missing = sum(_line(line).in_transit for line in view.lines)
        over = sum(line["over"] for line in view.lines)
        raise DifferenceUnexplained("Say what became of it", missing=missing, over=over)
    await transfers.move(row, state, closed_by=actor.principal, difference=reason)
    await transfers.give_up(row.id)
    await _record(session, actor, "inventory.close_transfer", row)
    if over_pieces := _over(view):
        await adjust(session, over_pieces, cause=_cause(row), actor=actor.principal)
    await _settle_serials(session, view, SerialState.IN_TRANSIT, actor)
    return await _view(session, row)


async def cancel(
    session: AsyncSession, transfer_id: UUID, *, version: int, actor: Actor
) -> TransferView:
    """Give up a request; what was scanned for it lies where it lay.

    Raises `NotFound`, `StaleVersion` and `IllegalStockTransition`.
    """
    row = await _locked(session, transfer_id, version)
    await TransferRepository(session).move(row, after(TRANSFER, row.state, TransferAction.CANCEL))
    await _record(session, actor, "inventory.cancel_transfer", row)
    view = await _view(session, row)
    await _settle_serials(session, view, SerialState.PACKED, actor)
    return view


async def get(session: AsyncSession, transfer_id: UUID) -> TransferView:
    """Raises `NotFound`."""
    row = found(await TransferRepository(session).get(transfer_id), "transfer")
    return await _view(session, row)


async def page(
    session: AsyncSession,
    *,
    from_warehouse_id: UUID | None = None,
    to_warehouse_id: UUID | None = None,
    state: TransferState | None = None,
    after: UUID | None,
    limit: int,
) -> list[TransferView]:
    """Transfers, newest first."""
    transfers = TransferRepository(session)
    rows = await transfers.page(
        from_warehouse_id=from_warehouse_id,
        to_warehouse_id=to_warehouse_id,
        state=state,
        after=after,
        limit=limit,
    )
    lines: dict[UUID, list[RowMapping]] = {row.id: [] for row in rows}
    for each in await transfers.lines(list(lines)):
        lines[each["transfer_id"]].append(each)
    return [TransferView(row, lines[row.id]) for row in rows]


def _moves(row: StockTransfer, arrivals: Mapping[UUID, Arrival]) -> list[Move]:
    there = row.to_warehouse_id
    return [
        Move(sku_id, there, n, grade=grade)
        for sku_id, came in arrivals.items()
        for grade, n in ((StockGrade.SELLABLE, came.received), (StockGrade.DAMAGED, came.damaged))
        if n
    ]


def _over(view: TransferView) -> list[Move]:
    """What came beyond what was sent, broken pieces as such."""
    return [
        Move(line["sku_id"], view.row.to_warehouse_id, n, "over", grade)
        for line in view.lines
        for grade, n in (
            (StockGrade.SELLABLE, line["over"] - line["over_damaged"]),
            (StockGrade.DAMAGED, line["over_damaged"]),
        )
        if n
    ]


async def _settle_serials(
    session: AsyncSession, view: TransferView, was: SerialState, actor: Actor
) -> None:
    """Serials that were to leave stay; those that left and did not come are gone."""
    await settle_serials(
        session,
        [line["sku_id"] for line in view.lines],
        was=was,
        document=_cause(view.row),
        warehouse_id=view.row.from_warehouse_id if was is SerialState.PACKED else None,
        actor=actor.principal,
    )


def _line(row: RowMapping) -> TransferLine:
    return TransferLine(**{name: row[name] for name in TransferLine._fields})


def _cause(row: StockTransfer) -> str:
    return f"transfer:{row.number}"


async def _locked(
    session: AsyncSession, transfer_id: UUID, version: int | None = None
) -> StockTransfer:
    row = await TransferRepository(session).get(transfer_id, lock=True)
    return found(row, "transfer", version=version)


async def _view(session: AsyncSession, row: StockTransfer) -> TransferView:
    return TransferView(row, await TransferRepository(session).lines([row.id]))


def _unknown(sku_ids: Sequence[UUID], warehouse_ids: Sequence[UUID]) -> UnknownStock:
    return UnknownStock(
        "That much of some SKUs is not in the transfer, or a warehouse is unknown",
        sku_ids=sorted(map(str, sku_ids)),
        warehouse_ids=sorted(map(str, warehouse_ids)),
    )


async def _record(session: AsyncSession, actor: Actor, what: str, row: StockTransfer) -> None:
    await system.record(session, actor, what, "stock_transfer", row.id, {"number": row.number})
