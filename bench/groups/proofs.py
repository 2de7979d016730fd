"""What has to be so when a company's order is through, by the sheet it came from."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.services import orders

_MADE = text("""
    SELECT count(*) AS orders, count(DISTINCT o.reference) AS of_rows,
        count(*) FILTER (WHERE o.payment_status = 'paid') AS paid,
        sum(o.payable_minor)::bigint AS minor,
        (SELECT sum(quantity)::int FROM order_lines) AS pieces
    FROM orders o
""")
_STOCK = text("""
    SELECT (SELECT sum(reserved)::int FROM stock) AS promised,
        (SELECT coalesce(sum(quantity - shipped - freed), 0)::int FROM reservations
         WHERE owner LIKE 'group:%' AND state = 'held') AS held
""")
_BOOKED = text("""
    SELECT coalesce(sum(e.amount_minor) FILTER (WHERE a.kind = 'bank'), 0)::bigint AS bank,
        coalesce(sum(e.amount_minor) FILTER (WHERE a.kind = 'group_deposit'), 0)::bigint AS deposit
    FROM ledger_accounts a JOIN ledger_entries e ON e.account_id = a.id
""")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the sheet comes to."""

    rows: int
    pieces: int
    minor: int


async def proven(session: AsyncSession, group_id: UUID, wanted: Wanted) -> list[str]:
    """Each row has one order and each order is paid; what is not so."""
    group = await orders.group_orders.read_group(session, group_id)
    made = (await session.execute(_MADE)).mappings().one()
    stock = (await session.execute(_STOCK)).mappings().one()
    booked = (await session.execute(_BOOKED)).mappings().one()
    rows, pieces, minor = wanted.rows, wanted.pieces, wanted.minor
    found = {
        "rows": (group["rows"], {"placed": rows}),
        "orders": (made["orders"], rows),
        "rows that orders are of": (made["of_rows"], rows),
        "orders paid": (made["paid"], rows),
        "pieces ordered": (made["pieces"], pieces),
        "pieces promised": (stock["promised"], pieces),
        "pieces still held": (stock["held"], 0),
        "orders come to": (made["minor"], minor),
        "group paid": (group["paid_minor"], minor),
        "group owes": (group["due_minor"], 0),
        "bank took in": (booked["bank"], minor),
        "deposit left": (group["deposit_minor"], 0),
        "deposit booked": (booked["deposit"], 0),
    }
    return [f"{name}: {is_} for {ought}" for name, (is_, ought) in found.items() if is_ != ought]
