"""What a repair costs its shopper: whoever looked at the goods asks for it before mending them."""

from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.after_sales import ReturnAction, ReturnKind, ReturnState
from app.core.enums.orders import ChargeKind, ChargeState
from app.core.errors import DomainError
from app.services.orders.after_sales.dearer import charges_of, is_asked
from app.services.orders.after_sales.follow import locked, moved, require_free
from app.services.orders.charges.ask import ChargePending, NewCharge, ask_charge
from app.services.orders.charges.close import WITHDRAWN
from app.services.orders.engine.after_sales import require_action

_REASON = 200


class RepairUnpaid(DomainError):
    """`amount_minor` is the fee that the shopper has not agreed to."""

    slug, title, title_zh = (
        "repair-unpaid",
        "The fee for the repair is not paid",
        "维修费尚未支付",
    )


async def ask_fee(
    session: AsyncSession,
    return_id: UUID,
    amount_minor: int,
    *,
    version: int,
    actor: Actor,
    note: str,
) -> RowMapping:
    """Ask the shopper of goods that lie here for what mending them costs; the note says what for.

    `amount_minor` has its tax in it, at the rate of the first line. Paid, they are mended; declined
    or not paid in time they go back as they are. Raises `NotFound`, `StaleVersion`,
    `ReturnClaimed`, `IllegalReturnTransition`, `ChargePending`, and as `charges.ask_charge`.
    """
    order, row = await locked(session, return_id, actor, version=version)
    require_free(row, actor)
    state = ReturnState(row["state"])
    require_action(ReturnKind(row["kind"]), state, ReturnAction.ASK_FEE)
    if await is_asked(session, row):
        raise ChargePending("Have it paid or withdrawn first")
    action = ReturnAction.ASK_FEE
    after = await moved(session, order, row, action, state, actor=actor, note=note)
    fee = NewCharge(
        order_id=row["order_id"],
        kind=ChargeKind.GOODS,
        amount_minor=amount_minor,
        reason=f"Repair {row['number']}: {note}"[:_REASON],
        tax_rate_bps=row["lines"][0]["tax_rate_bps"],
        reference=row["number"],
    )
    await ask_charge(session, fee, actor=actor)
    return after


async def require_fee_paid(session: AsyncSession, row: RowMapping) -> None:
    """Raise `RepairUnpaid` where the last fee that was asked for is neither paid nor withdrawn."""
    asked = await charges_of(session, row)
    if not asked:
        return
    last = asked[-1]
    is_withdrawn = last["close_reason"] == WITHDRAWN
    if last["state"] != ChargeState.PAID and not is_withdrawn:
        raise RepairUnpaid(
            "Have it paid or withdraw it, or send the goods back as they are",
            amount_minor=last["amount_minor"],
        )
