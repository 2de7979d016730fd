"""Gifts are no revenue: they are booked at what they cost, to the promotions that gave them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.finance.recognitions import RecognitionRepository
from app.services import ledger, orders, payments
from app.services.finance.engine import gifts


async def cost_of_gifts(
    session: AsyncSession, order_id: UUID, spans: Sequence[payments.Span]
) -> dict[UUID, int]:
    """What the gifts among units of an order cost, by promotion. One statement."""
    return gifts.cost_of(await orders.given_lines(session, order_id), spans)


async def take_back_gifts(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """Reacts to `payments.refund_succeeded.v1`: gifts that left and came back cost nothing.

    Units of a refund that was decided do not leave any more, so which of them left is final.
    """
    order_id, number = UUID(str(payload["order_id"])), str(payload["number"])
    refunds = await payments.list_refunds_of(session, order_id)
    refund = next((each for each in refunds if each.number == number), None)
    if refund is None or not refund.units:
        return
    lines = await orders.given_lines(session, order_id)
    mine = {each.line_id for each in lines if each.unit_cost_minor}
    spans = [each for each in refund.units if each.line_id in mine]
    if not spans:
        return
    back = await RecognitionRepository(session).return_gifts(number, spans)
    journal = gifts.given_back(
        gifts.cost_of(lines, (payments.Span(line_id, place, 1) for line_id, place in back)),
        order_id=order_id,
        member_id=refund.member_id,
        currency=refund.currency,
        number=number,
    )
    if journal is not None:
        await ledger.post(session, [journal])
