"""Coupons given by the service itself: to named members, to segments, and for what happened."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import now
from app.core.db import Sessions, unit_of_work
from app.core.enums.orders import OrderKind
from app.core.enums.promotions import CouponBatchKind, CouponBatchState, CouponTrigger
from app.models.coupon_batches import CouponBatch
from app.repositories.promotions import BatchRepository, OfferRepository
from app.services import system
from app.services.promotions.codes import code_hash, new_code, series_code
from app.services.promotions.events import CouponsIssued

CHUNK: Final = 5_000
"""Codes made in one transaction."""

MEMBERS: Final = 1_000
"""Members given to in one transaction."""

LONGEST_TURN: Final = 200
"""Chunks of one turn, so that a turn ends long before its lease."""


async def work_on_batches(sessions: Sessions, pepper: SecretStr) -> int:
    """Make what is to be made, a chunk a transaction, and return how many chunks there were.

    Cut short at any point it goes on there; two workers never make the same twice.
    """
    for done in range(LONGEST_TURN):
        async with unit_of_work(sessions) as session:
            row = await BatchRepository(session).next_making()
            if row is None:
                return done
            if row.kind == CouponBatchKind.CODES:
                await _make_codes(session, row, pepper)
            else:
                await _give_chunk(session, row)
    return LONGEST_TURN


async def void_left(session: AsyncSession, *, limit: int) -> int:
    """End up to `limit` coupons of voided batches that no order holds; return how many."""
    return await BatchRepository(session).void(None, limit=limit)


async def give_for_registration(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """React to `members.registered.v1`, once."""
    member_id = UUID(payload["member_id"])
    await _give_for(session, CouponTrigger.REGISTERED, member_id, f"member:{member_id}")


async def give_for_payment(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """React to `orders.paid.v1`, once an order; what was given for nothing earns nothing."""
    if payload.get("kind", OrderKind.SALE) != OrderKind.SALE:
        return
    await _give_for(
        session,
        CouponTrigger.ORDER_PAID,
        UUID(payload["member_id"]),
        _order(payload),
        order_id=UUID(payload["order_id"]),
        currency=payload["currency"],
        amount_minor=payload["payable_minor"],
    )


async def withdraw_for_cancellation(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """React to `orders.cancelled.v1`: what was given for paying it ends, when nobody holds it."""
    await OfferRepository(session).withdraw(_order(payload))


async def _give_for(
    session: AsyncSession,
    trigger: CouponTrigger,
    member_id: UUID,
    origin: str,
    *,
    order_id: UUID | None = None,
    currency: str | None = None,
    amount_minor: int = 0,
) -> None:
    """Give of every batch for `trigger` that still has one for the member."""
    offers = OfferRepository(session)
    if not await offers.lock_member(member_id):
        return
    batch_ids = await offers.triggered(
        trigger, origin=origin, order_id=order_id, currency=currency, amount_minor=amount_minor
    )
    for batch_id in batch_ids:
        offer = await offers.offer(batch_id, member_id)
        is_left = offer.total is None or offer.issued < offer.total
        if offer.is_open and offer.is_eligible and is_left and offer.held < offer.per_member:
            await offers.give(offer, member_id, code=new_code(), origin=origin)
            await _announce(session, offer.promotion_id, (member_id,))


async def _make_codes(session: AsyncSession, row: CouponBatch, pepper: SecretStr) -> None:
    """The next codes of a locked batch."""
    numbers = range(row.made, min(row.made + CHUNK, row.total or 0))
    if row.salt is not None and numbers:
        hashes = [code_hash(pepper, series_code(pepper, row.salt, each)) for each in numbers]
        await BatchRepository(session).put_codes(row.id, numbers, hashes)
        row.made = numbers.stop
    if row.made >= (row.total or 0):
        await _finish(session, row)


async def _give_chunk(session: AsyncSession, row: CouponBatch) -> None:
    """The next members of a locked batch; its total, if there is one, is not passed."""
    offers = OfferRepository(session)
    left = MEMBERS if row.total is None else min(MEMBERS, row.total - row.issued)
    members = await offers.addressed(row.id, is_named=row.has_targets, after=row.cursor, limit=left)
    if members:
        given = await offers.give_many(row.id, members, [new_code() for _ in members])
        row.cursor = members[-1]
        row.made += len(members)
        row.issued += len(given) if row.total is not None else 0
        await _announce(session, row.promotion_id, tuple(given))
    if not left or len(members) < left:
        await _finish(session, row)


async def _finish(session: AsyncSession, row: CouponBatch) -> None:
    row.state = CouponBatchState.MADE
    row.version += 1
    row.updated_at = now()
    await session.flush()


async def _announce(
    session: AsyncSession, promotion_id: UUID, member_ids: tuple[UUID, ...]
) -> None:
    if member_ids:
        event = CouponsIssued(promotion_id=promotion_id, member_ids=member_ids)
        await system.publish(session, event)


def _order(payload: Mapping[str, Any]) -> str:
    return f"order:{payload['order_id']}"
