"""What becomes of a return when what was asked for it is paid or not, and of that when it is over.

All come here one after the other, under the order's lock: whoever is last leaves nothing behind.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.after_sales import MendOutcome, ReturnKind, ReturnState
from app.repositories.orders import AfterSalesRepository, AxesRepository
from app.services.orders.after_sales.dearer import charges_of, settle_charges
from app.services.orders.after_sales.mend import send_back
from app.services.orders.after_sales.replace import send_exchange
from app.services.orders.charges.close import DECLINED, LAPSED


async def follow_return_paid(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """Handle `ChargePaid`: what was looked at is sent; what is over gives it back.

    Runs again safely.
    """
    order, row = await _asked_for(session, payload)
    if order is None or row is None:
        return
    await send_exchange(session, order, row)
    await settle_charges(session, row)


async def follow_fee_unpaid(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """Handle `ChargeClosed`: goods whose repair the shopper does not pay go back as they are.

    Not where the shop withdrew the fee, or asked for another one since. Runs again safely.
    """
    if payload["reason"] not in {DECLINED, LAPSED}:
        return
    order, row = await _asked_for(session, payload)
    if order is None or row is None:
        return
    if (row["kind"], row["state"]) != (ReturnKind.REPAIR, ReturnState.RECEIVED):
        return
    last = (await charges_of(session, row))[-1]
    if str(last["id"]) == str(payload["charge_id"]):
        outcome, note = MendOutcome.AS_IT_WAS, str(payload["reason"])
        await send_back(session, order, row, outcome, actor=None, note=note)


async def follow_moved(session: AsyncSession, payload: Mapping[str, Any]) -> None:
    """Handle `ReturnMoved`: for what is over nothing is owed. Runs again safely."""
    await AxesRepository(session).locked(UUID(str(payload["order_id"])))
    row = await AfterSalesRepository(session).one(UUID(str(payload["return_id"])))
    if row is not None:
        await settle_charges(session, row)


async def _asked_for(
    session: AsyncSession, payload: Mapping[str, Any]
) -> tuple[RowMapping | None, RowMapping | None]:
    """The locked order of the return that a charge was asked for, and the return."""
    repository = AfterSalesRepository(session)
    order_id = UUID(str(payload["order_id"]))
    return_id = await repository.of_number(order_id, str(payload["reference"]))
    if return_id is None:
        return None, None
    order = await AxesRepository(session).locked(order_id)
    return order, await repository.one(return_id)
