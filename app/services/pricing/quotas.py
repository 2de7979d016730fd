"""Quota prices: counting the pieces an order takes, and giving them back."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.pricing import BargainPriceRepository, ExchangeRepository, QuotaRepository
from app.services.pricing.engine import Line, PriceContext, price_lines
from app.services.pricing.errors import QuotaExhausted


class QuotaUse(NamedTuple):
    """Pieces of a SKU sold at a price that has a quota."""

    sku_id: UUID
    price_list_id: UUID
    min_quantity: int
    quantity: int


def quota_uses(lines: Iterable[Line], context: PriceContext) -> tuple[QuotaUse, ...]:
    """Return what the lines take of quota prices, in the order in which those are locked."""
    limited = [each for each in lines if any(o.quota is not None for o in each.prices)]
    taken: dict[tuple[str, str], int] = {}
    for line, runs in price_lines(limited, context):
        quotas = {option.id for option in line.prices if option.quota is not None}
        for count, _, _, price_id, _ in runs:
            if price_id in quotas:
                key = (line.sku_id, price_id)
                taken[key] = taken.get(key, 0) + count
    uses = (_use(sku_id, price_id, count) for (sku_id, price_id), count in taken.items())
    return tuple(sorted(uses))


async def use_quota(
    session: AsyncSession,
    order_id: UUID,
    member_id: UUID,
    uses: Sequence[QuotaUse],
    *,
    held_until: datetime | None = None,
) -> None:
    """Count the pieces as sold to an order, all or none; one statement, none without uses.

    An unpaid order has them until `held_until`; then, or when it is cancelled, they come back.
    The caller holds the member's row, which stands for what one member may have. Raises
    `QuotaExhausted` naming every price of which too little is left, in all or for this member.
    """
    if not uses:
        return
    refused = await QuotaRepository(session).take(
        sorted(uses), order_id=order_id, member_id=member_id, held_until=held_until
    )
    if refused:
        raise QuotaExhausted(
            "Less is left of the offer than was asked for",
            rows=[
                {
                    "sku_id": str(row.sku_id),
                    "price_list_id": str(row.price_list_id),
                    "min_quantity": row.min_quantity,
                }
                for row in refused
            ],
        )


async def settle_quota(session: AsyncSession, order_id: UUID) -> None:
    """The order is paid: what it took of quota prices stays taken."""
    await QuotaRepository(session).settle(order_id)


async def release_quota(session: AsyncSession, order_id: UUID) -> None:
    """Give back what an order took of quota prices, exchange offers and bargains.

    Once, however often it is called.
    """
    await QuotaRepository(session).release(order_id)
    await ExchangeRepository(session).release(order_id)
    await BargainPriceRepository(session).release(order_id)


async def held_quota(session: AsyncSession, order_id: UUID) -> tuple[QuotaUse, ...]:
    """What an order has of quota prices."""
    return tuple(QuotaUse(*each) for each in await QuotaRepository(session).held(order_id))


async def lessen_quota(
    session: AsyncSession,
    order_id: UUID,
    less: Sequence[QuotaUse],
    *,
    exchanges: Sequence[tuple[UUID, int]],
    bargains: Sequence[UUID],
) -> None:
    """Give back part of what an unpaid order took: of quota prices, offers, and whole bargains."""
    if less:
        await QuotaRepository(session).lessen(sorted(less), order_id)
    if exchanges:
        await ExchangeRepository(session).lessen(sorted(exchanges), order_id)
    if bargains:
        await BargainPriceRepository(session).release(order_id, only=sorted(bargains))


def _use(sku_id: str, price_id: str, count: int) -> QuotaUse:
    list_id, _, min_quantity = price_id.rpartition(":")
    return QuotaUse(UUID(sku_id), UUID(list_id), int(min_quantity), count)
