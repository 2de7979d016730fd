"""Differences that orders are asked for. Callers hold the order's row where anything moves."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, RowMapping, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.json import dump

_READ = """
    SELECT c.id, c.order_id, o.number AS order_number, c.member_id, o.channel_id, c.kind, c.state,
        c.currency, c.amount_minor, c.tax_minor, c.tax_rate_bps, c.reason, c.reference, c.actor,
        c.change, c.added_order_id, c.expires_at, c.paid_at, c.settled_at, c.close_reason,
        c.earned_minor, c.keep_minor, c.back_reason, c.version, c.created_at,
        p.state AS payment_state, p.id AS plan_id,
        coalesce((SELECT sum(r.amount_minor) FROM refunds r WHERE r.plan_id = p.id
            AND r.state IN ('pending', 'succeeded')), 0)::bigint AS refunded_minor
    FROM order_charges c
    JOIN orders o ON o.id = c.order_id
    LEFT JOIN payment_plans p ON p.order_id = coalesce(c.added_order_id, c.id)
"""
_SHAPE = {"change": JSONB}
_ONE = text(f"{_READ} WHERE c.id = :id").columns(**_SHAPE)
_ADD = text("""
    INSERT INTO order_charges (id, order_id, member_id, kind, currency, amount_minor, tax_minor,
        tax_rate_bps, reason, reference, actor, change, expires_at)
    SELECT CAST(:id AS uuid), o.id, o.member_id, :kind, o.currency, :amount_minor, :tax_minor,
        :tax_rate_bps, :reason, :reference, :actor, CAST(:change AS jsonb),
        now() + make_interval(secs => :seconds)
    FROM orders o WHERE o.id = :order_id
    ON CONFLICT (order_id) WHERE change IS NOT NULL AND state IN ('due', 'awaiting') DO NOTHING
    RETURNING id
""")
_MOVE = text("""
    UPDATE order_charges SET state = CAST(:state AS varchar),
        paid_at = CASE WHEN :state = 'paid' THEN now() END,
        close_reason = CASE WHEN :state = 'closed' THEN CAST(:reason AS varchar) END,
        added_order_id = coalesce(CAST(:added_order_id AS uuid), added_order_id),
        version = version + 1, updated_at = now()
    WHERE id = :id
""")
_AWAIT = text("""
    UPDATE order_charges SET state = 'awaiting', expires_at = :expires_at, version = version + 1,
        updated_at = now()
    WHERE id = :id
""")
_LESSEN = text("""
    UPDATE order_charges SET amount_minor = :amount_minor, tax_minor = :tax_minor,
        change = CAST(:change AS jsonb), version = version + 1, updated_at = now()
    WHERE id = :id AND state = 'due'
""")
_SETTLE = text("UPDATE order_charges SET settled_at = now(), updated_at = now() WHERE id = :id")
_EARN = text("UPDATE order_charges SET earned_minor = :minor, updated_at = now() WHERE id = :id")
_OWE_BACK = text("""
    UPDATE order_charges SET keep_minor = CAST(:keep_minor AS bigint),
        back_reason = CAST(:reason AS varchar), updated_at = now()
    WHERE id = :id AND keep_minor IS DISTINCT FROM CAST(:keep_minor AS bigint)
""")
_FORGET_BACK = text("""
    UPDATE order_charges SET keep_minor = NULL, back_reason = NULL, updated_at = now()
    WHERE order_id = :order_id AND reference = :reference AND keep_minor IS NOT NULL
""")
_OWED_BACK = text("""
    SELECT c.id FROM order_charges c JOIN payment_plans p ON p.order_id = c.id
    WHERE c.keep_minor IS NOT NULL AND NOT EXISTS (
        SELECT FROM payment_disputes d WHERE d.plan_id = p.id AND d.state = 'open')
    ORDER BY c.id LIMIT :limit
""")
_EXPIRED = text("""
    SELECT id FROM order_charges WHERE state IN ('due', 'awaiting') AND expires_at <= now()
    ORDER BY expires_at LIMIT :limit
