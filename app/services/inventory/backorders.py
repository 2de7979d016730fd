"""Goods that are sold before they are there: they wait, come before shoppers, and are promised."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, func
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.inventory import WaitKind
from app.core.errors import AlreadyExists, InvalidReference, NotFound, StaleVersion
from app.core.ids import new_id
from app.models.backorders import BackorderTerms
from app.repositories.inventory import BackorderRepository, Pieces, StockRepository
from app.services import system
from app.services.inventory.engine import Allocation, Waits
from app.services.inventory.errors import OutOfStock, StockMoved


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a SKU is sold without stock; `most` pieces may wait at a time.

    Who bought on these terms has to wait `wait_days` after `ships_at`.
    """

    warehouse_id: UUID
    kind: WaitKind
    most: int
    ships_at: datetime
    until: datetime | None = None
    wait_days: int = 30
    allows_partial: bool = True
    is_active: bool = True


async def create_terms(
    session: AsyncSession, terms: Terms, *, sku_id: UUID, channel_id: UUID | None, actor: Actor
) -> BackorderTerms:
    """Raises `AlreadyExists` where there are some in use, `InvalidReference`."""
    unknown, _ = await StockRepository(session).missing([sku_id], [])
    if unknown:
        raise InvalidReference("No SKU that lies in warehouses", field="sku_id")
    row = BackorderTerms(
        id=new_id(), sku_id=sku_id, channel_id=channel_id, version=1, **asdict(terms)
    )
    return await _save(session, row, terms, "inventory.create_backorder_terms", actor)


async def edit_terms(
    session: AsyncSession, terms_id: UUID, terms: Terms, *, version: int, actor: Actor
) -> BackorderTerms:
    """For what is sold from now on; who waits keeps what was said. Raises as `create_terms`.

    And `NotFound`, `StaleVersion`.
    """
    row = await BackorderRepository(session).terms(terms_id, lock=True)
    if row is None:
        raise NotFound("There are no such terms")
    if row.version != version:
        raise StaleVersion("Read it again", version=row.version)
    for name, value in asdict(terms).items():
        setattr(row, name, value)
    row.version += 1
    row.updated_at = func.now()
    return await _save(session, row, terms, "inventory.edit_backorder_terms", actor)


async def get_terms(session: AsyncSession, terms_id: UUID) -> BackorderTerms:
    """Raises `NotFound`."""
    row = await BackorderRepository(session).terms(terms_id)
    if row is None:
        raise NotFound("There are no such terms")
    return row


async def list_terms(
    session: AsyncSession, *, sku_id: UUID | None, after: UUID | None, limit: int
) -> Sequence[BackorderTerms]:
    """Oldest first."""
    return await BackorderRepository(session).all_terms(sku_id=sku_id, after=after, limit=limit)


async def list_waiting(
    session: AsyncSession,
    *,
    sku_id: UUID | None = None,
    is_late: bool | None = None,
    is_over: bool | None = None,
    after: UUID | None,
    limit: int,
) -> Sequence[RowMapping]:
    """What waits, oldest first; `is_late`: the day it was expected is over.

    `is_over`: so is the last day anybody has to wait.
    """
    return await BackorderRepository(session).page(
        sku_id=sku_id, is_late=is_late, is_over=is_over, after=after, limit=limit
    )


async def stand_in(
    session: AsyncSession, channel_id: UUID, need: Mapping[UUID, int], short: Mapping[UUID, int]
) -> tuple[tuple[Allocation, ...], Mapping[UUID, int]]:
    """What of `need` may wait where there is too little, and what is short all the same.

    `short` says what there is of it; so does the answer, with what may wait added.
    """
    rooms = {
        row.sku_id: row for row in await BackorderRepository(session).room([*short], channel_id)
    }
    waiting, lacking = [], {}
    for sku_id, there in sorted(short.items()):
        row, missing = rooms.get(sku_id), need[sku_id] - there
        if row is None or row.room < missing:
            lacking[sku_id] = there + (row.room if row else 0)
            continue
        waits = Waits(row.terms_id, row.kind, row.ships_at, row.allows_partial, row.last_at)
        waiting.append(Allocation(sku_id, row.warehouse_id, row.merchant_id, missing, waits))
    return tuple(waiting), lacking


async def wait(
    session: AsyncSession,
    waiting: Iterable[Allocation],
    *,
    owner: str,
    member_id: UUID,
    expires_at: datetime | None,
) -> None:
    """Let pieces wait for goods. Raises `OutOfStock`; the transaction must then end."""
    rows = sorted(
        (each.sku_id, each.warehouse_id, each.waits.terms_id, each.quantity)
        for each in waiting
        if each.waits and each.waits.terms_id
    )
    if not await BackorderRepository(session).wait(
        rows, owner=owner, member_id=member_id, expires_at=expires_at
    ):
        raise OutOfStock(
            "No more of it may be sold before it is there", available={}, is_held=False
        )


async def open_of(session: AsyncSession, owner: str) -> Sequence[Any]:
    """What an owner waits for: `sku_id`, `warehouse_id`, `open`, `allows_partial`, `free` now."""
    return await BackorderRepository(session).open(owner)


async def fill(session: AsyncSession, owner: str, pieces: Pieces) -> None:
    """Promise what waited. Raises `StockMoved`; the transaction must then end."""
    if not await BackorderRepository(session).fill(owner, dict(sorted(pieces.items()))):
        raise StockMoved("Somebody was faster")


async def stop(session: AsyncSession, owner: str, pieces: Pieces) -> None:
    """Nobody waits for these any more. Raises `StockMoved`; the transaction must then end."""
    if not await BackorderRepository(session).stop(owner, dict(sorted(pieces.items()))):
        raise StockMoved("Fewer wait by now")


async def _save(
    session: AsyncSession, row: BackorderTerms, terms: Terms, action: str, actor: Actor
) -> BackorderTerms:
    try:
        saved = await BackorderRepository(session).save(row)
    except IntegrityError as error:
        if "uq_backorder_terms_sku" in str(error.orig):
            raise AlreadyExists("There are terms in use", field="sku_id") from error
        raise InvalidReference(
            "The SKU, the channel or the warehouse does not exist", field="sku_id"
        ) from error
    changes = {name: str(value) for name, value in asdict(terms).items()}
    await system.record(session, actor, action, "backorder_terms", saved.id, changes)
    return saved
