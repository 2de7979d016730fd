"""How an order stands before a refund: what was paid, what went back, what waits."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.payments import RefundKind, RefundState, TenderKind
from app.core.errors import NotFound
from app.repositories.payments.plans import PlanRepository
from app.repositories.payments.refund_standing import RefundStandingRepository
from app.services.payments.engine.attribution import Cells, PaidRow, Row, Span
from app.services.payments.engine.order_standing import Earning, OrderStanding, PartFact, Taken
from app.services.payments.engine.refunding import Standing, standing
from app.services.payments.engine.types import Plan
from app.services.payments.ports import PlanOwner
from app.services.payments.read import plan_by_id, plan_of_order


async def locked_standing(
    session: AsyncSession, order_id: UUID, *, owner: PlanOwner
) -> OrderStanding:
    """How an order stands, with the order and its plan locked, in that order.

    Raises `NotFound` for an order without a plan.
    """
    await owner.lock(session, order_id)
    plan_id = await PlanRepository(session).lock_of_order(order_id)
    if plan_id is None:
        raise NotFound("No such payment plan")
    return await _read(session, await plan_by_id(session, plan_id), owner)


async def read_standing(
    session: AsyncSession, order_id: UUID, *, owner: PlanOwner
) -> OrderStanding:
    """How an order stands, without locks. Three statements. Raises `NotFound`."""
    return await _read(session, await plan_of_order(session, order_id), owner)


async def _read(session: AsyncSession, plan: Plan, owner: PlanOwner) -> OrderStanding:
    rows = await owner.rows(session, plan.order_id)
    found = await RefundStandingRepository(session).read(
        plan_id=plan.id,
        order_id=plan.order_id,
        member_id=plan.member_id,
        currency=plan.currency,
    )
    taken = _taken(plan, found)
    units = [(Span(UUID(line), first, n), waits) for line, first, n, waits in found["units"]]
    return OrderStanding(
        plan=plan,
        rows=rows,
        left=_left(plan, rows, taken),
        returned=tuple(span for span, _ in units),
        asked=tuple(span for span, is_waiting in units if is_waiting),
        taken=taken,
        parts=tuple(_part(each) for each in found["parts"]),
        waiting=tuple(UUID(each) for each in found["waiting"]),
        has_pending=found["has_pending"],
        is_disputed=found["is_disputed"],
        earning=_earning(found["earning"]),
        points_available=found["points_available"],
        withheld_minor=found["withheld_minor"],
        withheld_for={UUID(line): minor for line, minor in found["withheld_for"].items()},
    )


def _taken(plan: Plan, found: RowMapping) -> tuple[Taken, ...]:
    places = {each.id: place for place, each in enumerate(plan.tenders)}
    taken = []
    for refund_id, line, first, quantity, tender_id, minor, kind in found["cells"]:
        amounts = [0] * len(places)
        amounts[places[UUID(tender_id)]] = minor
        span = Span(UUID(line) if line else None, first, quantity)
        taken.append(Taken(UUID(refund_id), RefundKind(kind), Cells(span, tuple(amounts))))
    return tuple(taken)


def _left(plan: Plan, rows: tuple[PaidRow, ...], taken: tuple[Taken, ...]) -> Standing:
    kinds = [each.kind for each in plan.tenders]
    return standing(
        plan.refund_policy,
        [Row(each.span, each.amount_minor, each.points_minor) for each in rows],
        [(each.amount_minor, each.refunded_minor) for each in plan.tenders],
        [each.cells for each in taken],
        kinds.index(TenderKind.POINTS) if TenderKind.POINTS in kinds else None,
    )


def _part(row: list[Any]) -> PartFact:
    tender_id, amount, points, state = row
    return PartFact(UUID(tender_id), amount, points or 0, RefundState(state))


def _earning(row: Mapping[str, Any] | None) -> Earning | None:
    return None if row is None else Earning(*(row[name] for name in Earning._fields))
