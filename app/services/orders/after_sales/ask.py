"""What of an order can be asked back, what that would bring, and asking for it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Audience
from app.core.enums.after_sales import NotReturnable as Why
from app.core.enums.after_sales import ReturnKind, ReturnState
from app.core.enums.orders import PaymentStatus
from app.core.enums.payments import GiftChoice, RefundKind, RefundReason
from app.core.errors import InvalidReference, NotFound
from app.core.ids import new_id, new_number
from app.core.json import dump_bytes
from app.repositories.orders import AfterSalesRepository, AxesRepository
from app.services import payments
from app.services.orders.after_sales.errors import NotReturnable, SeveralMerchants
from app.services.orders.after_sales.follow import follow, return_row
from app.services.orders.engine import LineFact, RefundWish
from app.services.orders.engine.after_sales import LineStanding, reasons_against
from app.services.orders.errors import GiftNotReturned
from app.services.orders.payment_owner import PAYMENT_OWNER
from app.services.orders.refund import WishPreview, preview_wish
from app.services.orders.refund_facts import RefundFacts, refund_facts

_PAID = frozenset({PaymentStatus.PAID, PaymentStatus.PARTLY_REFUNDED, PaymentStatus.REFUNDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class AskReturn:
    """`lines` are (line, how many) of one merchant, `media` addresses of photos and films.

    With `deducts_gifts` gifts that are no longer earned are kept and paid for; otherwise they are
    lines like others.
    """

    order_id: UUID
    kind: ReturnKind
    reason_code: RefundReason
    reason: str
    lines: tuple[tuple[UUID, int], ...]
    media: tuple[str, ...] = ()
    deducts_gifts: bool = False

    @property
    def wish(self) -> RefundWish:
        return wish_of(self.lines, self.reason_code, self.reason, deducts_gifts=self.deducts_gifts)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnableLine:
    """`left` pieces can be asked back, unless there are `reasons` against it.

    Goods go back to `warehouse_id`, which is unknown as long as none has left.
    """

    line: LineFact
    left: int
    reasons: tuple[Why, ...]
    warehouse_id: UUID | None


def wish_of(
    lines: tuple[tuple[UUID, int], ...], code: RefundReason, reason: str, *, deducts_gifts: bool
) -> RefundWish:
    """The refund of pieces that had left."""
    return RefundWish(
        kind=RefundKind.UNITS,
        reason_code=code,
        reason=reason,
        lines=lines,
        gift_choice=GiftChoice.DEDUCT if deducts_gifts else None,
        of_shipped=True,
    )


async def returnable(
    session: AsyncSession,
    order_id: UUID,
    reason: RefundReason | None,
    *,
    actor: Actor,
    final_sale: Collection[UUID] = (),
) -> tuple[ReturnableLine, ...]:
    """What of an order can be asked back for a reason, line by line. Raises `NotFound`."""
    is_shopper = actor.audience is Audience.STOREFRONT
    facts = await refund_facts(
        session,
        order_id,
        member_id=actor.id if is_shopper else None,
        merchant_id=actor.merchant_id,
    )
    return await _standing(session, facts, reason, final_sale)


async def preview_return(
    session: AsyncSession,
    command: AskReturn,
    *,
    actor: Actor,
    terms: payments.PaymentTerms,
    final_sale: Collection[UUID] = (),
) -> WishPreview:
    """What asking for it would bring; nothing is written. Raises what asking would raise."""
    lines = await returnable(
        session, command.order_id, command.reason_code, actor=actor, final_sale=final_sale
    )
    _require_returnable(lines, command.lines)
    return await preview_wish(session, command.order_id, command.wish, actor=actor, terms=terms)


async def ask_return(
    session: AsyncSession,
    command: AskReturn,
    *,
    actor: Actor,
    terms: payments.PaymentTerms,
    final_sale: Collection[UUID] = (),
) -> RowMapping:
    """Ask for money back. The order is locked, so two requests never share a piece.

    Raises `NotFound`, `InvalidReference`, `NotReturnable`, `SeveralMerchants`, `GiftNotReturned`
    and what keeps any refund from being made.
    """
    order = await AxesRepository(session).locked(command.order_id, member_id=actor.id)
    if order is None:
        raise NotFound("No such order")
    lines = await returnable(
        session, command.order_id, command.reason_code, actor=actor, final_sale=final_sale
    )
    chosen = _require_returnable(lines, command.lines)
    found = await preview_wish(session, command.order_id, command.wish, actor=actor, terms=terms)
    if found.gifts and not command.deducts_gifts:
        gifts = [{"line_id": str(each.line_id), "quantity": each.quantity} for each in found.gifts]
        raise GiftNotReturned("Send the gifts back too, or have them deducted", gifts=gifts)
    values: dict[str, Any] = {
        "id": new_id(),
        "number": new_number("A", order["at"]),
        "order_id": command.order_id,
        "merchant_id": chosen[0].line.merchant_id,
        "warehouse_id": chosen[0].warehouse_id,
        "kind": command.kind,
        "reason_code": command.reason_code,
        "reason": command.reason,
        "media": dump_bytes(command.media).decode(),
        "deducts_gifts": command.deducts_gifts,
        "actor": actor.principal,
    }
    await AfterSalesRepository(session).add(values, dict(command.lines))
    row = await return_row(session, values["id"])
    await follow(session, order, row, ReturnState.REQUESTED, actor=actor)
    return row


async def require_still_returnable(
    session: AsyncSession, row: RowMapping, *, final_sale: Collection[UUID] = ()
) -> None:
    """Raise `NotReturnable` where the pieces of a return that was over are somebody else's now."""
    facts = await refund_facts(session, row["order_id"])
    lines = await _standing(session, facts, RefundReason(row["reason_code"]), final_sale)
    _require_returnable(lines, _pieces(row))


