"""An order of a few units, paid, to give back parts of."""

from uuid import UUID

from app.core.db import unit_of_work
from app.core.enums.payments import (
    TenderKind,
)
from app.core.ids import new_id
from app.services.payments import SHIPPING, PaidRow, PlanView, Span, TenderRequest
from tests.factories.payment_invariants import check_always
from tests.factories.payments import (
    GATEWAY,
    Counter,
)
from tests.integration.payments.conftest import Purse

TEA, POT = UUID(int=1), UUID(int=2)


async def bought(counter: Counter, purse: Purse, *requests: TenderRequest) -> PlanView:
    """Two teas of 30.00, a pot of 38.00 and 2.00 of shipping, paid."""
    order_id = new_id()
    counter.orders.units[order_id] = (
        PaidRow(Span(TEA, 0, 2), 3_000, tax_minor=345, tax_rate_bps=1_300),
        PaidRow(Span(POT, 0, 1), 3_800, tax_minor=437, tax_rate_bps=1_300),
        PaidRow(SHIPPING, 200),
    )
    plan = await counter.open(purse.member_id, 10_000, *requests, order_id=order_id)
    if plan.due_minor:
        plan = await counter.start(plan)
        await counter.notify(counter.pay(plan))
    return await counter.read(plan)


def card_and_gateway(purse: Purse) -> tuple[TenderRequest, ...]:
    card = TenderRequest(kind=TenderKind.GIFT_CARD, gift_card_id=purse.card_id, max_minor=4_000)
    return (card, GATEWAY)


def tea(first: int = 0, quantity: int = 1) -> tuple[Span, ...]:
    return (Span(TEA, first, quantity),)


async def settled(counter: Counter) -> None:
    async with unit_of_work(counter.sessions) as session:
        await check_always(session)
