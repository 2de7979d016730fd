"""A change that costs more is proposed: the shopper agrees by paying what it costs."""

from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.services import payments
from app.services.orders.changes.apply import locked_plan
from app.services.orders.changes.errors import ChangeCostsNothing
from app.services.orders.changes.planned import is_staff
from app.services.orders.changes.wish import ChangeWish
from app.services.orders.charges.ask import UNLIMITED, NewCharge, ask_charge

ITS_SHOPPER = "asked for by the shopper"
"""Why something is charged whose shopper does not say why."""


async def propose_change(
    session: AsyncSession,
    order_id: UUID,
    wish: ChangeWish,
    *,
    version: int,
    actor: Actor,
    terms: payments.PaymentTerms = UNLIMITED,
) -> RowMapping:
    """Ask for what a change costs; it is made when that is paid, at the prices it was asked at.

    The order is held meanwhile; nothing of it is different before. Raises as `change_order`,
    `ChangeCostsNothing` for what may be made at once, and what asking for it raises.
    """
    _, facts, found = await locked_plan(session, order_id, wish, version=version, actor=actor)
    draft = found.money.charge
    if draft is None:
        raise ChangeCostsNothing("Make it")
    return await ask_charge(
        session,
        NewCharge(
            order_id=facts["id"],
            kind=draft.kind,
            amount_minor=draft.amount_minor,
            tax_rate_bps=draft.tax_rate_bps,
            reason=wish.reason or ITS_SHOPPER,
            change={
                "is_by_staff": is_staff(actor),
                "before": found.before,
                "after": found.after,
                "differences": [each._asdict() for each in found.money.differences],
                "goods": [each._asdict() for each in draft.goods],
                "freight_minor": draft.freight_minor,
                "tax_mode": draft.tax_mode,
                "rules": wish.rules,
            },
        ),
        actor=actor,
        terms=terms,
    )