def _pieces(row: RowMapping) -> tuple[tuple[UUID, int], ...]:
    return tuple((UUID(each["order_line_id"]), each["quantity"]) for each in row["lines"])


async def _standing(
    session: AsyncSession,
    facts: RefundFacts,
    reason: RefundReason | None,
    final_sale: Collection[UUID],
) -> tuple[ReturnableLine, ...]:
    found = await payments.read_standing(session, facts.id, owner=PAYMENT_OWNER)
    kept: dict[UUID | None, int] = {}
    for span in payments.not_returned(found):
        kept[span.line_id] = kept.get(span.line_id, 0) + span.quantity
    shipped = {each["id"]: each for each in await AfterSalesRepository(session).lines(facts.id)}
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
            is_paid=facts.row["payment_status"] in _PAID,
            is_over=facts.row["is_return_over"],
        )
        lines.append(
            ReturnableLine(
                line=line, left=standing.left, reasons=reasons, warehouse_id=left["warehouse_id"]
            )
        )
    return tuple(lines)


def _require_returnable(
    lines: Sequence[ReturnableLine], wanted: Sequence[tuple[UUID, int]]
) -> tuple[ReturnableLine, ...]:
    """The lines that are wanted, if all of that can be asked back and one merchant sold it."""
    known = {each.line.id: each for each in lines}
    if len(dict(wanted)) < len(wanted) or any(line_id not in known for line_id, _ in wanted):
        raise InvalidReference("Name each line of the order once")
    chosen = tuple(known[line_id] for line_id, _ in wanted)
    refused = [
        {"line_id": str(each.line.id), "reasons": list(each.reasons), "left": each.left}
        for each, (_, quantity) in zip(chosen, wanted, strict=True)
        if each.reasons or quantity > each.left
    ]
    if refused:
        raise NotReturnable("Ask for what is left", lines=refused)
    if len({each.line.merchant_id for each in chosen}) > 1:
        raise SeveralMerchants("Ask for the goods of each merchant by themselves")
    return chosen
