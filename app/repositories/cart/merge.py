"""Merging the carts of a guest into those of the member the guest turned out to be."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.cart.carts import OPEN

# Lines of one SKU and options add up to the limit, which counts all lines of a SKU; the others
# move over while there is room. What both carts have gets it first.
_LINES = """
WITH room AS (
    SELECT :max_lines - count(*) AS lines FROM cart_lines WHERE cart_id = :into
), coming AS (
    SELECT l.id, l.quantity, l.is_selected, l.note, o.id AS known_id,
           :max_quantity - coalesce((SELECT sum(n.quantity) FROM cart_lines n
                                     WHERE n.cart_id = :into AND n.sku_id = l.sku_id), 0)
               - sum(l.quantity) OVER (PARTITION BY l.sku_id ORDER BY o.id IS NULL, l.id)
               + l.quantity AS free
    FROM cart_lines l
    LEFT JOIN cart_lines o
      ON o.cart_id = :into AND o.sku_id = l.sku_id AND o.options_key = l.options_key
    WHERE l.cart_id = :source
), fitting AS (
    SELECT c.*, least(c.quantity, greatest(c.free, 0)) AS pieces,
           row_number() OVER (PARTITION BY c.known_id IS NULL, c.free > 0 ORDER BY c.id) AS position
    FROM coming c
), added AS (
    UPDATE cart_lines o
    SET quantity = o.quantity + c.pieces,
        is_selected = o.is_selected OR c.is_selected, note = coalesce(o.note, c.note)
    FROM fitting c WHERE o.id = c.known_id
)
UPDATE cart_lines l SET cart_id = :into, member_id = :member_id, quantity = c.pieces
FROM fitting c, room
WHERE l.id = c.id AND c.known_id IS NULL AND c.pieces > 0 AND c.position <= room.lines
"""


class MergeRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def guest_carts(self, guest_id: UUID) -> Sequence[RowMapping]:
        """The guest's open carts, locked; none if the member is no guest."""
        found = await self._session.execute(
            text(
                "SELECT c.id, c.channel_id, c.currency, c.coupon_codes,"
                " c.state = 'open_group' AS is_group_buy FROM carts c"
                " JOIN members m ON m.id = c.member_id AND m.kind = 'guest'"
                f" WHERE c.member_id = :guest_id AND c.{OPEN}"
                " ORDER BY c.id FOR UPDATE OF c"
            ),
            {"guest_id": guest_id},
        )
        return found.mappings().all()

    async def coupons(self, cart_id: UUID) -> list[str]:
        """Lock the cart and return its coupon codes."""
        found = await self._session.scalar(
            text("SELECT coupon_codes FROM carts WHERE id = :cart_id FOR UPDATE"),
            {"cart_id": cart_id},
        )
        return list(found or ())

    async def pour(
        self, source: UUID, into: UUID, member_id: UUID, *, max_lines: int, max_quantity: int
    ) -> None:
        """Move the lines of one locked cart into another, adding up those both have."""
        await self._session.execute(
            text(_LINES),
            {
                "source": source,
                "into": into,
                "member_id": member_id,
                "max_lines": max_lines,
                "max_quantity": max_quantity,
            },
        )

    async def close(self, source: UUID, into: UUID, codes: Sequence[str]) -> None:
        """Mark the source merged and give the other cart these coupon codes.

        Where both chose a gift of one promotion, the choice of the other cart stays.
        """
        await self._session.execute(
            text(
                "WITH merged AS (UPDATE carts SET state = 'merged', version = version + 1,"
                " updated_at = now() WHERE id = :source)"
                " UPDATE carts SET coupon_codes = CAST(:codes AS varchar[]), gift_choices ="
                " (SELECT s.gift_choices FROM carts s WHERE s.id = :source) || gift_choices,"
                " version = version + 1, updated_at = now() WHERE id = :into"
            ),
            {"source": source, "into": into, "codes": list(codes)},
        )
