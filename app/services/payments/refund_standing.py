"""How an order stands before a refund: what was paid, what went back, what waits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.payments import RefundKind, RefundState, TenderKind
from app.core.errors import NotFound
from app.repositories.payments.plans import PlanRepository
from app.repositories.payments.refund_standing import RefundStandingRepository
from app.services.payments.engine.attribution import Cells, PaidRow, Row, Span
from app.services.payments.engine.refunding import Standing, standing
from app.services.payments.engine.states import PAID
from app.services.payments.engine.types import Plan
from app.services.payments.errors import DisputeOpen, RefundRefused
from app.services.payments.ports import PlanOwner
from app.services.payments.read import plan_by_id, plan_of_order


class Taken(NamedTuple):
    """Cells that went back, or wait to, by a refund of this kind."""

    refund_id: UUID
    kind: RefundKind
    cells: Cells


class PartFact(NamedTuple):
    tender_id: UUID
    amount_minor: int
    points: int
    state: RefundState


class Earning(NamedTuple):
    """What an order earned in points, and how much of it is no longer earned."""

    eligible_minor: int
    per_minor: int
    point_value_minor: int
    returned_minor: int


@dataclass(frozen=True, slots=True)
class OrderStanding:
    """A plan with everything refunds need to know of it, as of one reading.

    `left` is what it has not given back: waiting refunds count as given. `returned` are units that
    are back. `waiting` are refunds that need a second person.
    """

    plan: Plan
    rows: tuple[PaidRow, ...]
    left: Standing
    returned: tuple[Span, ...]
    taken: tuple[Taken, ...]
    parts: tuple[PartFact, ...]
    waiting: tuple[UUID, ...]
    has_pending: bool
    is_disputed: bool
    earning: Earning | None
    points_available: int

    def require_refundable(self) -> None:
        """Raise `RefundRefused` before payment, `DisputeOpen` while the bank asks for it back."""
        if self.plan.state not in PAID:
            raise RefundRefused("The order has not been paid", state=self.plan.state)
        if self.is_disputed:
            raise DisputeOpen("Close the dispute first")

    def cells_of(self, refund_id: UUID) -> tuple[Cells, ...]:
        return tuple(each.cells for each in self.taken if each.refund_id == refund_id)

    def decided_before(self, refund_id: UUID) -> tuple[Cells, ...]:
        """What other refunds took that wait for nobody."""
        skipped = {refund_id, *self.waiting}
        return tuple(each.cells for each in self.taken if each.refund_id not in skipped)


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
    return OrderStanding(
        plan=plan,
        rows=rows,
        left=_left(plan, rows, taken),
        returned=tuple(Span(UUID(line), first, count) for line, first, count in found["units"]),
        taken=taken,
        parts=tuple(_part(each) for each in found["parts"]),
        waiting=tuple(UUID(each) for each in found["waiting"]),
        has_pending=found["has_pending"],
        is_disputed=found["is_disputed"],
        earning=_earning(found["earning"]),
        points_available=found["points_available"],
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
