"""Deciding about returns: staff, merchants, and the platform where both sides disagree."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.after_sales_settings import AfterSalesSettings
from app.core.enums.after_sales import SENT_BACK, PostageBy, ReturnAction, ReturnKind, ReturnState
from app.core.errors import InvalidReference
from app.repositories.orders import AfterSalesRepository, ReturnLineRepository
from app.services import system
from app.services.orders.after_sales.dearer import ask_difference, costs_other
from app.services.orders.after_sales.eligible import LIMITS, require_still_returnable
from app.services.orders.after_sales.errors import (
    NothingRefused,
    PlatformDecides,
    ReplacementLeft,
)
from app.services.orders.after_sales.follow import (
    locked,
    moved,
    require_free,
    require_not_given,
    return_row,
)
from app.services.orders.after_sales.goods import without_goods
from app.services.orders.after_sales.grading import put_on_stock
from app.services.orders.after_sales.replace import (
    give_up,
    has_left,
    is_out,
    promise,
    tell_replaced,
)
from app.services.orders.engine.after_sales import (
    IllegalReturnTransition,
    approved,
    for_money,
    require_action,
)


async def claim(session: AsyncSession, return_id: UUID, *, actor: Actor) -> RowMapping:
    """Take a return up, so that nobody else decides about it. Again changes nothing.

    Raises `NotFound`, `ReturnClaimed`.
    """
    _, row = await locked(session, return_id, actor)
    require_free(row, actor)
    if row["claimed_by"] is None:
        await AfterSalesRepository(session).claim(return_id, actor.principal)
    return await return_row(session, return_id)


async def release(session: AsyncSession, return_id: UUID, *, actor: Actor) -> RowMapping:
    """Leave it to others, whoever took it up: people fall ill. Again changes nothing."""
    _, row = await locked(session, return_id, actor)
    if row["claimed_by"] is not None:
        await AfterSalesRepository(session).claim(return_id, None)
        changes = {"claimed_by": row["claimed_by"]}
        await system.record(session, actor, "orders.release_return", "return", return_id, changes)
    return await return_row(session, return_id)


async def approve(
    session: AsyncSession,
    return_id: UUID,
    *,
    version: int,
    actor: Actor,
    limits: AfterSalesSettings,
    note: str | None = None,
    for_money_instead: bool = False,
    is_at_once: bool | None = None,
    postage_by: PostageBy | None = None,
) -> RowMapping:
    """Agree: money is due, or goods are waited for first, or sent once more.

    `for_money_instead` settles with money what asks for goods, as the shopper agreed: the note
    says how. `is_at_once` overrules whether an exchange waits for the goods, `postage_by` at whose
    cost they come. Of goods that were
    looked at and refused, all are accepted then, as damaged; what was wanted instead and has left
    is what is given for them. What an exchange costs more or less is settled first, so nothing of
    it leaves at once; the shopper is asked for what is more. Raises `NotFound`, `StaleVersion`,
    `ReturnClaimed`, `PlatformDecides`, `IllegalReturnTransition`, `InvalidReference` for money
    without a note, `ReplacementLeft` for money where goods left, `ReplacementOutOfStock`,
    `StockMoved` where goods leave at once, and of what costs more as `charges.ask_charge`.
    """
    order, row = await _to_decide(session, return_id, version, actor, ReturnAction.APPROVE)
    asked = ReturnKind(row["kind"])
    kind = for_money(asked) if for_money_instead else asked
    if kind is not asked and not note:
        raise InvalidReference("Say how the shopper agreed", field="note")
    is_inspected = row["lines"][0]["accepted"] is not None
    target = approved(kind, is_inspected=is_inspected)
    is_sent = is_inspected and is_out(row)
    if is_sent and kind is not asked:
        raise ReplacementLeft("Goods were sent for it", sent=row["sent_again"])
    if is_sent:
        target = ReturnState.SENT if await has_left(session, row) else ReturnState.SENDING
    due_at = None
    if target is ReturnState.AWAITING_GOODS:
        due_at = order["at"] + timedelta(seconds=limits.send_within_seconds)
    else:
        await ReturnLineRepository(session).accept(return_id)
    if postage_by is not None and kind in SENT_BACK:
        await AfterSalesRepository(session).postage(return_id, by=postage_by)
    is_now = not costs_other(row) and _is_at_once(kind, target, is_at_once, limits)
    if is_now:
        await AfterSalesRepository(session).at_once(return_id)
    await _record(session, actor, row, ReturnAction.APPROVE)
    after = await moved(
        session,
        order,
        row,
        ReturnAction.APPROVE,
        target,
        actor=actor,
        note=note,
        due_at=due_at,
        kind=None if kind is asked else kind,
    )
    if not is_sent and (is_now or target is ReturnState.SENDING):
        await promise(session, order, after, actor=actor)
        return await return_row(session, return_id)
    if target is ReturnState.SENT:
        await tell_replaced(session, order, after)
    await ask_difference(session, after, actor=actor)
    await put_on_stock(session, row, after, actor=actor)
    return after


async def reject(
    session: AsyncSession, return_id: UUID, *, version: int, actor: Actor, note: str
) -> RowMapping:
    """Refuse. The shopper may escalate that, unless the platform decided.

    What was accepted of goods that were looked at stays accepted. Raises as `approve`.
    """
    order, row = await _to_decide(session, return_id, version, actor, ReturnAction.REJECT)
    is_final = row["state"] == ReturnState.ESCALATED
    target = ReturnState.DENIED if is_final else ReturnState.REJECTED
    if is_final and _is_accepted(row):
        target = ReturnState.ACCEPTED
    await _record(session, actor, row, ReturnAction.REJECT)
    return await moved(session, order, row, ReturnAction.REJECT, target, actor=actor, note=note)


async def escalate(
    session: AsyncSession,
    return_id: UUID,
    *,
    actor: Actor,
    note: str,
    limits: AfterSalesSettings = LIMITS,
) -> RowMapping:
    """Have the platform decide. Again changes nothing.

    A rejected request may be contested while its pieces can be asked back, one of which only some
    were accepted until the money goes back, once. Raises `NotFound`, `NotReturnable`,
    `NothingRefused`, `IllegalReturnTransition`.
    """
    order, row = await locked(session, return_id, actor)
    if row["state"] == ReturnState.ESCALATED:
        return row
    state = ReturnState(row["state"])
    require_action(ReturnKind(row["kind"]), state, ReturnAction.ESCALATE)
    contests = state is ReturnState.ACCEPTED
    if state is ReturnState.REJECTED:
        await require_still_returnable(session, row, limits=limits)
    if contests:
        _require_contestable(row)
    return await moved(
        session,
        order,
        row,
        ReturnAction.ESCALATE,
        ReturnState.ESCALATED,
        actor=actor,
        note=note,
        contests=contests,
    )


async def cancel(session: AsyncSession, return_id: UUID, *, actor: Actor) -> RowMapping:
    """Its shopper thinks better of it, or of contesting it. Again changes nothing.

    Raises `NotFound`, `IllegalReturnTransition`, and `ReplacementLeft` where what is wanted
    instead did not wait for the goods.
    """
    order, row = await locked(session, return_id, actor)
    if row["state"] == ReturnState.CANCELLED:
        return row
    action, is_kept = ReturnAction.CANCEL, _is_accepted(row)
    target = ReturnState.ACCEPTED if is_kept else ReturnState.CANCELLED
    after = await moved(session, order, row, action, target, actor=actor)
    if row["is_at_once"] and not await give_up(session, order, row):
        raise ReplacementLeft("Send the goods back", sent=row["sent_again"])
    return after


async def close(
    session: AsyncSession, return_id: UUID, *, version: int, actor: Actor, note: str
) -> RowMapping:
    """End without money what came to nothing: goods that were never sent, money given otherwise.

    Raises `NotFound`, `StaleVersion`, `ReturnClaimed`, `IllegalReturnTransition`.
    """
    order, row = await locked(session, return_id, actor, version=version)
    require_free(row, actor)
    await _record(session, actor, row, ReturnAction.CLOSE)
    after = await moved(
        session, order, row, ReturnAction.CLOSE, ReturnState.CLOSED, actor=actor, note=note
    )
    await without_goods(session, order, row)
    return after


async def _to_decide(
    session: AsyncSession, return_id: UUID, version: int, actor: Actor, action: ReturnAction
) -> tuple[RowMapping, RowMapping]:
    order, row = await locked(session, return_id, actor, version=version)
    require_free(row, actor)
    if actor.merchant_id is not None and row["state"] == ReturnState.ESCALATED:
        raise PlatformDecides("Wait for its decision")
    require_action(ReturnKind(row["kind"]), ReturnState(row["state"]), action)
    return order, row


def _is_at_once(
    kind: ReturnKind, target: ReturnState, wanted: bool | None, limits: AfterSalesSettings
) -> bool:
    """Whether what an exchange wants leaves before its goods are back."""
    if kind is not ReturnKind.EXCHANGE or target is not ReturnState.AWAITING_GOODS:
        return False
    return limits.exchanges_at_once if wanted is None else wanted


def _is_accepted(row: RowMapping) -> bool:
    """Whether some of the goods were looked at and accepted."""
    return any(each["accepted"] for each in row["lines"])


def _require_contestable(row: RowMapping) -> None:
    if row["is_contested"]:
        raise IllegalReturnTransition(
            "The platform decided about it",
            current=row["state"],
            action=ReturnAction.ESCALATE,
            kind=row["kind"],
        )
    require_not_given(row, ReturnAction.ESCALATE)
    if all(each["accepted"] == each["quantity"] for each in row["lines"]):
        raise NothingRefused("There is nothing to contest")


async def _record(
    session: AsyncSession, actor: Actor, row: RowMapping, action: ReturnAction
) -> None:
    changes = {"number": row["number"], "state": row["state"]}
    await system.record(session, actor, f"orders.{action}_return", "return", row["id"], changes)
