"""What a return sends: promised, called off, and followed until it has left."""

import dataclasses
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.after_sales import ReturnAction, ReturnKind, ReturnState
from app.core.enums.orders import FulfilmentKind, FulfilmentStatus
from app.core.enums.payments import RefundKind, RefundReason
from app.core.enums.tickets import TicketKind
from app.repositories.orders import (
    AfterSalesRepository,
    AxesRepository,
    ResendRepository,
    Resent,
    ReturnLineRepository,
)
from app.services import inventory, payments, system
from app.services.orders import shipping
from app.services.orders.after_sales.ask import wish_of
from app.services.orders.after_sales.dearer import costs_other, more_of, require_paid, still_to_pay
from app.services.orders.after_sales.errors import ReplacementLeft, ReplacementOutOfStock
from app.services.orders.after_sales.events import Replaced
from app.services.orders.after_sales.follow import (
    locked,
    moved,
    require_free,
    require_not_given,
    return_row,
)
from app.services.orders.after_sales.swaps import behind, places_of
from app.services.orders.engine import RefundWish, units_of
from app.services.orders.engine.after_sales import require_action
from app.services.orders.payment_owner import PAYMENT_OWNER, named
from app.services.orders.refund import preview_wish, request_refund
from app.services.orders.shipping.holds import BY_ITSELF
from app.services.orders.tickets.work import OpenTicket, add


async def replace(
    session: AsyncSession,
    return_id: UUID,
    *,
    version: int,
    actor: Actor,
    terms: payments.PaymentTerms,
    note: str | None = None,
    is_same: bool = False,
) -> RowMapping:
    """Promise what is sent for the pieces that were accepted; what that costs less goes back.

    With `is_same` what came back is sent once more instead of what was wanted: the shopper does not
    pay for that, and not once what the other costs less went back.

    Raises `NotFound`, `StaleVersion`, `ReturnClaimed`, `IllegalReturnTransition`,
    `ReplacementLeft`, `ReplacementOutOfStock`, `StockMoved`, `ExchangeUnpaid`, and of a difference
    as `orders.request_refund`.
    """
    order, row = await locked(session, return_id, actor, version=version)
    require_free(row, actor)
    kind = ReturnKind(row["kind"])
    require_action(kind, ReturnState(row["state"]), ReturnAction.REPLACE)
    if is_out(row):
        raise ReplacementLeft("It was sent before the goods came back", sent=row["sent_again"])
    if is_same:
        require_not_given(row, ReturnAction.REPLACE)
        await ReturnLineRepository(session).same_again(return_id)
        row = await return_row(session, return_id)
    await require_paid(session, row)
    await _give_difference(session, row, actor=actor, terms=terms)
    target = ReturnState.SENDING
    await moved(session, order, row, ReturnAction.REPLACE, target, actor=actor, note=note)
    await promise(session, order, row, actor=actor)
    return await return_row(session, return_id)


async def call_off(
    session: AsyncSession, return_id: UUID, *, version: int, actor: Actor, note: str
) -> RowMapping:
    """Send nothing after all: its stock is everybody's, and money or goods are due again.

    What was repaired waits again to be sent back. Raises `NotFound`, `StaleVersion`,
    `ReturnClaimed`, `IllegalReturnTransition`, `ReplacementLeft`.
    """
    order, row = await locked(session, return_id, actor, version=version)
    require_free(row, actor)
    require_action(ReturnKind(row["kind"]), ReturnState(row["state"]), ReturnAction.CALL_OFF)
    sent = [each for each in row["sent_again"] if each["status"] != FulfilmentStatus.CANCELLED]
    is_repair = any(each["kind"] == FulfilmentKind.REPAIR for each in sent)
    target = ReturnState.RECEIVED if is_repair else ReturnState.ACCEPTED
    await moved(session, order, row, ReturnAction.CALL_OFF, target, actor=actor, note=note)
    if not await shipping.call_off(session, order, return_id, actor=actor):
        raise ReplacementLeft("Unpack it first, or wait for it", sent=row["sent_again"])
    return await return_row(session, return_id)


