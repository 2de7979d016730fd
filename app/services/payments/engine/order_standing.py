"""A plan with everything refunds need to know of it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from app.core.enums.payments import RefundKind, RefundState
from app.services.payments.engine.attribution import Cells, PaidRow, Span
from app.services.payments.engine.refunding import Standing
from app.services.payments.engine.states import PAID
from app.services.payments.engine.types import Plan
from app.services.payments.errors import DisputeOpen, RefundRefused


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
    are back, `asked` those of them that are so only if a second person agrees. `waiting` are
    refunds that need one. `withheld_minor` was kept for gifts
    that did not come back, by line `withheld_for`.
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
    withheld_minor: int
    withheld_for: Mapping[UUID, int] = field(default_factory=dict)
    asked: tuple[Span, ...] = ()

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


def not_returned(found: OrderStanding) -> tuple[Span, ...]:
    """Units that are not back, in runs."""
    return without([row.span for row in found.rows if row.span.line_id], found.returned)


def without(spans: list[Span], gone: tuple[Span, ...]) -> tuple[Span, ...]:
    """`spans` without the units of `gone`; both know no unit twice."""
    kept = []
    for line_id, first, quantity in spans:
        start, end = first, first + quantity
        for _, gone_first, gone_quantity in sorted(
            (each for each in gone if each.line_id == line_id), key=lambda each: each.first
        ):
            gone_end = gone_first + gone_quantity
            if gone_end <= start or gone_first >= end:
                continue
            if gone_first > start:
                kept.append(Span(line_id, start, gone_first - start))
            start = gone_end
        if start < end:
            kept.append(Span(line_id, start, end - start))
    return tuple(kept)
