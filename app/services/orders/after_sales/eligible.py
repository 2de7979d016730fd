"""What of an order can be asked for after it has left, and why the rest cannot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Audience
from app.core.after_sales_settings import AfterSalesSettings
from app.core.enums.after_sales import NotReturnable as Why
from app.core.enums.after_sales import ReturnKind
from app.core.enums.orders import OrderState, PaymentStatus
from app.core.enums.payments import RefundReason
from app.core.errors import InvalidReference
from app.repositories.orders import ReturnLineRepository
from app.services import payments
from app.services.orders.after_sales.errors import NotReturnable, SeveralMerchants
from app.services.orders.engine import LineFact
from app.services.orders.engine.after_sales import LineStanding, reasons_against
from app.services.orders.payment_owner import PAYMENT_OWNER
from app.services.orders.refund_facts import RefundFacts, refund_facts

_PAID = frozenset({PaymentStatus.PAID, PaymentStatus.PARTLY_REFUNDED, PaymentStatus.REFUNDED})
_FALLEN = frozenset({OrderState.CANCELLED, OrderState.CANCELLING})
LIMITS = AfterSalesSettings()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnableLine:
    """`left` pieces can be asked for, unless there are `reasons` against it.

    Goods go back to `warehouse_id`, which is unknown as long as none has left. `held` tells, by
    SKU, which of them are not the line's own but were sent instead.
    """

    line: LineFact
    left: int
    reasons: tuple[Why, ...]
    warehouse_id: UUID | None
    held: Mapping[UUID, int]

    def left_of(self, sku_id: UUID | None) -> int:
        """Pieces of a SKU that was sent instead, or without one of the line's own."""
        if sku_id is not None:
            return min(self.left, self.held.get(sku_id, 0))
        return max(0, self.left - sum(self.held.values()))


async def returnable(
    session: AsyncSession,
    order_id: UUID,
    reason: RefundReason | None,
    *,
    actor: Actor,
    kind: ReturnKind | None = None,
    limits: AfterSalesSettings = LIMITS,
) -> tuple[ReturnableLine, ...]:
    """What of an order can be asked for, line by line, for a reason and of a kind.

    Without a kind it is money. Windows and final sale bind shoppers; staff may be obliging. Raises
    `NotFound`.
    """
    is_shopper = actor.audience is Audience.STOREFRONT
    facts = await refund_facts(
        session,
        order_id,
        member_id=actor.id if is_shopper else None,
        merchant_id=actor.merchant_id,
    )
    is_bound = actor.audience is not Audience.ADMIN
    return await standing_of(session, facts, reason, kind=kind, limits=limits, is_bound=is_bound)


async def require_still_returnable(
    session: AsyncSession, row: RowMapping, *, limits: AfterSalesSettings = LIMITS
) -> None:
    """Raise `NotReturnable` where the pieces of a return that was over are somebody else's now."""
    facts = await refund_facts(session, row["order_id"])
    lines = await standing_of(
        session,
        facts,
        RefundReason(row["reason_code"]),
        kind=ReturnKind(row["kind"]),
        limits=limits,
    )
    pieces = [(UUID(each["order_line_id"]), each["quantity"]) for each in row["lines"]]
    require_returnable(lines, pieces)


async def standing_of(
    session: AsyncSession,
    facts: RefundFacts,
    reason: RefundReason | None,
    *,
    kind: ReturnKind | None,
    limits: AfterSalesSettings,
    is_bound: bool = True,
) -> tuple[ReturnableLine, ...]:
    """As `returnable`, of facts that were read; only whoever `is_bound` is told of windows."""
    found = await payments.read_standing(session, facts.id, owner=PAYMENT_OWNER)
    kept: dict[UUID | None, int] = {}
    for span in payments.not_returned(found):
        kept[span.line_id] = kept.get(span.line_id, 0) + span.quantity
    shipped = {each["id"]: each for each in await ReturnLineRepository(session).of_order(facts.id)}
    final_sale = frozenset(limits.final_sale_categories) if is_bound else frozenset()
    lines = []
    for line in facts.lines:
        left = shipped[line.id]
        standing = LineStanding(
            quantity=line.quantity,
            kept=kept.get(line.id, 0),
            shipped=left["shipped"],
            cancelled=left["cancelled"],
            undelivered=left["undelivered"],
            asked=line.asked,
            is_final_sale=not line.categories.isdisjoint(final_sale),
        )
        reasons = reasons_against(
            standing,
            reason,
            kind=kind,
            is_paid=facts.row["payment_status"] in _PAID,
            is_over=_is_over(facts.row, kind, limits, is_bound=is_bound),
        )
        lines.append(
            ReturnableLine(
                line=line,
                left=standing.left(kind),
                reasons=reasons,
                warehouse_id=left["warehouse_id"],
                held={UUID(sku): n for sku, n in left["swapped"].items()},
            )
        )
    return tuple(lines)


def require_returnable(
    lines: Sequence[ReturnableLine],
    wanted: Sequence[tuple[UUID, int]],
    held: Mapping[UUID, UUID] | None = None,
) -> tuple[ReturnableLine, ...]:
    """The lines that are wanted, if all of that can be asked for and one merchant sold it.

    `held` names SKUs by line where pieces are not of the line's own. Raises `InvalidReference`,
    `NotReturnable`, `SeveralMerchants`.
    """
    known = {each.line.id: each for each in lines}
    if len(dict(wanted)) < len(wanted) or any(line_id not in known for line_id, _ in wanted):
        raise InvalidReference("Name each line of the order once")
    chosen = tuple(known[line_id] for line_id, _ in wanted)
    left = [each.left if held is None else each.left_of(held.get(each.line.id)) for each in chosen]
    refused = [
        {"line_id": str(each.line.id), "reasons": list(each.reasons), "left": n}
        for each, n, (_, quantity) in zip(chosen, left, wanted, strict=True)
        if each.reasons or quantity > n
    ]
    if refused:
        raise NotReturnable("Ask for what is left", lines=refused)
    if len({each.line.merchant_id for each in chosen}) > 1:
        raise SeveralMerchants("Ask for the goods of each merchant by themselves")
    return chosen


def _is_over(
    row: RowMapping, kind: ReturnKind | None, limits: AfterSalesSettings, *, is_bound: bool
) -> bool:
    if row["state"] in _FALLEN:
        return True
    if not is_bound:
        return False
    seconds = None if kind is None else limits.window_seconds(kind)
    if seconds is None:
        return bool(row["is_return_over"])
    received_at = row["received_at"]
    return received_at is not None and received_at + timedelta(seconds=seconds) <= row["at"]
