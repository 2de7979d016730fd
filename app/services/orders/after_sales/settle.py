"""Giving the money of a return back: the pieces that were accepted, under the return's number."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.after_sales import ReturnAction, ReturnKind, ReturnState
from app.core.enums.payments import RefundReason, RefundState
from app.services import payments
from app.services.orders.after_sales.ask import wish_of
from app.services.orders.after_sales.errors import ReplacementLeft
from app.services.orders.after_sales.follow import locked, require_free, settle
from app.services.orders.after_sales.postage import given_of, kept_of
from app.services.orders.after_sales.replace import is_out
from app.services.orders.after_sales.swap_charges import charged_for
from app.services.orders.after_sales.swaps import places_of
from app.services.orders.charges.back import ChargeBack, give_charges_back
from app.services.orders.engine import RefundWish
from app.services.orders.engine.after_sales import require_action
from app.services.orders.refund import preview_wish, request_refund


async def refund_return(
    session: AsyncSession,
    return_id: UUID,
    *,
    version: int,
    actor: Actor,
    terms: payments.PaymentTerms,
    deducts_gifts: bool | None = None,
    postage_minor: int | None = None,
) -> RowMapping:
    """Give back what was accepted; above the limit, or for a merchant, a second person decides.

    Who wanted other goods gets his money instead. What was charged for goods that were sent before
    goes back with them, each charge by a refund of its own, as one decision. One that waits is
    looked at anew.

    `deducts_gifts` overrules what the shopper chose, where fewer pieces were accepted than he asked
    for, `postage_minor` how much of what sending back cost is given or kept, where it is less than
    what is due. Raises `NotFound`, `StaleVersion`, `ReturnClaimed`, `IllegalReturnTransition`,
    `ReplacementLeft` where goods were sent for them, and as `orders.request_refund`.
    """
    order, row = await locked(session, return_id, actor, version=version)
    require_free(row, actor)
    require_action(ReturnKind(row["kind"]), ReturnState(row["state"]), ReturnAction.REFUND)
    if is_out(row):
        raise ReplacementLeft("Goods were sent for it", sent=row["sent_again"])
    if row["state"] == ReturnState.REFUNDING:
        view = await payments.read_refund(session, row["refund_id"])
        if view.state is RefundState.WAITING:
            return row
        return await settle(session, order, row, view, actor=actor)
    deducts = row["deducts_gifts"] if deducts_gifts is None else deducts_gifts
    lines = tuple(
        (UUID(each["order_line_id"]), each["accepted"]) for each in row["lines"] if each["accepted"]
    )
    code = RefundReason(row["reason_code"])
    wish = wish_of(lines, code, row["reason"], deducts_gifts=deducts)
    wish = replace(
        wish,
        postage_given_minor=given_of(row, postage_minor),
        postage_kept_minor=kept_of(row, postage_minor),
        from_end=await places_of(session, row),
    )
    charged = await charged_for(session, row)
    await _give_charged(session, row, wish, charged, actor, terms)
    asked: int = row["refunds_asked"]
    view = await request_refund(
        session,
        row["order_id"],
        wish,
        actor=actor,
        number=f"{row['number']}-{asked + 1}" if asked else row["number"],
        terms=terms,
        besides_minor=sum(each.amount_minor for each in charged),
    )
    return await settle(session, order, row, view, actor=actor)


async def _give_charged(
    session: AsyncSession,
    row: RowMapping,
    wish: RefundWish,
    charged: tuple[ChargeBack, ...],
    actor: Actor,
    terms: payments.PaymentTerms,
) -> None:
    """Before the order's own refund, since plans are locked before accounts; it waits with that."""
    if not charged:
        return
    order_id, besides = row["order_id"], sum(each.amount_minor for each in charged)
    on_top = besides + wish.postage_given_minor
    seen = await preview_wish(
        session, order_id, wish, actor=actor, terms=terms, besides_minor=on_top
    )
    await give_charges_back(
        session, order_id, charged, reason=row["reason"], waits=seen.waits, actor=actor
    )
