"""When orders count as received and completed."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_DUE = text("""
    UPDATE orders SET arrival_due_at = CASE WHEN CAST(:seconds AS bigint) IS NULL THEN NULL
        ELSE now() + make_interval(secs => CAST(:seconds AS double precision)) END
    WHERE id = :order_id AND received_at IS NULL
""")
_RECEIVED = text("""
    UPDATE orders SET received_at = now(),
        completes_at = now() + make_interval(secs => CAST(:seconds AS double precision)),
        review_due_at = CASE WHEN kind = 'sale'
            THEN now() + make_interval(secs => CAST(:review AS double precision)) END
    WHERE id = :order_id AND received_at IS NULL
""")
_EXTEND = text("""
    UPDATE orders SET completes_at = greatest(completes_at,
        now() + make_interval(secs => CAST(:seconds AS double precision)))
    WHERE id = :order_id AND state = 'open' AND completes_at IS NOT NULL
""")
_COMPLETED = text("UPDATE orders SET completed_at = now() WHERE id = :order_id")
# Parcels that are lost or on their way back are people's business, not a timer's. What is sent
# again has to leave first, and makes up for the parcel it was asked for.
_ODD = """
    SELECT s.state FROM shipments s WHERE s.order_id = o.id
      AND s.state IN ('refused', 'lost', 'returning')
      AND NOT EXISTS (SELECT FROM order_returns r WHERE r.shipment_id = s.id
                      AND r.state IN ('sending', 'sent', 'refunding', 'refunded'))
"""
_IS_DUE = f"""
    SELECT o.id FROM orders o
    WHERE o.state = 'open' AND o.arrival_due_at IS NOT NULL AND o.received_at IS NULL
      AND o.arrival_due_at <= now() AND o.fulfilment_status IN ('shipped', 'delivered')
      AND NOT EXISTS (SELECT FROM ({_ODD}) s)
      AND NOT EXISTS (SELECT FROM fulfilments f WHERE f.order_id = o.id AND f.kind <> 'sale'
                      AND f.status IN ('unfulfilled', 'picking', 'partly_shipped'))
"""
_ODD_ONES = text(
    f"SELECT DISTINCT x.state FROM orders o, LATERAL ({_ODD}) x WHERE o.id = :order_id"
)
_ARRIVING = f"{_IS_DUE} ORDER BY o.arrival_due_at LIMIT {{limit}}"
_ARRIVES = text(f"{_IS_DUE} AND o.id = :order_id")
# The rest of an order fell away after the others had left: by a refund, for instance.
_EXPECT_REST = """
    UPDATE orders o SET arrival_due_at = now() + make_interval(
        secs => CASE o.fulfilment_status WHEN 'delivered' THEN CAST(:delivered AS float)
            ELSE CAST(:shipped AS float) END)
    FROM (
        SELECT id FROM orders
        WHERE state = 'open' AND fulfilment_status IN ('shipped', 'delivered')
          AND arrival_due_at IS NULL AND received_at IS NULL
        ORDER BY id LIMIT {limit} FOR UPDATE SKIP LOCKED) due
    WHERE o.id = due.id RETURNING o.id
"""
_COMPLETING = """
    SELECT o.id FROM orders o
    WHERE o.state = 'open' AND o.completes_at IS NOT NULL AND o.completes_at <= now()
      AND o.return_status <> 'requested' AND o.payment_status <> 'awaiting'
    ORDER BY o.completes_at LIMIT {limit}
"""
# While something of it is asked back nobody is asked how it was.
_IS_REVIEWABLE = """
    SELECT o.id FROM orders o
    WHERE o.review_due_at IS NOT NULL AND o.review_invited_at IS NULL AND o.review_due_at <= now()
      AND o.return_status <> 'requested'
"""
_REVIEWABLE = f"{_IS_REVIEWABLE} ORDER BY o.review_due_at LIMIT {{limit}}"
_IS_STILL = text(f"{_IS_REVIEWABLE} AND o.id = :order_id")
_INVITED = text("UPDATE orders SET review_invited_at = now() WHERE id = :order_id")
_NOT_INVITED = text("UPDATE orders SET review_due_at = NULL WHERE id = :order_id")


class ArrivalRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def expect(self, order_id: UUID, seconds: int | None) -> None:
        """Say in how many seconds it counts as received; None stops the clock."""
        await self._session.execute(_DUE, {"order_id": order_id, "seconds": seconds})

    async def received(
        self, order_id: UUID, completes_after_seconds: int, review_after_seconds: int | None
    ) -> None:
        """Without `review_after_seconds` nobody is asked for a review of it."""
        values = {"order_id": order_id, "seconds": completes_after_seconds}
        await self._session.execute(_RECEIVED, values | {"review": review_after_seconds})

    async def expect_rest(
        self, limit: int, *, after_shipping_seconds: int, after_delivery_seconds: int
    ) -> int:
        """Start the clock of orders of which all that is sent has left; how many there were."""
        found = await self._session.execute(
            text(_EXPECT_REST.format(limit=int(limit))),
            {"shipped": after_shipping_seconds, "delivered": after_delivery_seconds},
        )
        return len(found.scalars().all())

    async def extend(self, order_id: UUID, seconds: int) -> None:
        """Of one that was received: as many seconds from now at least until it is completed."""
        await self._session.execute(_EXTEND, {"order_id": order_id, "seconds": seconds})

    async def completed(self, order_id: UUID) -> None:
        await self._session.execute(_COMPLETED, {"order_id": order_id})

    async def odd(self, order_id: UUID) -> Sequence[str]:
        """Where parcels are that people have to see to, and nothing made up for."""
        found = await self._session.execute(_ODD_ONES, {"order_id": order_id})
        return sorted(found.scalars().all())

    async def arriving(self, limit: int) -> Sequence[UUID]:
        """Orders whose time to be received is over, by the database's clock."""
        found = await self._session.execute(text(_ARRIVING.format(limit=int(limit))))
        return found.scalars().all()

    async def is_due(self, order_id: UUID) -> bool:
        """Whether one order still is one of those."""
        return await self._session.scalar(_ARRIVES, {"order_id": order_id}) is not None

    async def completing(self, limit: int) -> Sequence[UUID]:
        """Orders of which nothing can be returned any more."""
        found = await self._session.execute(text(_COMPLETING.format(limit=int(limit))))
        return found.scalars().all()

    async def reviewable(self, limit: int) -> Sequence[UUID]:
        """Orders whose buyers are to be asked what they think of them."""
        found = await self._session.execute(text(_REVIEWABLE.format(limit=int(limit))))
        return found.scalars().all()

    async def is_reviewable(self, order_id: UUID) -> bool:
        """Whether one order still is one of those."""
        return await self._session.scalar(_IS_STILL, {"order_id": order_id}) is not None

    async def invited(self, order_id: UUID, *, is_asked: bool) -> None:
        """Its buyer is asked for a review, or never will be."""
        statement = _INVITED if is_asked else _NOT_INVITED
        await self._session.execute(statement, {"order_id": order_id})
