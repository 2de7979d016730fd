"""The second person decides about a refund, and the return it is of follows."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.enums.after_sales import ReturnState
from app.repositories.orders import AfterSalesRepository
from app.services.orders import refund
from app.services.orders.after_sales.follow import locked, settle
from app.services.payments import RefundView


async def approve_refund(
    session: AsyncSession, refund_id: UUID, *, version: int, actor: Actor
) -> RefundView:
    """As `payments.approve_refund`, of whatever plan; an order, its coupons, a return follow."""
    view = await refund.approve_refund(session, refund_id, version=version, actor=actor)
    await _settled(session, view, actor)
    return view


async def reject_refund(
    session: AsyncSession, refund_id: UUID, *, version: int, reason: str, actor: Actor
) -> RefundView:
    """As `payments.reject_refund`; the money of a return is due again then."""
    view = await refund.reject_refund(
        session, refund_id, version=version, reason=reason, actor=actor
    )
    await _settled(session, view, actor)
    return view


async def _settled(session: AsyncSession, view: RefundView, actor: Actor) -> None:
    if not refund.is_of_shipped(view):
        return
    return_id = await AfterSalesRepository(session).of_refund(view.id)
    if return_id is not None:
        order, row = await locked(session, return_id, None)
        if row["state"] == ReturnState.REFUNDING:
            await settle(session, order, row, view, actor=actor)
