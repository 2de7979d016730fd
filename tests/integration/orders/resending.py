"""What is sent again, in tests: promised, found, and on its way."""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.orders import FulfilmentKind
from app.repositories.orders import AxesRepository, Resent
from app.services import finance, orders
from tests.integration.orders.sending import CLERK, LIMITS

shipping = orders.shipping
REPLACEMENT = FulfilmentKind.REPLACEMENT


async def locked(session: AsyncSession, row: Any) -> Any:
    """The order of a return."""
    found = await AxesRepository(session).locked(row["order_id"])
    assert found is not None
    return found


async def promise(
    session: AsyncSession,
    row: Any,
    line_id: UUID,
    sku_id: UUID,
    quantity: int = 1,
    kind: FulfilmentKind = REPLACEMENT,
) -> Any:
    """Have a return send pieces; what is to be packed."""
    command = shipping.Resend(
        return_id=row["id"],
        merchant_id=row["merchant_id"],
        warehouse_id=row["warehouse_id"],
        kind=kind,
        lines=(Resent(line_id, sku_id, quantity),),
    )
    await shipping.resend(session, await locked(session, row), command, actor=CLERK)
    return await resent(session, row)


async def resent(session: AsyncSession, row: Any, status: str = "unfulfilled") -> Any:
    """The only fulfilment of an order that is no sale and that far."""
    wanted = shipping.FulfilmentFilter(order_id=row["order_id"])
    found = await shipping.list_fulfilments(session, wanted, after=None, limit=9)
    (made,) = [each for each in found if each["kind"] != "sale" and each["status"] == status]
    return made


async def leave(session: AsyncSession, made: Any) -> Any:
    """A parcel of all that is open of a fulfilment."""
    command = shipping.PackParcel(
        fulfilment_id=made["id"], waybill=shipping.Waybill(carrier_code="sf")
    )
    return await shipping.ship(session, command, actor=CLERK, limits=LIMITS)


async def send_again(session: AsyncSession, row: Any, line_id: UUID, sku_id: UUID) -> Any:
    return await leave(session, await promise(session, row, line_id, sku_id))


async def facts(session: AsyncSession, name: str) -> list[Any]:
    """What was told by that name, oldest first."""
    statement = text("SELECT payload FROM outbox WHERE name = :name ORDER BY id")
    return list((await session.scalars(statement, {"name": name})).all())


async def worked_off(session: AsyncSession) -> None:
    """What listens to goods that came back, and to what is sent again, has heard of it."""
    for name, handlers in (
        ("orders.return_inspected.v1", (orders.after_sales.release_exchange,)),
        (
            "orders.replacement_shipped.v1",
            (finance.book_replacement, orders.after_sales.follow_sent),
        ),
        ("orders.replaced.v1", (finance.take_back_exchanged,)),
    ):
        for fact in await facts(session, name):
            for handler in handlers:
                await handler(session, fact)
