"""Asking for money, for other goods, for a repair, or for what did not arrive."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Audience
from app.core.after_sales_settings import AfterSalesSettings
from app.core.enums.after_sales import REPLACING, SENT_BACK, PostageBy, ReturnKind, ReturnState
from app.core.enums.payments import GiftChoice, RefundKind, RefundReason
from app.core.errors import InvalidReference, NotFound
from app.core.ids import new_id, new_number
from app.core.json import dump_bytes
from app.repositories.orders import (
    AfterSalesRepository,
    AskedLine,
    AxesRepository,
    ReturnLineRepository,
)
from app.services import payments, system
from app.services.orders.after_sales.eligible import (
    LIMITS,
    ReturnableLine,
    require_returnable,
    standing_of,
)
from app.services.orders.after_sales.follow import follow, return_row
from app.services.orders.after_sales.swaps import differences, has_stock
from app.services.orders.engine import RefundWish
from app.services.orders.errors import GiftNotReturned
from app.services.orders.refund import WishPreview, preview_wish
from app.services.orders.refund_facts import RefundFacts, refund_facts


@dataclass(frozen=True, slots=True, kw_only=True)
class AskReturn:
    """`lines` are (line, how many) of one merchant, `media` addresses of photos and films.

    With `deducts_gifts` gifts that are no longer earned are kept and paid for; otherwise they are
    lines like others. `instead` names by line the SKU that is wanted in an exchange, `held` the
    one that comes back, both where it is not the line's own. `shipment_id` is the parcel that
    something is wrong with.
    """

    order_id: UUID
    kind: ReturnKind
    reason_code: RefundReason
    reason: str
    lines: tuple[tuple[UUID, int], ...]
    media: tuple[str, ...] = ()
    deducts_gifts: bool = False
    instead: Mapping[UUID, UUID] = field(default_factory=dict)
    held: Mapping[UUID, UUID] = field(default_factory=dict)
    shipment_id: UUID | None = None

    def wish(self, chosen: Sequence[ReturnableLine]) -> RefundWish:
        """The refund of it; pieces that were sent instead lie at the end of their lines."""
        asked = dict(self.lines)
        found = wish_of(self.lines, self.reason_code, self.reason, deducts_gifts=self.deducts_gifts)
        return replace(
            found,
            from_end=tuple(
                (each.line.id, sum(each.held.values()) - asked[each.line.id])
                for each in chosen
                if self.held.get(each.line.id, each.line.sku_id) != each.line.sku_id
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPreview:
    """What money would come back, or comes back if goods cannot be sent.

    In an exchange the shopper pays `difference_minor` more, or gets that back if it is negative.
    `is_in_stock`: there is what would be sent now; null where nothing is. Goods are sent back at
    the cost of `postage_by`; the shop gives back up to `postage_cap_minor` of what that was.
    """

    wish: WishPreview
    difference_minor: int
    is_in_stock: bool | None
    postage_by: PostageBy | None
    postage_cap_minor: int


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


async def preview_return(
    session: AsyncSession,
    command: AskReturn,
    *,
    actor: Actor,
    terms: payments.PaymentTerms,
    limits: AfterSalesSettings = LIMITS,
) -> AskPreview:
    """What asking for it would bring; nothing is written. Raises what asking would raise."""
    facts, chosen, lines = await _looked_at(session, command, actor, limits)
    return AskPreview(
        wish=await preview_wish(
            session, command.order_id, command.wish(chosen), actor=actor, terms=terms
        ),
        difference_minor=_difference(lines),
        is_in_stock=await has_stock(session, facts, command.kind, lines)
        if command.kind in REPLACING - {ReturnKind.REPAIR}
        else None,
        postage_by=_postage_by(command, chosen, limits),
        postage_cap_minor=limits.postage_cap_minor if command.kind in SENT_BACK else 0,
    )


async def ask_return(
    session: AsyncSession,
    command: AskReturn,
    *,
    actor: Actor,
    terms: payments.PaymentTerms,
    limits: AfterSalesSettings = LIMITS,
) -> RowMapping:
    """Ask for it. The order is locked, so two requests never share a piece.

    Staff ask for a shopper, and are bound by no window. Raises `NotFound`, `InvalidReference`,
    `NotReturnable`, `SeveralMerchants`, `GiftNotReturned` and, where money is asked for, what keeps
    any refund from being made.
    """
    is_shopper = actor.audience is Audience.STOREFRONT
    order = await AxesRepository(session).locked(
        command.order_id, member_id=actor.id if is_shopper else None
    )
    if order is None:
        raise NotFound("No such order")
    _, chosen, lines = await _looked_at(session, command, actor, limits)
    if command.kind not in REPLACING:
        await _require_gifts(session, command, command.wish(chosen), actor, terms)
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
        "shipment_id": command.shipment_id,
        "postage_by": _postage_by(command, chosen, limits),
        "postage_cap_minor": limits.postage_cap_minor if command.kind in SENT_BACK else 0,
        "actor": actor.principal,
    }
    await AfterSalesRepository(session).add(values, lines)
    row = await return_row(session, values["id"])
    await follow(session, order, row, ReturnState.REQUESTED, actor=actor)
    if not is_shopper:
        changes = {"number": row["number"], "kind": row["kind"]}
        await system.record(session, actor, "orders.ask_return", "return", row["id"], changes)
    return row


async def _looked_at(
    session: AsyncSession, command: AskReturn, actor: Actor, limits: AfterSalesSettings
) -> tuple[RefundFacts, tuple[ReturnableLine, ...], list[AskedLine]]:
    """The order, the lines that are wanted, and what is asked of each."""
    is_shopper = actor.audience is Audience.STOREFRONT
    facts = await refund_facts(
        session, command.order_id, member_id=actor.id if is_shopper else None
    )
    lines = await standing_of(
        session,
        facts,
        command.reason_code,
        kind=command.kind,
        limits=limits,
        is_bound=actor.audience is not Audience.ADMIN,
    )
    chosen = require_returnable(lines, command.lines, command.held)
    ids = {line_id for line_id, _ in command.lines}
    if command.instead.keys() - ids or command.held.keys() - ids:
        raise InvalidReference("Name SKUs of lines that are asked for", field="lines")
    if command.instead and command.kind is not ReturnKind.EXCHANGE:
        raise InvalidReference("Only an exchange sends another SKU", field="for_sku_id")
    await _require_parcel(session, command)
    more = await differences(session, facts, command.instead, command.held)
    asked = []
    for each, (line_id, quantity) in zip(chosen, command.lines, strict=True):
        own = each.line.sku_id
        held = command.held.get(line_id, own)
        # An exchange of what was sent instead brings that once more.
        wanted = command.instead.get(line_id, held)
        asked.append(
            AskedLine(
                line_id,
                quantity,
                sku_id=None if held == own else held,
                for_sku_id=None if wanted == own else wanted,
                difference_minor=more.get(line_id, 0),
            )
        )
    return facts, chosen, asked


async def _require_parcel(session: AsyncSession, command: AskReturn) -> None:
    there = command.shipment_id
    if there is not None and not await ReturnLineRepository(session).has_parcel(
        command.order_id, there
    ):
        raise InvalidReference("No parcel of the order that has left", field="shipment_id")


async def _require_gifts(
    session: AsyncSession,
    command: AskReturn,
    wish: RefundWish,
    actor: Actor,
    terms: payments.PaymentTerms,
) -> None:
    found = await preview_wish(session, command.order_id, wish, actor=actor, terms=terms)
    if found.gifts and not command.deducts_gifts:
        gifts = [{"line_id": str(each.line_id), "quantity": each.quantity} for each in found.gifts]
        raise GiftNotReturned("Send the gifts back too, or have them deducted", gifts=gifts)


def _postage_by(
    command: AskReturn, chosen: tuple[ReturnableLine, ...], limits: AfterSalesSettings
) -> PostageBy | None:
    """Who pays for sending the goods back; None where none are."""
    if command.kind not in SENT_BACK:
        return None
    return limits.postage_by(command.reason_code, chosen[0].line.merchant_id)


def _difference(lines: list[AskedLine]) -> int:
    return sum(each.quantity * each.difference_minor for each in lines)
