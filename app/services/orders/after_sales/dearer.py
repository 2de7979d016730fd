"""Exchanges for what costs more: the difference is asked for, waited for, and given back.

A fee for a repair is asked for, and settled, in the same way.
"""

from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.after_sales import (
    MendOutcome,
    ReturnAction,
    ReturnKind,
    ReturnState,
)
from app.core.enums.orders import ChargeKind, ChargeState
from app.core.errors import DomainError
from app.repositories.orders import ChargeRepository
from app.services import payments
from app.services.orders.after_sales.follow import locked, moved, require_free
from app.services.orders.charge_owner import locked_charge
from app.services.orders.charges.ask import ChargePending, NewCharge, ask_charge
from app.services.orders.charges.close import begin_close, give_back
from app.services.orders.engine.after_sales import OPEN, UNMENDED, require_action
from app.services.orders.engine.charges import OPEN as UNPAID

NOT_SENT = "what it was for is not sent"
"""Why money for an exchange or a repair goes back, or is not asked for any more."""


class ExchangeUnpaid(DomainError):
    """`difference_minor` is what is still to be paid before what is wanted can be sent."""

    slug, title, title_zh = (
        "exchange-unpaid",
        "What is wanted costs more, and that is not paid",
        "换货差价尚未支付",
    )


class NothingToPay(DomainError):
    slug, title, title_zh = (
        "nothing-to-pay",
        "What is wanted costs no more than was paid",
        "没有需要补的差价",
    )


def more_of(row: RowMapping) -> int:
    """How much more than what comes back the wanted goods list for; less is negative.

    Of the pieces that were accepted, or all as long as nobody looked.
    """
    if row["kind"] != ReturnKind.EXCHANGE:
        return 0
    return sum(
        each["difference_minor"]
        * (each["quantity"] if each["accepted"] is None else each["accepted"])
        for each in row["lines"]
    )


def costs_other(row: RowMapping) -> bool:
    """Whether what is wanted instead costs more or less than what comes back."""
    is_exchange = row["kind"] == ReturnKind.EXCHANGE
    return is_exchange and any(each["difference_minor"] for each in row["lines"])


async def still_to_pay(session: AsyncSession, row: RowMapping) -> int:
    """What of that no charge has brought; a statement only where it costs more."""
    more = more_of(row)
    if more <= 0:
        return 0
    return max(0, more - sum(map(_brought, await charges_of(session, row))))


async def require_paid(session: AsyncSession, row: RowMapping) -> None:
    """Raise `ExchangeUnpaid` where something is still to be paid."""
    if due := await still_to_pay(session, row):
        raise ExchangeUnpaid("Have it paid, or send the same again", difference_minor=due)


async def ask_difference(session: AsyncSession, row: RowMapping, *, actor: Actor) -> None:
    """Ask the shopper for what is still to be paid, unless that is asked for already.

    Its tax is that of the line that costs most more. Raises as `charges.ask_charge`.
    """
    due = await still_to_pay(session, row)
    if not due or await is_asked(session, row):
        return
    dearest = max(row["lines"], key=lambda each: each["difference_minor"] * each["quantity"])
    charge = NewCharge(
        order_id=row["order_id"],
        kind=ChargeKind.GOODS,
        amount_minor=due,
        reason=f"Exchange {row['number']}",
        tax_rate_bps=dearest["tax_rate_bps"],
        reference=row["number"],
    )
    await ask_charge(session, charge, actor=actor)


async def charge_difference(
    session: AsyncSession, return_id: UUID, *, version: int, actor: Actor
) -> RowMapping:
    """Ask again, after the shopper declined or let the time pass.

    Raises `NotFound`, `StaleVersion`, `ReturnClaimed`, `IllegalReturnTransition`, `NothingToPay`,
    `ChargePending`, and as `charges.ask_charge`.
    """
    order, row = await locked(session, return_id, actor, version=version)
    require_free(row, actor)
    state = ReturnState(row["state"])
    require_action(ReturnKind(row["kind"]), state, ReturnAction.CHARGE)
    if not await still_to_pay(session, row):
        raise NothingToPay("Send it")
    if await is_asked(session, row):
        raise ChargePending("Have it paid or withdrawn first")
    after = await moved(
        session, order, row, ReturnAction.CHARGE, state, actor=actor, due_at=row["due_at"]
    )
    await ask_difference(session, row, actor=actor)
    return after


async def settle_charges(session: AsyncSession, row: RowMapping) -> None:
    """Keep what pays for what is sent, give back the rest; of a return whose order is locked.

    As long as nobody knows what is sent, what was paid waits. Runs again safely.
    """
    charges = await charges_of(session, row)
    keep = _kept(row, sum(map(_brought, charges)))
    if keep is None:
        await ChargeRepository(session).forget_back(row["order_id"], row["number"])
        return
    for each in charges:
        if each["state"] in UNPAID:
            with suppress(payments.AlreadyPaid):  # whoever hears of that comes here again
                locked_one = await locked_charge(session, each["id"])
                await begin_close(session, locked_one, NOT_SENT, actor=None)
        elif brought := _brought(each):
            kept = min(keep, brought)
            keep -= kept
            if brought > kept:
                await give_back(session, each["id"], NOT_SENT, keep_minor=kept)


async def charges_of(session: AsyncSession, row: RowMapping) -> Sequence[RowMapping]:
    """What was asked for a return, the oldest first."""
    found = await ChargeRepository(session).of_order(row["order_id"])
    return [each for each in found if each["reference"] == row["number"]]


async def is_asked(session: AsyncSession, row: RowMapping) -> bool:
    """Whether something that was asked for a return waits for its shopper."""
    return any(each["state"] in UNPAID for each in await charges_of(session, row))


def _kept(row: RowMapping, brought: int) -> int | None:
    """What of what was brought stays ours; None as long as nobody knows what is sent."""
    kind, state = ReturnKind(row["kind"]), ReturnState(row["state"])
    is_sent = state in {ReturnState.SENDING, ReturnState.SENT}
    if kind is ReturnKind.EXCHANGE and (is_sent or state in OPEN):
        return max(0, more_of(row)) if is_sent else None
    if kind is ReturnKind.REPAIR and is_sent:
        return brought if row["mend_outcome"] == MendOutcome.REPAIRED else 0
    return None if kind is ReturnKind.REPAIR and state in UNMENDED else 0


def _brought(charge: RowMapping) -> int:
    """What was paid of it and has not gone back."""
    if charge["state"] != ChargeState.PAID:
        return 0
    brought: int = charge["amount_minor"] - charge["refunded_minor"]
    return brought
