"""Returns in tests: what shoppers and clerks do, in few words."""

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.after_sales_settings import AfterSalesSettings
from app.core.enums.after_sales import MendOutcome, ReturnKind
from app.core.enums.payments import RefundReason
from app.services import orders
from tests.factories.payments import TERMS
from tests.integration.orders.sending import CLERK

after_sales = orders.after_sales
LIMITS = AfterSalesSettings()
LOST: dict[str, Any] = {
    "kind": ReturnKind.RESHIP,
    "reason_code": RefundReason.NOT_DELIVERED,
    "reason": "never came",
}


def asking(order_id: UUID, *lines: tuple[UUID, int], **more: Any) -> orders.after_sales.AskReturn:
    values: dict[str, Any] = {
        "kind": ReturnKind.RETURN,
        "reason_code": RefundReason.CHANGED_MIND,
        "reason": "too small",
    }
    return after_sales.AskReturn(order_id=order_id, lines=lines, **(values | more))


async def ask(
    session: AsyncSession,
    actor: Actor,
    order_id: UUID,
    *lines: tuple[UUID, int],
    limits: AfterSalesSettings = LIMITS,
    **more: Any,
) -> Any:
    command = asking(order_id, *lines, **more)
    return await after_sales.ask_return(session, command, actor=actor, terms=TERMS, limits=limits)


async def approve(session: AsyncSession, row: Any, actor: Actor = CLERK, **more: Any) -> Any:
    return await after_sales.approve(
        session, row["id"], version=row["version"], actor=actor, limits=LIMITS, **more
    )


async def receive(session: AsyncSession, row: Any, actor: Actor = CLERK, **more: Any) -> Any:
    return await after_sales.receive_goods(
        session, row["id"], version=row["version"], actor=actor, **more
    )


async def inspect(
    session: AsyncSession, row: Any, *grades: tuple[int, int, int], actor: Actor = CLERK
) -> Any:
    """Grades by line of the return, in their order."""
    found = {
        UUID(line["order_line_id"]): after_sales.Grades(*each)
        for line, each in zip(row["lines"], grades, strict=True)
    }
    return await after_sales.inspect_goods(
        session, row["id"], found, version=row["version"], actor=actor
    )


async def refund(session: AsyncSession, row: Any, actor: Actor = CLERK, **more: Any) -> Any:
    return await after_sales.refund_return(
        session, row["id"], version=row["version"], actor=actor, terms=TERMS, **more
    )


async def brought_back(session: AsyncSession, row: Any, *grades: tuple[int, int, int]) -> Any:
    """Approved, received and looked at."""
    row = await receive(session, await approve(session, row))
    return await inspect(session, row, *grades)


async def fee(session: AsyncSession, row: Any, amount_minor: int = 3_000, **more: Any) -> Any:
    """Ask for what a repair costs."""
    values = {"version": row["version"], "actor": CLERK, "note": "a new battery"}
    return await after_sales.ask_fee(session, row["id"], amount_minor, **(values | more))


async def mend(
    session: AsyncSession, row: Any, outcome: MendOutcome = MendOutcome.REPAIRED, **more: Any
) -> Any:
    values = {"version": row["version"], "actor": CLERK, "note": "a new battery"}
    return await after_sales.mend(session, row["id"], outcome, **(values | more))