""")


class ChargeRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, values: Mapping[str, Any]) -> bool:
        """False where a change of the order waits for money already."""
        change = values["change"]
        encoded = None if change is None else dump(change)
        found = await self._session.execute(_ADD, {**values, "change": encoded})
        return found.first() is not None

    async def order_of(self, charge_id: UUID) -> UUID | None:
        """Whose it is, which never changes."""
        found: UUID | None = await self._session.scalar(
            text("SELECT order_id FROM order_charges WHERE id = :id"), {"id": charge_id}
        )
        return found

    async def by_added(self, order_id: UUID) -> UUID | None:
        """The charge whose goods an order is."""
        found: UUID | None = await self._session.scalar(
            text("SELECT id FROM order_charges WHERE added_order_id = :id"), {"id": order_id}
        )
        return found

    async def one(self, charge_id: UUID) -> RowMapping | None:
        return (await self._session.execute(_ONE, {"id": charge_id})).mappings().first()

    async def of_order(self, order_id: UUID) -> Sequence[RowMapping]:
        """The oldest first, with what was paid and given back of each."""
        statement = text(f"{_READ} WHERE c.order_id = :order_id ORDER BY c.id").columns(**_SHAPE)
        found = await self._session.execute(statement, {"order_id": order_id})
        return found.mappings().all()

    async def page(self, order_id: UUID, *, after: UUID | None, limit: int) -> Sequence[Row[Any]]:
        """Newest first, from the id after which to go on."""
        older = "AND c.id < :after" if after else ""
        statement = text(
            f"{_READ} WHERE c.order_id = :order_id {older} ORDER BY c.id DESC LIMIT {int(limit)}"
        )
        values = {"order_id": order_id} | ({"after": after} if after else {})
        return (await self._session.execute(statement.columns(**_SHAPE), values)).all()

    async def move(
        self,
        charge_id: UUID,
        state: str,
        *,
        reason: str | None = None,
        added_order_id: UUID | None = None,
    ) -> None:
        values = {"id": charge_id, "state": state, "reason": reason}
        await self._session.execute(_MOVE, values | {"added_order_id": added_order_id})

    async def await_money(self, charge_id: UUID, expires_at: datetime) -> None:
        """Somebody pays it, until then at the latest."""
        await self._session.execute(_AWAIT, {"id": charge_id, "expires_at": expires_at})

    async def lessen(
        self, charge_id: UUID, amount_minor: int, tax_minor: int, change: Mapping[str, Any]
    ) -> None:
        """Ask for less of what nobody pays yet."""
        values = {"id": charge_id, "amount_minor": amount_minor, "tax_minor": tax_minor}
        await self._session.execute(_LESSEN, values | {"change": dump(change)})

    async def settle(self, charge_id: UUID) -> None:
        """What was to follow from it has followed."""
        await self._session.execute(_SETTLE, {"id": charge_id})

    async def earn(self, charge_id: UUID, minor: int) -> None:
        """So much of it is revenue."""
        await self._session.execute(_EARN, {"id": charge_id, "minor": minor})

    async def owe_back(self, charge_id: UUID, keep_minor: int | None, reason: str | None) -> None:
        """All but so much is to go back later, for that reason; or nothing is any more."""
        values = {"id": charge_id, "keep_minor": keep_minor, "reason": reason}
        await self._session.execute(_OWE_BACK, values)

    async def forget_back(self, order_id: UUID, reference: str) -> None:
        """Nothing of what was paid for that is to go back: it may be needed after all."""
        values = {"order_id": order_id, "reference": reference}
        await self._session.execute(_FORGET_BACK, values)

    async def owed_back(self, limit: int) -> Sequence[UUID]:
        """Those of which something is to go back and that no bank looks at any more."""
        return (await self._session.execute(_OWED_BACK, {"limit": limit})).scalars().all()

    async def expired(self, limit: int) -> Sequence[UUID]:
        """Open ones past their time, those that waited longest first."""
        return (await self._session.execute(_EXPIRED, {"limit": limit})).scalars().all()
