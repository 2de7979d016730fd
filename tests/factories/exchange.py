"""Goods to be had for points."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id
from app.models.exchange import ExchangeOffer


async def make_offer(session: AsyncSession, sku_id: UUID, **overrides: Any) -> ExchangeOffer:
    """An open offer to everybody: 500 points and 20.00 for a piece, without limits."""
    row = ExchangeOffer(
        **{
            "id": new_id(),
            "sku_id": sku_id,
            "currency": "CNY",
            "points": 500,
            "cash_minor": 2_000,
            "tiers": [],
            "is_active": True,
            "sold": 0,
            **overrides,
        }
    )
    session.add(row)
    await session.flush()
    return row
