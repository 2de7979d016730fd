"""Invariants of orders, asked inside a test's own transaction."""

from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.reports.after_sales_invariants import AFTER_SALES
from app.repositories.reports.resend_invariants import RESEND
from app.repositories.reports.shipping_invariants import SHIPPING
from app.repositories.reports.shop_invariants import ORDERS


async def broken(session: AsyncSession) -> list[str]:
    """Names of the invariants of goods, parcels and returns that do not hold."""
    own = [each for each in ORDERS if "fulfilments" in each.name]
    found = []
    for each in (*SHIPPING, *AFTER_SALES, *RESEND, *own):
        connection = await session.connection()
        if (await connection.exec_driver_sql(each.sql)).first() is not None:
            found.append(each.name)
    return found
