"""Payment links in the database: made, revoked, opened by the digest of their token."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.models.payment_links import PaymentLink

# A link that the shopper pays by shows the goods and the money, and nobody's name or address.
_OPENED = text("""
SELECT l.id, l.order_id, l.member_id, l.revoked_at, l.expires_at <= now() AS is_expired,
       least(l.expires_at, o.expires_at) AS expires_at, o.number, o.currency, o.state,
       o.payment_status, o.payable_minor, o.shipping_minor, o.tax_minor,
       (SELECT json_agg(json_build_object('name', x.name, 'sku_code', x.sku_code,
                                          'quantity', x.quantity, 'net_minor', x.net_minor,
                                          'is_gift', x.is_gift) ORDER BY x.position)
        FROM order_lines x WHERE x.order_id = o.id) AS items
FROM payment_links l JOIN orders o ON o.id = l.order_id
WHERE l.token_hash = :token_hash
""")


class PaymentLinkRepository:
    """Callers who make or revoke hold the order's row."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def revoke(self, order_id: UUID, by: str) -> bool:
        """Revoke the live link of an order; whether there was one."""
        done = await self._session.scalar(
            text(
                "UPDATE payment_links SET revoked_at = now(), revoked_by = :by"
                " WHERE order_id = :order_id AND revoked_at IS NULL RETURNING true"
            ),
            {"order_id": order_id, "by": by},
        )
        return bool(done)

    async def add(self, **values: Any) -> datetime:
        """Add a link that ends when the order does, or `seconds` from now; when that is."""
        found: datetime = (
            await self._session.execute(
                text(
                    "INSERT INTO payment_links"
                    " (id, order_id, member_id, token_hash, expires_at, made_by)"
                    " SELECT :id, o.id, o.member_id, :token_hash,"
                    " least(o.expires_at, now() + make_interval(secs => :seconds)), :made_by"
                    " FROM orders o WHERE o.id = :order_id RETURNING expires_at"
                ),
                values,
            )
        ).scalar_one()
        return found

    async def of_order(self, order_id: UUID) -> Sequence[PaymentLink]:
        """Links of an order, newest first."""
        found = await self._session.scalars(
            select(PaymentLink)
            .where(PaymentLink.order_id == order_id)
            .order_by(PaymentLink.id.desc())
        )
        return found.all()

    async def opened(self, token_hash: str) -> RowMapping | None:
        """The link with a token, and what it shows of its order."""
        return (await self._session.execute(_OPENED, {"token_hash": token_hash})).mappings().first()
