"""What holds of orders, stock and money after every step, in one statement."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.reports.after_sales_invariants import AFTER_SALES
from app.repositories.reports.audit import Invariant
from app.repositories.reports.backorder_invariants import BACKORDERS
from app.repositories.reports.change_invariants import CHANGES
from app.repositories.reports.charge_invariants import CHARGES
from app.repositories.reports.collection_invariants import COLLECTIONS
from app.repositories.reports.delivery_invariants import DELIVERY
from app.repositories.reports.joined_invariants import JOINED
from app.repositories.reports.kit_invariants import KITS
from app.repositories.reports.money_invariants import LEDGER, PAYMENTS, STORED_VALUE
from app.repositories.reports.refund_invariants import REFUNDS
from app.repositories.reports.resend_invariants import RESEND
from app.repositories.reports.review_invariants import REVIEWS
from app.repositories.reports.shipping_invariants import SHIPPING
from app.repositories.reports.shop_invariants import ORDERS, STOCK
from app.repositories.reports.stock_invariants import STOCK_DOCUMENTS

LAWS: tuple[Invariant, ...] = (
    *ORDERS,
    *STOCK,
    *STOCK_DOCUMENTS,
    *SHIPPING,
    *REVIEWS,
    *CHANGES,
    *CHARGES,
    *BACKORDERS,
    *RESEND,
    *JOINED,
    *KITS,
    *AFTER_SALES,
    *DELIVERY,
    *LEDGER,
    *PAYMENTS,
    *STORED_VALUE,
    *REFUNDS,
    *COLLECTIONS,
)
_ALL = " UNION ALL ".join(f"SELECT {at} WHERE EXISTS ({law.sql})" for at, law in enumerate(LAWS))


async def check_laws(session: AsyncSession) -> None:
    """Raise AssertionError with the first law that is broken, and what breaks it."""
    connection = await session.connection()
    for (at,) in (await connection.exec_driver_sql(_ALL)).all():
        rows = (await connection.exec_driver_sql(LAWS[at].sql)).all()
        raise AssertionError(LAWS[at].name, rows[:5])


async def breaches(session: AsyncSession, laws: tuple[Invariant, ...]) -> list[Any]:
    """Names of the laws that do not hold, each by itself."""
    connection = await session.connection()
    return [law.name for law in laws if (await connection.exec_driver_sql(law.sql)).all()]