async def follow_sent(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """Reacts to `orders.replacement_shipped.v1`: with its last piece the return is over."""
    order = await AxesRepository(session).locked(UUID(str(payload["order_id"])))
    row = await AfterSalesRepository(session).one(UUID(str(payload["return_id"])))
    if order is None or row is None or row["state"] != ReturnState.SENDING:
        return
    if await has_left(session, row):
        await moved(session, order, row, ReturnAction.SHIP, ReturnState.SENT, actor=None)
        await tell_replaced(session, order, row)


async def release_exchange(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """Reacts to `orders.return_inspected.v1`: what an exchange wants is promised by itself."""
    order = await AxesRepository(session).locked(UUID(str(payload["order_id"])))
    row = await AfterSalesRepository(session).one(UUID(str(payload["return_id"])))
    if order is not None and row is not None:
        await send_exchange(session, order, row)


async def send_exchange(session: AsyncSession, order: RowMapping, row: RowMapping) -> None:
    """Promise what an exchange wants whose goods were accepted, of a locked order.

    What costs more waits for its money. People see to what costs less, and to what is not there: a
    ticket tells them.
    """
    is_due = (row["kind"], row["state"]) == (ReturnKind.EXCHANGE, ReturnState.ACCEPTED)
    if not is_due or row["sent_again"]:  # what was called off is not promised by itself again
        return
    if costs_other(row) and (more_of(row) <= 0 or await still_to_pay(session, row)):
        return
    wanted: dict[UUID, int] = {}
    for each in to_send(row):
        wanted[each.sku_id] = wanted.get(each.sku_id, 0) + each.quantity
    there = await inventory.available(session, sorted(wanted), order["channel_id"])
    if all(there[sku_id] >= n for sku_id, n in wanted.items()):
        target = ReturnState.SENDING
        await moved(session, order, row, ReturnAction.REPLACE, target, actor=None)
        await promise(session, order, row, actor=None)
    else:
        subject = f"Nothing to send for {row['number']}"
        await tell_people(session, row, TicketKind.STOCK, subject)


async def promise(
    session: AsyncSession, order: RowMapping, row: RowMapping, *, actor: Actor | None
) -> None:
    """Have a return's replacement sent. Locks stock last; raises as `replace`."""
    command = shipping.Resend(
        return_id=row["id"],
        merchant_id=row["merchant_id"],
        warehouse_id=row["warehouse_id"],
        kind=FulfilmentKind.REPLACEMENT,
        lines=to_send(row),
    )
    try:
        await shipping.resend(session, order, command, actor=actor)
    except inventory.OutOfStock as error:
        raise ReplacementOutOfStock(
            "Give the money back instead, or wait",
            available=error.context["available"],
            refund_minor=await _worth(session, row, actor),
        ) from error


def to_send(row: RowMapping) -> tuple[Resent, ...]:
    """Pieces a return sends: those accepted, or all as long as nobody looked."""
    is_exchange = row["kind"] == ReturnKind.EXCHANGE
    found = (
        Resent(
            UUID(each["order_line_id"]),
            UUID(each["for_sku_id"] if is_exchange else each["sku_id"]),
            each["quantity"] if each["accepted"] is None else each["accepted"],
        )
        for each in row["lines"]
    )
    return tuple(each for each in found if each.quantity)


async def has_left(session: AsyncSession, row: RowMapping) -> bool:
    """Whether something was sent for a return and nothing of it is still to leave."""
    sent = await ResendRepository(session).of(row["id"])
    live = [each for each in sent if each["wanted"]]
    return bool(live) and all(each["shipped"] == each["wanted"] for each in live)


def is_out(row: RowMapping) -> bool:
    """Whether something was sent for a return, or is about to be, and was not called off."""
    return any(each["status"] != FulfilmentStatus.CANCELLED for each in row["sent_again"])


async def tell_replaced(session: AsyncSession, order: RowMapping, row: RowMapping) -> None:
    """A return is over whose goods were replaced; what came back can be sold again, or not."""
    back = sum(
        each["resellable"] * each["unit_cost_minor"]
        for each in row["lines"]
        if each["unit_cost_minor"]
    )
    await system.publish(
        session,
        Replaced(
            **named(order),
            return_id=row["id"],
            return_number=row["number"],
            merchant_id=row["merchant_id"],
            kind=row["kind"],
            currency=order["currency"],
            back_minor=back,
        ),
    )


async def give_up(session: AsyncSession, order: RowMapping, row: RowMapping) -> bool:
    """Call off what a return has sent that ends without it; False where that has left."""
    return await shipping.call_off(session, order, row["id"], actor=None)


async def tell_people(
    session: AsyncSession, row: RowMapping, kind: TicketKind, subject: str
) -> None:
    """Open a ticket about a return, once for each kind."""
    command = OpenTicket(
        kind=kind,
        subject=subject,
        order_id=row["order_id"],
        return_id=row["id"],
        cause=f"return:{row['id']}:{kind}",
    )
    await add(session, command, opened_by=BY_ITSELF)


async def _give_difference(
    session: AsyncSession, row: RowMapping, *, actor: Actor, terms: payments.PaymentTerms
) -> None:
    """What the replacement costs less, as far as that is left of what was paid for it; once.

    It is taken from the pieces that came back alone: others of their line keep what they cost.
    """
    less = -more_of(row)
    if less <= 0 or row["difference_id"] is not None:
        return
    found = await payments.read_standing(session, row["order_id"], owner=PAYMENT_OWNER)
    lines = tuple((each.line_id, each.quantity) for each in to_send(row))
    wish = RefundWish(
        kind=RefundKind.AMOUNT,
        reason_code=RefundReason(row["reason_code"]),
        reason=row["reason"],
        lines=lines,
        from_end=await behind(session, row["order_id"], dict(lines)),
    )
    left = found.left.left_of(units_of(wish, found))
    if not left:
        return
    wish = dataclasses.replace(wish, amount_minor=min(less, left))
    number = f"{row['number']}-D"
    view = await request_refund(
        session, row["order_id"], wish, actor=actor, number=number, terms=terms
    )
    await AfterSalesRepository(session).difference(row["id"], view.id)


async def _worth(session: AsyncSession, row: RowMapping, actor: Actor | None) -> int | None:
    """What giving the money back instead would bring; None where nobody asks."""
    if actor is None:
        return None
    lines = tuple((each.line_id, each.quantity) for each in to_send(row))
    wish = wish_of(lines, RefundReason(row["reason_code"]), row["reason"], deducts_gifts=False)
    wish = dataclasses.replace(wish, from_end=await places_of(session, row))
    found = await preview_wish(session, row["order_id"], wish, actor=actor)
    return found.refund.amount_minor
