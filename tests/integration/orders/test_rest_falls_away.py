"""The rest of an order falls away after the others have left."""

from sqlalchemy import text

from app.core.db import unit_of_work
from app.core.enums.payments import RefundKind, RefundReason
from app.services import orders
from tests.factories.orders import place
from tests.factories.payments import BALANCE_TENDER, TERMS, give_balance
from tests.factories.shop import make_shop
from tests.integration.orders.sending import CLERK, LIMITS, line_ids, send

shipping = orders.shipping


async def test_an_order_is_awaited_whose_rest_was_refunded(sessions):
    """Nobody else starts its clock: the last parcel left before the rest fell away."""
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        await give_balance(session, shop.member.id, 1_000_000)
        lines = [(shop.skus[0].id, 2)]
        placed = await place(session, shop.member.id, lines, tenders=[BALANCE_TENDER])
        (line,) = await line_ids(session, placed.id)
        await send(session, placed.id, {line: 1})
        wish = orders.RefundWish(
            kind=RefundKind.UNITS,
            reason_code=RefundReason.OUT_OF_STOCK,
            reason="the last one broke",
            lines=((line, 1),),
        )
        await orders.request_refund(session, placed.id, wish, actor=CLERK, terms=TERMS)
    due = text("SELECT arrival_due_at - now() > interval '14 days' FROM orders WHERE id = :id")
    async with unit_of_work(sessions) as session:
        assert await session.scalar(due, {"id": placed.id}) is None
    await shipping.receive_due(sessions, limit=9, limits=LIMITS)
    async with unit_of_work(sessions) as session:
        assert await session.scalar(due, {"id": placed.id})
