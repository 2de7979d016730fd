"""Moving an order along its axes. Callers hold the order's row."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import direct
from app.core.enums.orders import OrderState, PaymentStatus
from app.core.ids import new_id
from app.core.json import dump
from app.repositories.orders.review_due import WITHDRAWN, made

_READ = """
SELECT id, number, member_id, channel_id, currency, payable_minor, state, payment_status,
       fulfilment_status, return_status, expires_at, cancel_reason, received_at, completes_at,
       now() AS at
FROM orders WHERE id = :order_id{scope} FOR UPDATE
"""
_LOCKED = direct(_READ.format(scope=""))
_OWN_LOCKED = direct(_READ.format(scope=" AND member_id = :member_id"))

# Every change writes the timeline and, where the purchase falls, its fulfilments too.
_MOVE = """
WITH moved AS (
    UPDATE orders SET
        state = coalesce(CAST(:state AS varchar), state),
        payment_status = coalesce(CAST(:payment_status AS varchar), payment_status),
        fulfilment_status = coalesce(CAST(:fulfilment_status AS varchar), fulfilment_status),
        return_status = coalesce(CAST(:return_status AS varchar), return_status),
        paid_at = CASE WHEN :payment_status = 'paid' THEN coalesce(paid_at, now())
                       ELSE paid_at END,
        cancelled_at = CASE WHEN :state = 'cancelled' THEN coalesce(cancelled_at, now())
                            ELSE cancelled_at END,
        cancel_reason = CASE WHEN :state = 'open' THEN NULL
                             ELSE coalesce(CAST(:reason AS varchar), cancel_reason) END,
        version = version + 1, updated_at = now()
    WHERE id = :order_id RETURNING id, member_id, state, fulfilment_status, address),
{review}stopped AS (
    UPDATE fulfilments f SET status = 'cancelled', version = f.version + 1, updated_at = now()
    FROM moved m WHERE f.order_id = m.id AND f.kind = 'sale' AND :fulfilment_status = 'cancelled'
      AND f.status IN ('unfulfilled', 'picking') RETURNING f.id),
unwanted AS (
    UPDATE fulfilment_lines x SET cancelled = x.quantity, packed = 0
    FROM stopped f WHERE x.fulfilment_id = f.id),
not_awaited AS (
    UPDATE order_holds h SET lifted_at = now(), lifted_by = 'system'
    FROM moved m, stopped f WHERE h.order_id = m.id AND h.kind = 'backorder'
      AND h.reference = CAST(f.id AS varchar) AND h.lifted_at IS NULL),
voided AS (
    UPDATE shipments s SET state = 'void', joined_to = NULL, version = s.version + 1,
        updated_at = now()
    FROM stopped f WHERE s.fulfilment_id = f.id AND s.state = 'prepared' RETURNING s.id),
apart AS (
    UPDATE shipments s SET joined_to = NULL, version = s.version + 1, updated_at = now()
    FROM voided v WHERE s.joined_to = v.id)
INSERT INTO order_events (id, order_id, member_id, kind, is_public, actor, data)
SELECT CAST(:event_id AS uuid), m.id, m.member_id, CAST(:kind AS varchar),
       CAST(:is_public AS boolean), CAST(:actor AS varchar), CAST(:data AS jsonb)
FROM moved m
"""
_TO_REVIEW = made("moved", "m.state = 'open' AND m.fulfilment_status = 'unfulfilled'")
_MOVED = direct(_MOVE.format(review=""))
_PAID = direct(_MOVE.format(review=f"{_TO_REVIEW},"))
_CANCELLED = direct(_MOVE.format(review=f"{WITHDRAWN},"))


class AxesRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def locked(self, order_id: UUID, *, member_id: UUID | None = None) -> RowMapping | None:
        """The order, locked until commit; with `member_id`, only if it is that member's."""
        statement = _OWN_LOCKED if member_id else _LOCKED
        values = {"order_id": order_id, "member_id": member_id}
        return (await self._session.execute(statement, values)).mappings().first()

    async def move(
        self,
        order_id: UUID,
        kind: str,
        *,
        state: str | None = None,
        payment_status: str | None = None,
        fulfilment_status: str | None = None,
        return_status: str | None = None,
        reason: str | None = None,
        actor: str | None = None,
        is_public: bool = True,
        data: Mapping[str, Any] | None = None,
    ) -> None:
        """Set the axes that are named and note `kind`, with `data` and the reason, in the timeline.

        Once it is paid an order waits for its review, where rules ask for one; a cancelled one is
        reviewed no more.
        """
        statement, keys = _MOVED, {}
        if payment_status == PaymentStatus.PAID:
            statement, keys = _PAID, {"review_id": new_id(), "hold_id": new_id()}
        elif state == OrderState.CANCELLED:
            statement = _CANCELLED
        await self._session.execute(
            statement,
            {
                **keys,
                "order_id": order_id,
                "event_id": new_id(),
                "kind": kind,
                "state": state,
                "payment_status": payment_status,
                "fulfilment_status": fulfilment_status,
                "return_status": return_status,
                "reason": reason,
                "actor": actor,
                "is_public": is_public,
                "data": dump({**(data or {}), **({"reason": reason} if reason else {})}),
            },
        )

    async def expired(self, limit: int) -> Sequence[UUID]:
        """Unpaid open orders past their time, by the database's clock, oldest first.

        A transfer that came in is looked at before; what is on its way is paid at the door.
        """
        found = await self._session.execute(
            text(
                "SELECT id FROM orders o WHERE payment_status = 'awaiting' AND state = 'open'"
                " AND fulfilment_status IN ('unfulfilled', 'cancelled')"
                " AND expires_at <= now() AND NOT EXISTS (SELECT FROM collections c"
                " WHERE c.order_id = o.id AND c.state = 'recorded')"
                f" ORDER BY expires_at LIMIT {int(limit)}"
            )
        )
        return found.scalars().all()

    async def grace_days(self, order_id: UUID) -> int | None:
        """How long what a refund of the order gives back lives at least, as it was placed."""
        found: int | None = await self._session.scalar(
            text("SELECT refund_grace_days FROM payment_plans WHERE order_id = :order_id"),
            {"order_id": order_id},
        )
        return found

    async def plan_state(self, order_id: UUID) -> str | None:
        """How far the order's payment plan is."""
        found: str | None = await self._session.scalar(
            text("SELECT state FROM payment_plans WHERE order_id = :order_id"),
            {"order_id": order_id},
        )
        return found
