"""Orders as lines of a spreadsheet."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.orders.filters import OrderFilter, conditions_of


def _at(column: str) -> str:
    return f"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"


PERSONAL: Final = ("receiver", "phone", "address", "note")
"""Columns that say who somebody is and where they live."""
COLUMNS: Final[Mapping[str, str]] = {
    "number": "o.number",
    "channel": "(SELECT c.code FROM channels c WHERE c.id = o.channel_id)",
    "member_id": "o.member_id::text",
    "currency": "o.currency",
    "state": "o.state",
    "payment_status": "o.payment_status",
    "fulfilment_status": "o.fulfilment_status",
    "return_status": "o.return_status",
    "placed_at": _at("o.created_at"),
    "paid_at": _at("o.paid_at"),
    "shipped_at": _at("(SELECT min(s.shipped_at) FROM shipments s WHERE s.order_id = o.id)"),
    "received_at": _at("o.received_at"),
    "completed_at": _at("o.completed_at"),
    "cancelled_at": _at("o.cancelled_at"),
    "cancel_reason": "o.cancel_reason",
    "list_minor": "o.list_minor",
    "discount_minor": "o.price_saving_minor + o.discount_minor + o.shipping_discount_minor",
    "shipping_minor": "o.shipping_minor",
    "tax_minor": "o.tax_minor",
    "payable_minor": "o.payable_minor",
    "pieces": "(SELECT sum(l.quantity)::int FROM order_lines l WHERE l.order_id = o.id)",
    "goods": (
        "(SELECT string_agg(l.sku_code || ' x ' || l.quantity, '; ' ORDER BY l.position)"
        " FROM order_lines l WHERE l.order_id = o.id)"
    ),
    "payment_methods": (
        "(SELECT string_agg(DISTINCT t.kind, '; ') FROM payment_plans p"
        " JOIN tenders t ON t.plan_id = p.id WHERE p.order_id = o.id)"
    ),
    "tracking_numbers": (
        "(SELECT string_agg(s.carrier_code || ' ' || s.tracking_number, '; ' ORDER BY s.id)"
        " FROM shipments s WHERE s.order_id = o.id AND s.state <> 'void')"
    ),
    "is_gift": "o.is_gift::text",
    "flag": "o.flag",
    "receiver": "o.address ->> 'recipient'",
    "phone": "o.address ->> 'phone'",
    "address": (
        "concat_ws(' ', o.address ->> 'province', o.address ->> 'city', o.address ->> 'district',"
        " o.address ->> 'street', o.address ->> 'postal_code')"
    ),
    "note": "o.note",
}


class ExportReader:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def rows(
        self, wanted: OrderFilter, columns: Sequence[str], *, after: UUID | None, limit: int
    ) -> Sequence[Row[Any]]:
        """The columns of the next orders, oldest first, and the id of each at the end."""
        conditions, values = conditions_of(wanted)
        if after is not None:
            conditions.append("o.id > :after_id")
            values["after_id"] = after
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        chosen = ", ".join(COLUMNS[name] for name in columns)
        statement = text(
            f"SELECT {chosen}, o.id FROM orders o {where} ORDER BY o.id LIMIT {int(limit)}"
        )
        return (await self._session.execute(statement, values)).all()
