"""Orders paid at the door or by bank transfer, and orders given up."""

from functools import partial
from uuid import UUID

from app.services import orders, payments
from app.services.payments import PlanView
from bench.month.story import Month


async def cancel(month: Month, order_id: UUID) -> None:
    resources = month.resources
    await orders.cancel_order(
        *(resources.sessions, resources.gateways, order_id),
        actor=None,
        reason=orders.BY_SHOPPER,
        terms=month.terms,
    )


async def cash(month: Month, plan: PlanView) -> None:
    """Who brings the goods takes the money, and hands it in on the next day."""
    if month.chance(8):
        month.tally["fate not at home"] += 1
        await cancel(month, plan.order_id)
        return
    row_id, version = await _record(month, plan, plan.due_minor, f"box-{plan.id}")
    month.later(partial(_confirm, month, row_id, version), days=1)


async def transfer(month: Month, plan: PlanView) -> None:
    """One in ten never comes, and one in ten is of another amount: it goes back."""
    if month.chance(10):
        month.tally["fate no transfer"] += 1
        return
    if month.chance(11):
        row_id, version = await _record(month, plan, plan.due_minor + 100, f"odd-{plan.id}")
        await _confirm(month, row_id, version)
        async with month.session() as session:
            await payments.return_collection(
                session,
                row_id,
                version=version + 1,
                reference=f"back-{plan.id}",
                actor=month.clerk,
                owner=orders.PAYMENT_OWNER,
            )
        month.tally["fate odd transfer returned"] += 1
    row_id, version = await _record(month, plan, plan.due_minor, f"bank-{plan.id}")
    month.later(partial(_confirm, month, row_id, version), hours=2)


async def _record(month: Month, plan: PlanView, minor: int, reference: str) -> tuple[UUID, int]:
    command = payments.RecordCollection(plan_id=plan.id, amount_minor=minor, reference=reference)
    async with month.session() as session:
        row = await payments.record_collection(
            session, command, actor=month.clerk, owner=orders.PAYMENT_OWNER
        )
        return row.id, row.version


async def _confirm(month: Month, row_id: UUID, version: int) -> None:
    async with month.session() as session:
        await payments.confirm_collection(
            session, row_id, version=version, actor=month.manager, owner=orders.PAYMENT_OWNER
        )
