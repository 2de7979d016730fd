"""How many pieces one member may order: limits kept by staff, and orders counted under them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.pricing import LimitPeriod
from app.core.errors import InvalidReference, NotFound
from app.models.purchase_limits import PurchaseLimit
from app.repositories.pricing import PurchaseLimitRepository
from app.services import system
from app.services.pricing.errors import PurchaseLimitReached
from app.services.pricing.kept import changed, require_version


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseLimitTerms:
    """What may be changed: it counts in `[starts_at, ends_at)`, anew in every `period`."""

    name: str
    max_quantity: int
    period: LimitPeriod
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    is_active: bool = True


async def create_purchase_limit(
    session: AsyncSession,
    terms: PurchaseLimitTerms,
    *,
    sku_id: UUID | None,
    spu_id: UUID | None,
    actor: Actor,
) -> PurchaseLimit:
    """Limit a SKU, or all SKUs of a product together. Orders placed before do not count.

    Raises `InvalidReference` for goods that do not exist.
    """
    row = PurchaseLimit(sku_id=sku_id, spu_id=spu_id, version=1, **asdict(terms))
    PurchaseLimitRepository(session).add(row)
    try:
        await session.flush()
    except IntegrityError as error:
        field = "sku_id" if sku_id else "spu_id"
        raise InvalidReference("There are no such goods", field=field) from error
    await system.record(session, actor, "pricing.create_purchase_limit", "purchase_limit", row.id)
    await session.refresh(row)
    return row


async def edit_purchase_limit(
    session: AsyncSession, limit_id: UUID, terms: PurchaseLimitTerms, *, version: int, actor: Actor
) -> PurchaseLimit:
    """Replace the terms; what it limits is fixed. What was counted stays counted.

    Raises `NotFound` and `StaleVersion`.
    """
    row = await PurchaseLimitRepository(session).get(limit_id, lock=True)
    if row is None:
        raise NotFound("There is no such purchase limit")
    require_version(row, version)
    changes = changed(row, asdict(terms))
    if changes:
        await session.flush()
        await system.record(
            session,
            actor,
            "pricing.edit_purchase_limit",
            "purchase_limit",
            limit_id,
            {"changed": list(changes)},
        )
    return row


async def get_purchase_limit(session: AsyncSession, limit_id: UUID) -> PurchaseLimit:
    """Raises `NotFound`."""
    row = await PurchaseLimitRepository(session).get(limit_id)
    if row is None:
        raise NotFound("There is no such purchase limit")
    return row


async def list_purchase_limits(
    session: AsyncSession, *, after: UUID | None, limit: int
) -> Sequence[PurchaseLimit]:
    """Purchase limits, newest first."""
    return await PurchaseLimitRepository(session).page(after=after, limit=limit)


async def use_purchase_limits(
    session: AsyncSession,
    rows: Sequence[tuple[UUID, int]],
    *,
    order_id: UUID,
    member_id: UUID,
    channel_id: UUID,
) -> None:
    """Count `(sku_id, quantity)` of an order under every limit that is open, in one statement.

    The periods are those of the channel's time zone by the database's clock. Raises
    `PurchaseLimitReached` naming every limit that would be passed; the transaction must then end.
    """
    refused = await PurchaseLimitRepository(session).take(
        rows, order_id=order_id, member_id=member_id, channel_id=channel_id
    )
    if refused:
        raise PurchaseLimitReached(
            "One member may have no more of it", rows=[_named(each) for each in refused]
        )


async def lessen_purchase_limits(
    session: AsyncSession, order_id: UUID, pieces: Sequence[tuple[UUID, int]]
) -> None:
    """Pieces of SKUs that an order has no more of count against no limit."""
    await PurchaseLimitRepository(session).lessen(pieces, order_id)


async def release_purchase_limits(session: AsyncSession, order_id: UUID) -> None:
    """Give back what an order counted under limits; once, however often it is called."""
    await PurchaseLimitRepository(session).release(order_id)


def _named(row: Any) -> dict[str, Any]:
    goods = {"sku_id": str(row.sku_id)} if row.sku_id else {"spu_id": str(row.spu_id)}
    return goods | {"limit": row.max_quantity, "left": row.left, "period": row.period}
