"""An order as rows of units and a shipping fee: what its payment is attributed to."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.catalog import TaxMode
from app.repositories.orders import RowRepository
from app.services.orders.engine.discounts import DiscountedUnits
from app.services.orders.engine.gifts import GivenLine
from app.services.payments import SHIPPING, PaidRow, Span


async def paid_rows(session: AsyncSession, order_id: UUID) -> tuple[PaidRow, ...]:
    """Runs of like units in their order, and what is left of the payable as the shipping fee.

    One statement. Amounts have their tax in them, also where it came on top. Of the order's tax the
    fee has what is not of goods, at the rate the order keeps.
    """
    rows = await RowRepository(session).of(order_id)
    if not rows:
        return ()
    goods = tuple(part for each in rows for part in _parts(_row(each), each["earned"] or ()))
    fee = rows[0]["payable_minor"] - sum(each.amount_minor * each.span.quantity for each in goods)
    if not fee:
        return goods
    tax = rows[0]["order_tax_minor"] - sum(each.tax_minor * each.span.quantity for each in goods)
    return (
        *goods,
        PaidRow(
            SHIPPING,
            fee,
            tax_minor=tax,
            tax_rate_bps=rows[0]["shipping_tax_rate_bps"] or 0,
            is_earned=rows[0]["is_shipping_earned"],
        ),
    )


async def discounted_units(session: AsyncSession, order_id: UUID) -> tuple[DiscountedUnits, ...]:
    """What promotions took off each unit of an order; units without a discount are left out."""
    return tuple(
        DiscountedUnits(
            Span(row["line_id"], row["first_index"], row["quantity"]),
            row["currency"],
            row["tax_rate_bps"],
            tuple((UUID(each["promotion_id"]), each["amount_minor"]) for each in row["discounts"]),
        )
        for row in await RowRepository(session).discounts(order_id)
    )


async def given_lines(session: AsyncSession, order_id: UUID) -> tuple[GivenLine, ...]:
    """What promotions gave for nothing, with what one piece cost the shop."""
    return tuple(GivenLine(**row) for row in await RowRepository(session).given(order_id))


def _parts(row: PaidRow, earned: Sequence[int]) -> Iterator[PaidRow]:
    """The run in parts that are revenue or not; `earned` are places of units that are."""
    line_id, first, quantity = row.span
    known = frozenset(earned)
    places = range(first, first + quantity)
    for is_earned, run in groupby(places, known.__contains__):
        mine = list(run)
        yield row._replace(span=Span(line_id, mine[0], len(mine)), is_earned=is_earned)


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
