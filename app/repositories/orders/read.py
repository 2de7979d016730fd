"""Reading an order as JSON text, scoped to who asks."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.orders.documents import MERCHANT, detail

_MEMBER_DETAIL = text(
    detail(is_staff=False) + "WHERE o.id = :order_id AND o.member_id = :member_id"
)
_STAFF_DETAIL = text(detail(is_staff=True) + "WHERE o.id = :order_id")
_OWN = text("SELECT number, expires_at FROM orders WHERE id = :order_id AND member_id = :member_id")
_IS_OWN = text("SELECT true FROM orders WHERE id = :order_id AND member_id = :member_id")
_ITS_OWN = (
    "o.paid_at IS NOT NULL AND EXISTS (SELECT FROM fulfilments f"
    " WHERE f.order_id = o.id AND f.merchant_id = :merchant_id)"
)
_MERCHANT_DETAIL = text(
    f"SELECT ({MERCHANT})::text FROM orders o WHERE o.id = :order_id AND {_ITS_OWN}"
)


class OrderReader:
    """One order, for whom it concerns."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of_member(self, order_id: UUID, member_id: UUID) -> str | None:
        found: str | None = await self._session.scalar(
            _MEMBER_DETAIL, {"order_id": order_id, "member_id": member_id}
        )
        return found

    async def is_own(self, order_id: UUID, member_id: UUID) -> bool:
        values = {"order_id": order_id, "member_id": member_id}
        return bool(await self._session.scalar(_IS_OWN, values))

    async def own(self, order_id: UUID, member_id: UUID) -> Row[Any] | None:
        """Number and time of an own order."""
        values = {"order_id": order_id, "member_id": member_id}
        return (await self._session.execute(_OWN, values)).first()

    async def of_any(self, order_id: UUID) -> str | None:
        found: str | None = await self._session.scalar(_STAFF_DETAIL, {"order_id": order_id})
        return found

    async def of_merchant(self, order_id: UUID, merchant_id: UUID) -> str | None:
        found: str | None = await self._session.scalar(
            _MERCHANT_DETAIL, {"order_id": order_id, "merchant_id": merchant_id}
        )
        return found
