"""The audit's invariants of orders, stock and promotions, inside a test's own transaction."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.reports.growth_invariants import BARGAINS, EXCHANGE
from app.repositories.reports.shop_invariants import ORDERS, PROMOTIONS, STOCK


async def check_orders(session: AsyncSession) -> None:
    connection = await session.connection()
    for invariant in (*ORDERS, *STOCK, *PROMOTIONS, *EXCHANGE, *BARGAINS):
        rows = (await connection.exec_driver_sql(invariant.sql)).all()
        assert rows == [], invariant.name
