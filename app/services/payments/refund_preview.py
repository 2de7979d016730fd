"""What a refund would bring, worked out like the refund itself; nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from app.core.enums.payments import TenderKind
from app.services.payments.engine.attribution import Cells
from app.services.payments.engine.order_standing import OrderStanding
from app.services.payments.engine.refunding import Take, split
from app.services.payments.engine.types import Plan
from app.services.payments.errors import DisputeOpen, RefundExceeds, RefundRefused
from app.services.payments.refund_points import kept_for_points, no_longer_earned, points_of


@dataclass(frozen=True, slots=True, kw_only=True)
class PartPreview:
    """`points_withheld_minor` of the amount is kept for points that are spent."""

    tender_id: UUID
    kind: TenderKind
    amount_minor: int
    points: int | None
    channel: str | None
    points_withheld_minor: int


class TenderShare(NamedTuple):
    tender_id: UUID
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPreview:
    """What one of `quantity` like units brings, and from which tender; no line is the fee."""

    line_id: UUID | None
    first_index: int
    quantity: int
    amount_minor: int
    tenders: tuple[TenderShare, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPreview:
    """`units` and `parts` both sum to the amount.

    `points_clawed` were earned by what goes back; some of them are spent already.

    `points_withheld` of those are paid for by the refund, at `points_withheld_minor`;
    `points_owed` are a debt.
    """

    currency: str
    amount_minor: int
    shipping_minor: int
    parts: tuple[PartPreview, ...]
    units: tuple[UnitPreview, ...]
    points_clawed: int
    points_owed: int
    points_withheld: int
    points_withheld_minor: int
    is_everything: bool


def why_not(found: OrderStanding) -> str | None:
    """The name of the problem that any refund would get now, if there is one."""
    try:
        found.require_refundable()
    except (RefundRefused, DisputeOpen) as refused:
        return refused.slug
    return None if found.left.total_minor else RefundExceeds.slug


def preview_refund(found: OrderStanding, takes: Sequence[Take]) -> RefundPreview:
    """As a refund of these takes would be now. Raises what the refund would raise."""
    found.require_refundable()
    plan = found.plan
    taken = split(found.left, takes)
    points = {
        each.id: points_of(found, each, amount)
        for each, amount in zip(plan.tenders, taken.by_tender, strict=True)
    }
    _, clawed = no_longer_earned(found, taken.cells)
    missing = max(0, clawed - found.points_available - sum(points.values()))
    parts = [
        (each, amount) for each, amount in zip(plan.tenders, taken.by_tender, strict=True) if amount
    ]
    withheld = kept_for_points(found, missing, parts)
    return RefundPreview(
        currency=plan.currency,
        amount_minor=taken.total_minor,
        shipping_minor=sum(sum(each.minor) for each in taken.cells if each.span.line_id is None),
        parts=tuple(
            PartPreview(
                tender_id=each.id,
                kind=each.kind,
                amount_minor=amount,
                points=points[each.id] if each.points is not None else None,
                channel=each.channel,
                points_withheld_minor=withheld.off(place),
            )
            for place, (each, amount) in enumerate(parts)
        ),
        units=tuple(_unit(plan, each) for each in taken.cells),
        points_clawed=clawed,
        points_owed=missing - withheld.points,
        points_withheld=withheld.points,
        points_withheld_minor=sum(withheld.by_part),
        is_everything=taken.total_minor == found.left.total_minor and not found.waiting,
    )


def _unit(plan: Plan, cells: Cells) -> UnitPreview:
    return UnitPreview(
        line_id=cells.span.line_id,
        first_index=cells.span.first,
        quantity=cells.span.quantity,
        amount_minor=sum(cells.minor),
        tenders=tuple(
            TenderShare(tender.id, minor)
            for tender, minor in zip(plan.tenders, cells.minor, strict=True)
            if minor
        ),
    )
