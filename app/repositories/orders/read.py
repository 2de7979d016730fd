"""Reading orders as JSON text, scoped to who asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.orders.documents import MERCHANT, card, detail

Rows = Sequence[tuple[UUID, str]]

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


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """What staff look for; None does not filter. Days are half-open: `[placed_from, placed_to)`."""

    number: str | None = None
    member_id: UUID | None = None
    channel_id: UUID | None = None
    state: str | None = None
    payment_status: str | None = None
    fulfilment_status: str | None = None
    return_status: str | None = None
    placed_from: datetime | None = None
    placed_to: datetime | None = None


_CONDITIONS = {
    "number": "o.number = :number",
    "member_id": "o.member_id = :member_id",
    "channel_id": "o.channel_id = :channel_id",
    "state": "o.state = :state",
    "payment_status": "o.payment_status = :payment_status",
    "fulfilment_status": "o.fulfilment_status = :fulfilment_status",
    "return_status": "o.return_status = :return_status",
    "placed_from": "o.created_at >= :placed_from",
    "placed_to": "o.created_at < :placed_to",
}


class OrderReader:
    """Everything newest first, from the id after which to go on."""

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

    async def history(self, member_id: UUID, *, after: UUID | None, limit: int) -> Rows:
        return await self._page(
            card(is_staff=False),
            ["o.member_id = :member_id"],
            {"member_id": member_id},
            after=after,
            limit=limit,
        )

    async def search(self, wanted: OrderFilter, *, after: UUID | None, limit: int) -> Rows:
        values = {name: getattr(wanted, name) for name in _CONDITIONS}
        values = {name: value for name, value in values.items() if value is not None}
        return await self._page(
            card(is_staff=True),
            [_CONDITIONS[name] for name in values],
            values,
            after=after,
            limit=limit,
        )

    async def to_ship(self, merchant_id: UUID, *, after: UUID | None, limit: int) -> Rows:
        """Paid orders with fulfilments of the merchant."""
        return await self._page(
            MERCHANT, [_ITS_OWN], {"merchant_id": merchant_id}, after=after, limit=limit
        )

    async def _page(
        self,
        document: str,
        conditions: Sequence[str],
        values: dict[str, Any],
        *,
        after: UUID | None,
        limit: int,
    ) -> Rows:
        """`limit` is written out: a bound one keeps PostgreSQL planning anew."""
        conditions = [*conditions, *(["o.id < :after"] if after else [])]
        where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        found = await self._session.execute(
            text(
                f"SELECT o.id, ({document})::text FROM orders o {where}"
                f" ORDER BY o.id DESC LIMIT {int(limit)}"
            ),
            values | ({"after": after} if after else {}),
        )
        return [(row[0], row[1]) for row in found]
