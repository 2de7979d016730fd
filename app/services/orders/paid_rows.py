"""An order as rows of units and a shipping fee: what its payment is attributed to."""

from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.catalog import TaxMode
from app.repositories.orders import RowRepository
from app.services.payments import SHIPPING, PaidRow, Span


async def paid_rows(session: AsyncSession, order_id: UUID) -> tuple[PaidRow, ...]:
    """Runs of like units in their order, and what is left of the payable as the shipping fee.

    One statement. Amounts have their tax in them, also where it came on top.
    """
    rows = await RowRepository(session).of(order_id)
    if not rows:
        return ()
    goods = tuple(_row(each) for each in rows)
    fee = rows[0]["payable_minor"] - sum(each.amount_minor * each.span.quantity for each in goods)
    return (*goods, PaidRow(SHIPPING, fee)) if fee else goods


def _row(row: RowMapping) -> PaidRow:
    on_top = row["tax_minor"] if row["tax_mode"] == TaxMode.EXCLUSIVE else 0
    points = row["exchange_points"] // row["line_quantity"]
    return PaidRow(
        span=Span(row["line_id"], row["first_index"], row["quantity"]),
        amount_minor=row["net_minor"] + on_top,
        points_minor=points * (row["point_value_minor"] or 0),
        tax_minor=row["tax_minor"],
        tax_rate_bps=row["tax_rate_bps"],
    )
