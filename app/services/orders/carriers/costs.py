"""What carriers charge, held against what they quoted and what shoppers paid."""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import AlreadyExists, DomainError, InvalidReference, NotFound
from app.repositories.orders import CarrierCostRepository, CarrierRepository
from app.services import system

MOST_DAYS = 400
"""How long a span may be that is reported on."""


class SpanTooLong(DomainError):
    """`days` is the most."""

    slug, title, title_zh = "span-too-long", "That span is too long", "时间跨度过长"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


async def import_bill(
    session: AsyncSession,
    carrier_code: str,
    number: str,
    currency: str,
    lines: Sequence[tuple[str, int]],
    *,
    actor: Actor,
) -> RowMapping:
    """Keep a carrier's bill: numbers of parcels, and what each is charged, in minor units.

    Each line is held against what was quoted for its parcel. Raises `InvalidReference` for an
    unknown carrier and `AlreadyExists` for a bill that is there.
    """
    if await CarrierRepository(session).named(carrier_code) is None:
        raise InvalidReference("No such carrier", field="carrier_code")
    repository = CarrierCostRepository(session)
    bill_id = await repository.add(carrier_code, number, currency, actor=actor.principal)
    if bill_id is None:
        raise AlreadyExists("The carrier's bill of that number is there", field="number")
    await repository.add_lines(bill_id, carrier_code, currency, lines)
    changes = {"number": number, "lines": len(lines)}
    await system.record(session, actor, "orders.import_bill", "carrier_bill", bill_id, changes)
    return await get_bill(session, bill_id)


async def list_bills(
    session: AsyncSession, *, after: UUID | None, limit: int
) -> Sequence[RowMapping]:
    """One more than `limit`, newest first."""
    return await CarrierCostRepository(session).bills(after=after, limit=limit + 1)


async def get_bill(session: AsyncSession, bill_id: UUID) -> RowMapping:
    """Raises `NotFound`."""
    found = await CarrierCostRepository(session).bill(bill_id)
    if found is None:
        raise NotFound("No such bill")
    return found


async def bill_lines(
    session: AsyncSession, bill_id: UUID, *, after: int, limit: int, is_differing: bool
) -> Sequence[RowMapping]:
    """Lines in their order, or those that are not as quoted; one more than `limit`.

    Raises `NotFound`.
    """
    await get_bill(session, bill_id)
    return await CarrierCostRepository(session).lines(
        bill_id, after=after, limit=limit + 1, is_differing=is_differing
    )


async def freight_report(
    session: AsyncSession, since: datetime, until: datetime
) -> Sequence[RowMapping]:
    """Parcels that left in `[since, until)`, by carrier, merchant and currency.

    Raises `SpanTooLong`.
    """
    if (until - since).days > MOST_DAYS:
        raise SpanTooLong("Ask for less", days=MOST_DAYS)
    return await CarrierCostRepository(session).report(since, until)
