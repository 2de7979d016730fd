"""What coupons, points and gifts cost the merchant, booked to whose budget bears it (L183).

Discounts are no entries of the ledger: revenue is net of them. They are booked here beside it, the
merchant's share of each promotion, when an order is paid, and taken back with units that return.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.finance import CostKind
from app.core.errors import InvalidReference
from app.repositories.finance.costs import Cost, CostRepository
from app.services import orders, payments, promotions, system
from app.services.promotions.engine.funding import MERCHANT, shares_of

BATCH = 5_000


async def book_discounts(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """Reacts to `orders.paid.v1`; again changes nothing."""
    order_id = UUID(str(payload["order_id"]))
    costs = await _discounts(session, order_id, None)
    await CostRepository(session).book(
        [
            Cost(f"discount:{order_id}:{promotion}", CostKind.PROMOTION, promotion, order_id, *rest)
            for promotion, rest in costs.items()
        ]
    )


async def take_back_discounts(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """Reacts to `payments.refund_succeeded.v1`: units that came back cost nothing."""
    order_id, number = UUID(str(payload["order_id"])), str(payload["number"])
    refunds = await payments.list_refunds_of(session, order_id)
    units = next((each.units for each in refunds if each.number == number), ())
    await _take_back(session, order_id, number, units)


async def take_back_cancelled(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """Reacts to `orders.cancelled.v1`: units that no refund brings back cost nothing either."""
    if not payload["was_paid"]:
        return
    order_id = UUID(str(payload["order_id"]))
    found = await payments.read_standing(session, order_id, owner=orders.PAYMENT_OWNER)
    await _take_back(session, order_id, str(payload["number"]), payments.not_returned(found))


async def book_journal_costs(session: AsyncSession, *, limit: int = BATCH) -> bool:
    """Book what journals say points and goodwill cost; whether there may be more.

    Each journal is read once, behind the writers.
    """
    return await CostRepository(session).roll(limit=limit) == limit


async def read_costs(
    session: AsyncSession, *, since: datetime, until: datetime
) -> Sequence[RowMapping]:
    """What was booked from `since` to before `until`, by centre, kind and subject."""
    return await CostRepository(session).report(since, until)


async def list_centres(session: AsyncSession) -> Sequence[RowMapping]:
    return await CostRepository(session).centres()


async def put_centre(
    session: AsyncSession, code: str, *, name: str, budget_owner: str, actor: Actor
) -> None:
    """Make a cost centre, or rename it and say who owns its budget now."""
    await CostRepository(session).put_centre(code, name, budget_owner)
    changes = {"name": name, "budget_owner": budget_owner}
    await system.record(session, actor, "finance.put_cost_centre", "cost_centre", code, changes)


async def assign_cost(
    session: AsyncSession, kind: CostKind, subject: str, centre: str, *, actor: Actor
) -> None:
    """Have a centre bear a cost from now on; what is booked stays. Raises `InvalidReference`."""
    if not await CostRepository(session).assign(kind, subject, centre):
        raise InvalidReference("No such cost centre", field="centre")
    changes = {"kind": kind, "subject": subject}
    await system.record(session, actor, "finance.assign_cost", "cost_centre", centre, changes)


async def _take_back(
    session: AsyncSession, order_id: UUID, number: str, units: Sequence[payments.Span]
) -> None:
    if not units:
        return
    costs = await _discounts(session, order_id, units)
    await CostRepository(session).book(
        [
            Cost(
                f"discount_back:{number}:{promotion}",
                CostKind.PROMOTION,
                promotion,
                order_id,
                currency,
                -minor,
            )
            for promotion, (currency, minor) in costs.items()
        ]
    )


async def _discounts(
    session: AsyncSession, order_id: UUID, returned: Sequence[payments.Span] | None
) -> dict[str, tuple[str, int]]:
    """Currency and the merchant's share of what each promotion took off, of all or some units."""
    units = await orders.discounted_units(session, order_id)
    wanted = sorted({promotion_id for run in units for promotion_id, _ in run.discounts})
    terms = await promotions.terms_in_force(session, wanted) if wanted else {}
    found: dict[str, tuple[str, int]] = {}
    for run in units:
        count = run.span.quantity if returned is None else _shared(run.span, returned)
        for promotion_id, amount in run.discounts:
            funding = terms[promotion_id].funding if promotion_id in terms else {}
            share = shares_of(amount, funding)[MERCHANT] * count
            if share:
                _, before = found.get(str(promotion_id), ("", 0))
                found[str(promotion_id)] = (run.currency, before + share)
    return found


def _shared(span: payments.Span, returned: Sequence[payments.Span]) -> int:
    """How many units of `span` are among `returned`."""
    return sum(
        max(
            min(span.first + span.quantity, each.first + each.quantity)
            - max(span.first, each.first),
            0,
        )
        for each in returned
        if each.line_id == span.line_id
    )
