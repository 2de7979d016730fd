"""Replacements are no revenue: they are booked at what they cost, until they are back."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.services import ledger
from app.services.finance.engine import replacements


async def book_replacement(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """Reacts to `orders.replacement_shipped.v1`; the parcel's number counts once."""
    journal = replacements.sent_again(
        int(payload["cost_minor"]), **_named(payload), reference=payload["shipment_number"]
    )
    if journal is not None:
        await ledger.post(session, [journal])


async def take_back_replacement(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """Reacts to `orders.replacement_returned.v1`: a parcel of them is back, fit to be sold."""
    journal = replacements.came_back(
        int(payload["cost_minor"]), **_named(payload), reference=payload["shipment_number"]
    )
    if journal is not None:
        await ledger.post(session, [journal])


async def take_back_exchanged(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """Reacts to `orders.replaced.v1`: what came back for it can be sold again, and cost nothing."""
    journal = replacements.came_back(
        int(payload["back_minor"]), **_named(payload), reference=payload["return_number"]
    )
    if journal is not None:
        await ledger.post(session, [journal])


def _named(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "order_id": UUID(str(payload["order_id"])),
        "member_id": UUID(str(payload["member_id"])),
        "currency": payload["currency"],
    }
