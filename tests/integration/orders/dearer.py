"""Exchanges for dearer goods in tests: asked, paid, given up, in few words."""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.after_sales import ReturnKind
from app.core.settings import CheckoutSettings
from app.repositories.orders import ChargeRepository
from app.services import finance, orders
from app.services.orders.charge_owner import locked_charge
from app.services.orders.charges.close import begin_close
from tests.factories.payments import BALANCE_TENDER, TERMS
from tests.integration.orders.resending import facts, worked_off
from tests.integration.orders.returning import after_sales, ask
from tests.integration.orders.sending import CLERK

DEARER = 2_500
"""What the other SKU lists for more."""


async def dearer(session: AsyncSession, sold: Any) -> dict[UUID, UUID]:
    """What to send instead of the line, listed for more from now on."""
    shop, _, _, line = sold
    for sku, price in ((shop.skus[0], 10_000), (shop.skus[1], 10_000 + DEARER)):
        await session.execute(
            text("UPDATE prices SET price_minor = :price WHERE sku_id = :id"),
            {"price": price, "id": sku.id},
        )
    return {line: shop.skus[1].id}


async def again(session: AsyncSession, sold: Any, quantity: int) -> Any:
    """Ask for an exchange of so many pieces for the dearer ones."""
    _, buyer, order_id, line = sold
    instead = await dearer(session, sold)
    return await ask(
        session, buyer, order_id, (line, quantity), kind=ReturnKind.EXCHANGE, instead=instead
    )


async def charges(session: AsyncSession, order_id: UUID) -> list[tuple[str, int, int]]:
    """State, amount, and what went back of each, the oldest first."""
    found = await ChargeRepository(session).of_order(order_id)
    return [(each["state"], each["amount_minor"], each["refunded_minor"]) for each in found]


async def open_charge(session: AsyncSession, order_id: UUID) -> UUID:
    found = await ChargeRepository(session).of_order(order_id)
    (charge_id,) = [each["id"] for each in found if each["state"] == "due"]
    return UUID(str(charge_id))


async def pay(session: AsyncSession, sold: Any) -> None:
    """The shopper agrees."""
    await orders.charges.pay_charge(
        session,
        await open_charge(session, sold[2]),
        [BALANCE_TENDER],
        actor=sold[1],
        limits=CheckoutSettings(),
        terms=TERMS,
    )


async def shut(session: AsyncSession, sold: Any, reason: str) -> None:
    """Nobody pays."""
    charge = await locked_charge(session, await open_charge(session, sold[2]))
    await begin_close(session, charge, reason, actor=None)


async def now(session: AsyncSession, row: Any) -> Any:
    return await after_sales.get_return(session, row["id"], actor=CLERK)


async def replace(session: AsyncSession, row: Any, **more: Any) -> Any:
    return await after_sales.replace(
        session, row["id"], version=row["version"], actor=CLERK, terms=TERMS, **more
    )


async def heard(session: AsyncSession) -> None:
    """Whoever listens to charges, returns and what is sent has heard of it; again and again."""
    for name, handlers in (
        (
            "orders.charge_closed.v1",
            (orders.changes.let_go, after_sales.follow_fee_unpaid),
        ),
        (
            "orders.charge_paid.v1",
            (
                orders.changes.follow_charge,
                finance.recognise_charges,
                after_sales.follow_return_paid,
            ),
        ),
        ("orders.return_moved.v1", (after_sales.follow_moved,)),
    ):
        for fact in await facts(session, name):
            for handler in handlers:
                await handler(session, fact)
    await worked_off(session)
