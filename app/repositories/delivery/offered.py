"""What merchants offer of delivery: as a part of the statement that reads a cart, or alone."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

_SELLERS = """(SELECT k.merchant_id FROM cart_lines l JOIN skus k ON k.id = l.sku_id
               WHERE l.cart_id = c.id AND l.is_selected)"""


def offered_by(sellers: str, currency: str) -> str:
    """Columns `freight`, `point` and `slot` of the sellers; arguments `point_id` and `slot_id`.

    `sellers` is a set of merchants' ids, `currency` what their freight is in, both as SQL.
    """
    # A part of its own, for merchants without templates read an empty index and no more.
    return f"""(SELECT jsonb_agg(to_jsonb(t) || jsonb_build_object(
            'has_slot', t.method = 'same_city' AND EXISTS (
                SELECT FROM delivery_slots s
                WHERE s.merchant_id = t.merchant_id AND s.method = 'same_city' AND s.is_active
                  AND s.orders_until > now() AND s.taken < s.capacity)))
        FROM freight_templates t
        WHERE t.is_active AND t.currency = {currency} AND t.merchant_id IN {sellers}) AS freight,
       (SELECT to_jsonb(p) FROM pickup_points p
        WHERE p.id = CAST(:point_id AS uuid)) AS point,
       (SELECT to_jsonb(s) FROM delivery_slots s
        WHERE s.id = CAST(:slot_id AS uuid)) AS slot"""


OFFERED = offered_by(_SELLERS, "c.currency")
"""Columns `freight`, `point` and `slot` of a cart `c`; arguments `point_id` and `slot_id`."""

# Slots are for carts.
_OF_MERCHANT = text("""
    SELECT coalesce(jsonb_agg(to_jsonb(t) || '{"has_slot": false}'), '[]') AS freight
    FROM freight_templates t
    WHERE t.is_active AND t.merchant_id = :merchant_id AND t.currency = :currency
""").columns(freight=JSONB)


class OfferedRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def templates(self, merchant_id: UUID, currency: str) -> Sequence[Any]:
        """Active templates of a merchant, as JSON."""
        values = {"merchant_id": merchant_id, "currency": currency}
        found: Sequence[Any] | None = await self._session.scalar(_OF_MERCHANT, values)
        return found or []
