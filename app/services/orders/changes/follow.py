"""A charge was paid, or never will be: the order follows, and is held for it no longer."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.orders import ChargeState, OrderState
from app.core.enums.shipping import HoldKind
from app.core.errors import NotFound
from app.repositories.orders import AxesRepository, ChangeRepository, ChargeRepository
from app.services.delivery import SlotTaken
from app.services.orders import shipping
from app.services.orders.changes.keep import Made, keep_change, move_slot, set_fields
from app.services.orders.charge_owner import locked_charge
from app.services.orders.charges.added import cancel_added
from app.services.orders.charges.ask import STANDING
from app.services.orders.charges.close import FALLEN, give_back
from app.services.orders.charges.fewer import FEWER, asked_now

GONE = "the time chosen is taken"
"""Why money for a change goes back that cannot be made any more."""
PAID_FOR = "paid for by the shopper"
"""How the shopper agreed to what costs more."""


async def follow_charge(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """Handle `ChargePaid`: what was to be different is. Runs again safely.

    Money of an order that fell in between goes back.
    """
    charge = await locked_charge(session, UUID(str(payload["charge_id"])))
    if charge["settled_at"] is not None or charge["state"] != ChargeState.PAID:
        return
    order = await AxesRepository(session).locked(charge["order_id"])
    if order is None:
        raise NotFound("No such order")
    if OrderState(order["state"]) not in STANDING:
        await _undo(session, charge, FALLEN)
    elif charge["change"] is not None:
        try:
            await _make(session, order, charge)
        except SlotTaken:
            await _undo(session, charge, GONE)
    await _let_go(session, charge)


async def _undo(session: AsyncSession, charge: RowMapping, reason: str) -> None:
    if charge["added_order_id"] is None:
        await give_back(session, charge["id"], reason)
    else:
        await cancel_added(session, charge["added_order_id"], reason)


async def let_go(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """Handle `ChargeClosed`: the order leaves as it was. Runs again safely."""
    charge = await locked_charge(session, UUID(str(payload["charge_id"])))
    if charge["settled_at"] is None:
        await _let_go(session, charge)


async def _let_go(session: AsyncSession, charge: RowMapping) -> None:
    await ChargeRepository(session).settle(charge["id"])
    await shipping.lift(session, charge["order_id"], HoldKind.CHANGE, str(charge["id"]), actor=None)


async def _make(session: AsyncSession, order: RowMapping, charge: RowMapping) -> None:
    """What the order is now counts, not what it was when somebody asked."""
    change = charge["change"]
    facts = await ChangeRepository(session).facts(order["id"], member_id=None)
    if facts is None:
        raise NotFound("No such order")
    after = {name: value for name, value in change["after"].items() if value != facts[name]}
    before = {name: facts[name] for name in after}
    await move_slot(session, order["id"], before, after)  # first, for it may be refused
    await set_fields(session, order["id"], after, actor=charge["actor"])
    made = Made(
        actor=charge["actor"],
        is_by_staff=change["is_by_staff"],
        reason=charge["reason"],
        consent=PAID_FOR,
        before=before,
        after=after,
        charge=charge,
    )
    await keep_change(session, order, made)
    worth = (await asked_now(session, charge)).amount_minor
    if worth < charge["amount_minor"]:  # pieces of it came back while it was being paid
        await give_back(session, charge["id"], FEWER, keep_minor=worth)
