"""Kits to test with."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.models.catalog import Sku
from app.repositories.reports.after_sales_invariants import AFTER_SALES
from app.repositories.reports.kit_invariants import KITS
from app.repositories.reports.resend_invariants import RESEND
from app.repositories.reports.shipping_invariants import SHIPPING
from app.repositories.reports.shop_invariants import STOCK
from app.services import catalog
from tests.factories.catalog import make_sku
from tests.factories.payments import staff
from tests.factories.pricing import put_price
from tests.factories.shop import Shop

PRICE = 12_000


async def compose(
    session: AsyncSession, sku_id: UUID, *parts: tuple[UUID, int, int]
) -> catalog.kits.Kit:
    """Let a SKU consist of `(sku_id, quantity, worth)` from now on."""
    sku = await session.get_one(Sku, sku_id)
    return await catalog.kits.make(
        session,
        sku_id,
        [catalog.kits.Component(*each) for each in parts],
        merchant_id=None,
        version=sku.version,
        actor=staff(),
    )


async def make_kit(session: AsyncSession, shop: Shop, *parts: tuple[UUID, int]) -> UUID:
    """A kit of `(sku_id, quantity)` that is sold in the shop at 120.00."""
    sku = await make_sku(session, spu=shop.spu)
    await put_price(session, shop.price_list.id, sku.id, PRICE)
    await compose(session, sku.id, *((sku_id, n, 1) for sku_id, n in parts))
    return sku.id


async def check_kits(session: AsyncSession) -> None:
    """The audit's invariants of all that kits can touch."""
    connection = await session.connection()
    for invariant in (*STOCK, *SHIPPING, *KITS, *AFTER_SALES, *RESEND):
        rows = (await connection.exec_driver_sql(invariant.sql)).all()
        assert rows == [], invariant.name
