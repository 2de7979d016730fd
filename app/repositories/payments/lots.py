"""Points lots under their lock: points that come back, go, are earned and are owed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import new_id

# One statement locks all lots a refund may touch, in id order, as everybody locks them.
_LOCKED = text("""
    WITH used AS (
        SELECT u.lot_id, u.quantity - u.restored AS quantity
        FROM points_uses u JOIN tenders t ON t.id = u.tender_id
        WHERE t.plan_id = :plan_id AND u.state = 'captured')
    SELECT l.id, coalesce(u.quantity, 0) AS used, l.remaining, l.held, l.expires_at, l.source,
        now() AS at, l.expires_at > now() AS is_live
    FROM points_lots l LEFT JOIN used u ON u.lot_id = l.id
    WHERE l.id IN (
        SELECT lot_id FROM used
        UNION SELECT o.id FROM points_lots o
        WHERE CAST(:with_own AS boolean) AND o.member_id = :member_id AND o.currency = :currency
          AND o.remaining > 0 AND o.expires_at > now())
    ORDER BY l.id FOR NO KEY UPDATE OF l
""")

_RESTORE = text("""
    WITH back AS (
        SELECT * FROM unnest(CAST(:lot_ids AS uuid[]), CAST(:quantities AS integer[]),
            CAST(:expiries AS timestamptz[]), CAST(:new_ids AS uuid[]))
            AS b(lot_id, quantity, expires_at, new_id)),
    lots AS (
        UPDATE points_lots l SET remaining = l.remaining + b.quantity, expires_at = b.expires_at
        FROM back b WHERE l.id = b.lot_id AND b.new_id IS NULL),
    apart AS (
        INSERT INTO points_lots
            (id, member_id, currency, source, quantity, remaining, expires_at)
        SELECT b.new_id, l.member_id, l.currency, 'refund\\:' || :number || '\\:' || l.id,
            b.quantity, b.quantity, b.expires_at
        FROM back b JOIN points_lots l ON l.id = b.lot_id WHERE b.new_id IS NOT NULL)
    UPDATE points_uses u SET restored = u.restored + b.quantity
    FROM back b, tenders t
    WHERE u.lot_id = b.lot_id AND t.id = u.tender_id AND t.plan_id = :plan_id
""")

_TAKE = text("""
    UPDATE points_lots l SET remaining = l.remaining - d.quantity
    FROM unnest(CAST(:lot_ids AS uuid[]), CAST(:quantities AS integer[]))
        AS d(lot_id, quantity)
    WHERE l.id = d.lot_id
""")

_EARN = text("""
    INSERT INTO points_earnings (order_id, member_id, currency, lot_id, eligible_minor, per_minor,
        point_value_minor)
    VALUES (:order_id, :member_id, :currency, CAST(:lot_id AS uuid), :eligible_minor, :per_minor,
        :point_value_minor)
    ON CONFLICT (order_id) DO NOTHING RETURNING order_id
""")
_EARNING = text("SELECT * FROM points_earnings WHERE order_id = :order_id")
_RETURN = text("""
    UPDATE points_earnings SET returned_minor = returned_minor + :now_minor,
        clawed_back = clawed_back + :clawed
    WHERE order_id = :order_id
""")

_OWE = text("""
    INSERT INTO points_debts AS d (member_id, currency, quantity)
    VALUES (:member_id, :currency, :quantity)
    ON CONFLICT (member_id, currency) DO UPDATE SET quantity = d.quantity + excluded.quantity
""")
# Nobody waits for a row that is not there: without a debt nothing is locked.
_REPAY = text("""
    WITH owed AS MATERIALIZED (
        SELECT quantity FROM points_debts
        WHERE member_id = :member_id AND currency = :currency AND quantity > 0
        FOR NO KEY UPDATE),
    paid AS (
        UPDATE points_debts d
        SET quantity = o.quantity - least(o.quantity, CAST(:quantity AS bigint))
        FROM owed o WHERE d.member_id = :member_id AND d.currency = :currency),
    lot AS (
        UPDATE points_lots l
        SET remaining = l.remaining - least(o.quantity, CAST(:quantity AS bigint))
        FROM owed o WHERE l.id = :lot_id)
    SELECT coalesce((SELECT least(quantity, CAST(:quantity AS bigint)) FROM owed), 0)::bigint
""")
_DEBTS = text("""
    SELECT currency, quantity FROM points_debts WHERE member_id = :member_id AND quantity > 0
    ORDER BY currency
""")


class LotRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def locked(
        self, *, plan_id: UUID, member_id: UUID, currency: str, with_own: bool
    ) -> list[RowMapping]:
        """Lots a plan drew on, and with `with_own` all that its member could spend, locked."""
        values = {
            "plan_id": plan_id,
            "member_id": member_id,
            "currency": currency,
            "with_own": with_own,
        }
        return list((await self._session.execute(_LOCKED, values)).mappings())

    async def restore(
        self,
        plan_id: UUID,
        number: str,
        back: Sequence[tuple[UUID, int, datetime, bool]],
    ) -> list[UUID]:
        """Give back (lot, quantity, expiry, apart): to the lot, or to a new one beside it.

        The lots that have the points now.
        """
        new_ids = [new_id() if each[3] else None for each in back]
        await self._session.execute(
            _RESTORE,
            {
                "plan_id": plan_id,
                "number": number,
                "lot_ids": [each[0] for each in back],
                "quantities": [each[1] for each in back],
                "expiries": [each[2] for each in back],
                "new_ids": new_ids,
            },
        )
        return [made or each[0] for made, each in zip(new_ids, back, strict=True)]

    async def take(self, draws: Sequence[tuple[UUID, int]]) -> None:
        """Take from locked lots what they hold."""
        values = {
            "lot_ids": [lot_id for lot_id, _ in draws],
            "quantities": [quantity for _, quantity in draws],
        }
        await self._session.execute(_TAKE, values)

    async def earn(self, earning: Mapping[str, Any]) -> bool:
        """Keep what an order earned; False when it is known."""
        return (await self._session.execute(_EARN, earning)).first() is not None

    async def earning(self, order_id: UUID) -> RowMapping:
        found = await self._session.execute(_EARNING, {"order_id": order_id})
        return found.mappings().one()

    async def give_up(self, order_id: UUID, *, now_minor: int, clawed: int) -> None:
        """`now_minor` of what earned points went back, and `clawed` points with it."""
        values = {"order_id": order_id, "now_minor": now_minor, "clawed": clawed}
        await self._session.execute(_RETURN, values)

    async def owe(self, member_id: UUID, currency: str, quantity: int) -> None:
        values = {"member_id": member_id, "currency": currency, "quantity": quantity}
        await self._session.execute(_OWE, values)

    async def repay(self, lot_id: UUID, member_id: UUID, currency: str, quantity: int) -> int:
        """How many points of a new lot of `quantity` pay what its member owes."""
        values = {
            "lot_id": lot_id,
            "member_id": member_id,
            "currency": currency,
            "quantity": quantity,
        }
        return int(await self._session.scalar(_REPAY, values) or 0)

    async def debts(self, member_id: UUID) -> list[RowMapping]:
        found = await self._session.execute(_DEBTS, {"member_id": member_id})
        return list(found.mappings())
