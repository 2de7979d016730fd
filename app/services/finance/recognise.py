"""Goods have left: what was paid in advance becomes revenue (payments specification 3.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.payments import PlanState
from app.core.errors import AlreadyExists, DomainError
from app.core.ids import new_id
from app.repositories.finance.recognitions import RecognitionRepository
from app.services import ledger, orders, payments, system
from app.services.finance.engine import gifts, recognition
from app.services.finance.engine.recognition import Missing, Sponsored
from app.services.finance.gifts import cost_of_gifts
from app.services.finance.sponsor import sponsor_order

PAID = frozenset({PlanState.PAID, PlanState.PARTLY_REFUNDED, PlanState.REFUNDED})


class NothingPaidInAdvance(DomainError):
    slug, title, title_zh = (
        "nothing-paid-in-advance",
        "The order has not been paid",
        "订单尚未付款",
    )


class UnitsNotLeft(DomainError):
    """`missing` says by line how many units fewer are left than are to become revenue."""

    slug, title, title_zh = (
        "units-not-left",
        "Fewer units are left that can become revenue",
        "可确认收入的商品数量不足",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognise:
    """A shipment of an order, named by `reference`; `units` are quantities by line.

    Without `units` everything that is left is meant. The shipping fee becomes revenue with the
    first shipment unless `has_shipping` is false.
    """

    order_id: UUID
    reference: str
    units: Mapping[UUID, int] | None = None
    has_shipping: bool = True


async def recognise(
    session: AsyncSession, command: Recognise, *, actor: Actor | None = None
) -> RowMapping:
    """Book the revenue of a shipment; the same reference again changes nothing.

    Takes what is left of the units after what was decided to go back: units that came back are
    left out, the others in the order of their place, last those that are asked back: what left is
    sold until somebody agrees. Gifts among them are booked at cost. Locks the order, then ledger
    accounts. Raises `NotFound`, `NothingPaidInAdvance`, `UnitsNotLeft`, and `AlreadyExists` when
    another order used the reference.
    """
    owner = orders.PAYMENT_OWNER
    await owner.lock(session, command.order_id)
    repository = RecognitionRepository(session)
    known = await repository.by_reference(command.reference)
    if known is not None:
        if known["order_id"] != command.order_id:
            raise AlreadyExists("Another order used the reference", field="reference")
        return known
    standing = await payments.read_standing(session, command.order_id, owner=owner)
    plan = standing.plan
    if plan.state not in PAID:
        raise NothingPaidInAdvance("Revenue needs a payment", state=plan.state)
    await sponsor_order(session, command.order_id, plan.member_id)
    waiting = frozenset(standing.waiting)
    decided = [each.cells for each in standing.taken if each.refund_id not in waiting]
    spans = _spans(standing, command)
    sponsored = [Sponsored(**row) for row in await repository.sponsored(plan.order_id)]
    found = recognition.revenue(standing.rows, decided, spans, sponsored)
    named: dict[str, Any] = {
        "order_id": plan.order_id,
        "member_id": plan.member_id,
        "currency": plan.currency,
        "reference": command.reference,
    }
    costs = await cost_of_gifts(session, plan.order_id, spans)
    journals = [recognition.recognised(found, **named), gifts.given(costs, **named)]
    await ledger.post(session, [each for each in journals if each], actor=actor)
    row = {
        "id": new_id(),
        "order_id": plan.order_id,
        "reference": command.reference,
        "currency": plan.currency,
        "prepaid_minor": found.prepaid_minor,
        "funded_minor": found.funded_minor,
        "goods_minor": found.goods_minor,
        "shipping_minor": found.shipping_minor,
        "tax_minor": found.tax_minor,
        "has_shipping": payments.SHIPPING in spans,
    }
    made = await repository.add(row, spans)
    if actor is not None:
        await system.record(
            session, actor, "finance.recognise", "order", plan.order_id, _noted(command)
        )
    return made


async def list_recognitions(session: AsyncSession, order_id: UUID) -> Sequence[RowMapping]:
    """Shipments of an order that are revenue, oldest first."""
    return await RecognitionRepository(session).of_order(order_id)


def _spans(standing: payments.OrderStanding, command: Recognise) -> tuple[payments.Span, ...]:
    wanted = command.units
    try:
        chosen = recognition.choose(standing.rows, standing.returned, wanted, standing.asked)
    except Missing as error:
        raise UnitsNotLeft(
            "Some units came back, are revenue already or were never ordered",
            missing={str(line): count for line, count in error.missing.items()},
        ) from error
    fee = next((row for row in standing.rows if row.span == payments.SHIPPING), None)
    if not chosen:
        raise UnitsNotLeft("Nothing is left to become revenue", missing={})
    is_due = fee is not None and not fee.is_earned and command.has_shipping
    return (*chosen, payments.SHIPPING) if is_due else chosen


def _noted(command: Recognise) -> dict[str, Any]:
    units = command.units
    return {
        "reference": command.reference,
        "units": None if units is None else {str(line): n for line, n in units.items()},
    }
