"""Discounts that others pay a part of: owed from the payment on, until the goods come back."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.finance.recognitions import RecognitionRepository
from app.services import ledger, orders, payments, promotions
from app.services.finance.engine import sponsoring
from app.services.finance.engine.recognition import Sponsored


async def sponsor_order(session: AsyncSession, order_id: UUID, member_id: UUID) -> None:
    """Book what funders owe for the discounts of a paid order; again changes nothing."""
    repository = RecognitionRepository(session)
    units = await orders.discounted_units(session, order_id)
    wanted = {promotion_id for run in units for promotion_id, _ in run.discounts}
    if not wanted:
        return
    terms = await promotions.terms_in_force(session, sorted(wanted))
    funding = {each: dict(found.funding) for each, found in terms.items()}
    shares = sponsoring.sponsored(units, funding)
    if not shares:
        return
    currency = units[0].currency
    journal = sponsoring.booked(shares, order_id=order_id, member_id=member_id, currency=currency)
    await ledger.post(session, [journal])
    await repository.sponsor(order_id, currency, shares)


async def sponsor_paid(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """Reacts to `orders.paid.v1`."""
    order_id, member_id = UUID(str(payload["order_id"])), UUID(str(payload["member_id"]))
    await orders.PAYMENT_OWNER.lock(session, order_id)
    await sponsor_order(session, order_id, member_id)


async def give_back_sponsored(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """Reacts to `payments.refund_succeeded.v1`: nobody owes anything for units that came back."""
    order_id, number = UUID(str(payload["order_id"])), str(payload["number"])
    await orders.PAYMENT_OWNER.lock(session, order_id)
    refunds = await payments.list_refunds_of(session, order_id)
    refund = next((each for each in refunds if each.number == number), None)
    if refund is not None:
        await _give_back(session, order_id, refund.member_id, number, refund.units)


async def give_back_cancelled(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """Reacts to `orders.cancelled.v1`: units that no refund brings back do not leave either.

    So it is where nothing was to be paid, or all money went back before and the goods did not.
    """
    if not payload["was_paid"]:
        return
    order_id, member_id = UUID(str(payload["order_id"])), UUID(str(payload["member_id"]))
    await orders.PAYMENT_OWNER.lock(session, order_id)
    found = await payments.read_standing(session, order_id, owner=orders.PAYMENT_OWNER)
    left = payments.not_returned(found)
    await _give_back(session, order_id, member_id, str(payload["number"]), left)


async def _give_back(
    session: AsyncSession,
    order_id: UUID,
    member_id: UUID,
    number: str,
    spans: Sequence[payments.Span],
) -> None:
    """Nobody owes anything for units of a locked order any more; `number` says why."""
    if not spans:
        return
    await sponsor_order(session, order_id, member_id)
    rows = await RecognitionRepository(session).give_back(number, spans)
    if not rows:
        return
    units = [
        (Sponsored(**{name: row[name] for name in Sponsored._fields}), bool(row["is_earned"]))
        for row in rows
    ]
    journal = sponsoring.given_back(
        units,
        order_id=order_id,
        member_id=member_id,
        currency=rows[0]["currency"],
        number=number,
    )
    await ledger.post(session, [journal])
