"""Lines of a cart: finding the SKU meant, adding up, changing, removing."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import direct


class NewLine(NamedTuple):
    """What is put into a cart; `options` is JSON text."""

    id: UUID
    sku_id: UUID
    quantity: int
    options: str
    options_key: str
    note: str | None
    exchange_offer_id: UUID | None
    bargain_id: UUID | None


_MEANT = direct("""
SELECT s.id, m.code AS merchant
  FROM skus s
  JOIN spus p ON p.id = s.spu_id
  JOIN merchants m ON m.id = s.merchant_id
 WHERE (s.id = CAST(:sku_id AS uuid) OR s.code = CAST(:code AS varchar))
   AND (CAST(:merchant AS varchar) IS NULL OR m.code = CAST(:merchant AS varchar))
   AND s.status = 'active' AND p.status = 'on_sale' AND m.is_active
 ORDER BY m.code LIMIT 2
""")

_PUT = direct("""
INSERT INTO cart_lines (id, cart_id, member_id, sku_id, quantity, options, options_key, note,
                        exchange_offer_id, bargain_id)
SELECT CAST(:id AS uuid), CAST(:cart_id AS uuid), CAST(:member_id AS uuid),
       CAST(:sku_id AS uuid), CAST(:quantity AS int), CAST(CAST(:options AS text) AS jsonb),
       CAST(:options_key AS varchar), CAST(:note AS varchar), CAST(:exchange_offer_id AS uuid),
       CAST(:bargain_id AS uuid)
WHERE CAST(:quantity AS int) + coalesce((SELECT sum(quantity) FROM cart_lines
                            WHERE cart_id = :cart_id AND sku_id = :sku_id), 0) <= :max_quantity
  AND (:max_lines > (SELECT count(*) FROM cart_lines WHERE cart_id = :cart_id)
       OR EXISTS (SELECT FROM cart_lines WHERE cart_id = :cart_id AND sku_id = :sku_id
                  AND options_key = CAST(:options_key AS varchar)))
ON CONFLICT (cart_id, sku_id, options_key) DO UPDATE
SET quantity = cart_lines.quantity + excluded.quantity, is_selected = true,
    agreed_approver = NULL,
    note = coalesce(excluded.note, cart_lines.note)
RETURNING id, sku_id, quantity, is_selected, note
""")

_CHANGE = """
UPDATE cart_lines l
SET quantity = coalesce(CAST(:quantity AS int), l.quantity),
    is_selected = coalesce(CAST(:is_selected AS bool), l.is_selected),
    note = CASE WHEN :sets_note THEN CAST(:note AS varchar) ELSE l.note END,
    agreed_approver = CASE WHEN coalesce(CAST(:quantity AS int), l.quantity) <= l.quantity
                           THEN l.agreed_approver END
WHERE l.id = :line_id AND l.cart_id = :cart_id AND l.member_id = :member_id
  AND coalesce(CAST(:quantity AS int), 0) <= greatest(l.quantity, :max_quantity - coalesce((
      SELECT sum(o.quantity) FROM cart_lines o
      WHERE o.cart_id = :cart_id AND o.sku_id = l.sku_id AND o.id <> l.id), 0))
RETURNING l.id, l.sku_id, l.quantity, l.is_selected, l.note
"""


class LineRepository:
    """Callers hold the lock of the cart, so what is counted here stays true until commit."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def skus(
        self, sku_id: UUID | None, code: str | None, merchant: str | None
    ) -> Sequence[RowMapping]:
        """SKUs for sale that an id or a code means: at most two, for two is already ambiguous."""
        values = {"sku_id": sku_id, "code": code, "merchant": merchant}
        return (await self._session.execute(_MEANT, values)).mappings().all()

    async def put(
        self,
        cart_id: UUID,
        member_id: UUID,
        line: NewLine,
        *,
        max_lines: int,
        max_quantity: int,
    ) -> RowMapping | None:
        """Add the line, or add up to the one it repeats; None when a limit stands in the way.

        `max_quantity` counts every line of the SKU.
        """
        values = line._asdict() | {
            "cart_id": cart_id,
            "member_id": member_id,
            "max_lines": max_lines,
            "max_quantity": max_quantity,
        }
        return (await self._session.execute(_PUT, values)).mappings().first()

    async def count(self, cart_id: UUID) -> int:
        counted = await self._session.scalar(
            text("SELECT count(*) FROM cart_lines WHERE cart_id = :cart_id"), {"cart_id": cart_id}
        )
        return int(counted or 0)

    async def exists(self, cart_id: UUID, line_id: UUID) -> bool:
        found = await self._session.scalar(
            text("SELECT true FROM cart_lines WHERE cart_id = :cart_id AND id = :line_id"),
            {"cart_id": cart_id, "line_id": line_id},
        )
        return bool(found)

    async def change(
        self, cart_id: UUID, member_id: UUID, line_id: UUID, **changes: Any
    ) -> RowMapping | None:
        """Change quantity, selection or note; None when there is no such line, or too many."""
        values = changes | {"cart_id": cart_id, "member_id": member_id, "line_id": line_id}
        return (await self._session.execute(text(_CHANGE), values)).mappings().first()

    async def agree(
        self,
        cart_id: UUID,
        line_id: UUID,
        *,
        price_minor: int | None,
        reason: str | None,
        by: str | None,
        alone_bps: int | None,
    ) -> bool:
        """Set what was agreed on for a line, or with nulls take it back; whether there is one.

        Whoever approved of what was there before has not seen this.
        """
        done = await self._session.scalar(
            text(
                "UPDATE cart_lines SET agreed_minor = CAST(:price_minor AS bigint),"
                " agreed_reason = CAST(:reason AS varchar), agreed_by = CAST(:by AS varchar),"
                " agreed_alone_bps = CAST(:alone_bps AS int), agreed_approver = NULL"
                " WHERE id = :line_id AND cart_id = :cart_id"
                " AND exchange_offer_id IS NULL AND bargain_id IS NULL RETURNING true"
            ),
            {
                "cart_id": cart_id,
                "line_id": line_id,
                "price_minor": price_minor,
                "reason": reason,
                "by": by,
                "alone_bps": alone_bps,
            },
        )
        return bool(done)

    async def agreed_by(self, cart_id: UUID, line_id: UUID) -> str | None:
        """Who agreed on the price of a line; None where nobody did."""
        found: str | None = await self._session.scalar(
            text("SELECT agreed_by FROM cart_lines WHERE id = :line_id AND cart_id = :cart_id"),
            {"cart_id": cart_id, "line_id": line_id},
        )
        return found

    async def approve(self, line_id: UUID, approver: str) -> None:
        """Note who approved of the price of a line."""
        await self._session.execute(
            text("UPDATE cart_lines SET agreed_approver = :approver WHERE id = :line_id"),
            {"line_id": line_id, "approver": approver},
        )

    async def remove(self, cart_id: UUID, member_id: UUID, line_id: UUID) -> bool:
        removed = await self._session.scalar(
            text(
                "DELETE FROM cart_lines WHERE id = :line_id AND cart_id = :cart_id"
                " AND member_id = :member_id RETURNING true"
            ),
            {"cart_id": cart_id, "member_id": member_id, "line_id": line_id},
        )
        return bool(removed)
