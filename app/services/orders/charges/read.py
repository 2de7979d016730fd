"""Charges as shoppers and staff read them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import NotFound
from app.repositories.orders import ChargeRepository


async def get_charge(
    session: AsyncSession, order_id: UUID, charge_id: UUID, *, member_id: UUID | None = None
) -> RowMapping:
    """One of an order; a member's own where one is named. Raises `NotFound`."""
    charge = await ChargeRepository(session).one(charge_id)
    is_there = charge is not None and charge["order_id"] == order_id
    if charge is None or not is_there or member_id not in {None, charge["member_id"]}:
        raise NotFound("No such charge")
    return charge


async def list_charges(
    session: AsyncSession, order_id: UUID, *, after: UUID | None, limit: int
) -> Sequence[Row[Any]]:
    """One more than `limit`, newest first."""
    return await ChargeRepository(session).page(order_id, after=after, limit=limit + 1)


async def all_charges(session: AsyncSession, order_id: UUID) -> Sequence[RowMapping]:
    """All there were of an order, the oldest first."""
    return await ChargeRepository(session).of_order(order_id)


async def earn_charge(session: AsyncSession, charge_id: UUID, minor: int) -> None:
    """Keep that so much of a charge is revenue; its order is locked."""
    await ChargeRepository(session).earn(charge_id, minor)


async def order_of_charge(session: AsyncSession, charge_id: UUID) -> UUID | None:
    """Whose it is; None for what is no charge."""
    return await ChargeRepository(session).order_of(charge_id)
