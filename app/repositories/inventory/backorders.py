"""What is sold before it is there.

Statements lock promises first, then what waits, then stock, as promises do.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import RowMapping, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import direct
from app.core.ids import new_id
from app.models.backorders import BackorderTerms

Pieces: TypeAlias = Mapping[tuple[UUID, UUID], int]
"""Quantities by SKU and warehouse."""

# A channel's own terms go before those of all; `room` is what more may wait.
_ROOM = text("""
    SELECT DISTINCT ON (t.sku_id) t.sku_id, t.id AS terms_id, t.warehouse_id, w.merchant_id,
        t.kind, t.ships_at, t.allows_partial,
        t.ships_at + make_interval(days => t.wait_days) AS last_at,
        greatest(t.most - coalesce(s.waiting, 0), 0) AS room
    FROM backorder_terms t JOIN warehouses w ON w.id = t.warehouse_id AND w.is_active
    LEFT JOIN stock s ON s.sku_id = t.sku_id AND s.warehouse_id = t.warehouse_id
    WHERE t.sku_id = ANY(CAST(:sku_ids AS uuid[])) AND t.is_active
      AND (t.channel_id = :channel_id OR t.channel_id IS NULL)
      AND (t.until IS NULL OR t.until > now())
    ORDER BY t.sku_id, t.channel_id NULLS LAST
""")
_PLAN = """
plan AS MATERIALIZED (
    SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:sku_ids AS uuid[]),
        CAST(:warehouse_ids AS uuid[]), CAST(:quantities AS int[])
    ) AS p(id, sku_id, warehouse_id, quantity))
"""
# A SKU that was never there has no row of stock. What is added to one is seen as of its lock.
_WAIT = direct(f"""
WITH {_PLAN},
terms AS MATERIALIZED (
    SELECT p.*, t.id AS terms_id, t.kind, t.ships_at, t.allows_partial, t.most,
           t.ships_at + make_interval(days => t.wait_days) AS last_at
      FROM plan p JOIN unnest(CAST(:sku_ids AS uuid[]), CAST(:terms_ids AS uuid[]))
           AS x(sku_id, terms_id) USING (sku_id)
      JOIN backorder_terms t ON t.id = x.terms_id
     WHERE t.is_active AND p.quantity <= t.most),
taken AS (
    INSERT INTO stock AS s (sku_id, warehouse_id, waiting)
    SELECT sku_id, warehouse_id, quantity FROM terms ORDER BY sku_id, warehouse_id
    ON CONFLICT (sku_id, warehouse_id) DO UPDATE SET waiting = s.waiting + excluded.waiting
     WHERE s.waiting + excluded.waiting <= (
           SELECT t.most FROM terms t WHERE t.sku_id = excluded.sku_id)
    RETURNING sku_id, warehouse_id),
kept AS (
    INSERT INTO backorders (id, owner, member_id, sku_id, warehouse_id, terms_id, kind, ships_at,
           last_at, allows_partial, quantity, expires_at)
    SELECT t.id, :owner, :member_id, t.sku_id, t.warehouse_id, t.terms_id, t.kind, t.ships_at,
           t.last_at, t.allows_partial, t.quantity, CAST(:expires_at AS timestamptz)
      FROM terms t JOIN taken USING (sku_id, warehouse_id))
SELECT count(*) = cardinality(CAST(:ids AS uuid[])) FROM taken
""")
_OPEN = text("""
    SELECT b.sku_id, b.warehouse_id, b.quantity - b.filled - b.freed AS open, b.allows_partial,
        CASE WHEN b.kind = 'presale' AND b.ships_at > now()
               OR b.expires_at <= now()
               OR EXISTS (SELECT FROM reservations r WHERE r.owner = b.owner
                          AND r.sku_id = b.sku_id AND r.warehouse_id = b.warehouse_id
                          AND r.state = 'expired') THEN 0
             ELSE greatest(s.on_hand - s.reserved - s.safety, 0) END AS free
    FROM backorders b JOIN stock s USING (sku_id, warehouse_id)
    WHERE b.owner = :owner AND b.filled + b.freed < b.quantity
    ORDER BY b.sku_id, b.warehouse_id
""")
_LOCKED = """
promised AS MATERIALIZED (
    SELECT r.state FROM reservations r JOIN plan p USING (sku_id, warehouse_id)
     WHERE r.owner = :owner ORDER BY r.sku_id, r.warehouse_id FOR UPDATE OF r),
mine AS MATERIALIZED (
    SELECT b.id, b.sku_id, b.warehouse_id, p.quantity, b.quantity - b.filled - b.freed AS open,
           b.expires_at, b.member_id, p.id AS reservation_id
      FROM backorders b JOIN plan p USING (sku_id, warehouse_id),
           (SELECT count(*) FROM promised) before
     WHERE b.owner = :owner
     ORDER BY b.sku_id, b.warehouse_id FOR UPDATE OF b),
locked AS MATERIALIZED (
    SELECT s.* FROM stock s JOIN plan p USING (sku_id, warehouse_id),
           (SELECT count(*) FROM mine) first
     ORDER BY s.sku_id, s.warehouse_id FOR UPDATE OF s)
"""
# What was let go is no promise to fill up: all of it would be promised again, and not be reserved.
_FILL = text(f"""
WITH {_PLAN}, {_LOCKED},
verdict AS MATERIALIZED (
    SELECT count(*) = cardinality(CAST(:ids AS uuid[]))
       AND NOT EXISTS (SELECT FROM promised WHERE state IN ('expired', 'released')) AS fits
      FROM mine m JOIN locked l USING (sku_id, warehouse_id)
     WHERE m.open >= m.quantity AND l.on_hand - l.reserved - l.safety >= m.quantity),
taken AS (
    UPDATE stock s SET on_hand = l.on_hand, reserved = l.reserved + m.quantity,
           waiting = l.waiting - m.quantity
      FROM locked l JOIN mine m USING (sku_id, warehouse_id), verdict v
     WHERE v.fits AND s.sku_id = l.sku_id AND s.warehouse_id = l.warehouse_id),
filled AS (
    UPDATE backorders b SET filled = b.filled + m.quantity, changed_at = now()
      FROM mine m, verdict v WHERE v.fits AND b.id = m.id),
held AS (
    INSERT INTO reservations AS r
           (id, owner, member_id, sku_id, warehouse_id, quantity, state, expires_at)
    SELECT m.reservation_id, :owner, m.member_id, m.sku_id, m.warehouse_id, m.quantity,
           CASE WHEN m.expires_at IS NULL THEN 'committed' ELSE 'held' END, m.expires_at
      FROM mine m, verdict v WHERE v.fits
    ON CONFLICT (owner, sku_id, warehouse_id) DO UPDATE
       SET quantity = r.quantity + excluded.quantity, state = excluded.state,
           expires_at = excluded.expires_at, changed_at = now())
SELECT fits FROM verdict
""")
_STOP = text(f"""
WITH {_PLAN}, {_LOCKED},
verdict AS MATERIALIZED (
    SELECT count(*) = cardinality(CAST(:ids AS uuid[])) AS fits
      FROM mine WHERE open >= quantity),
given AS (
    UPDATE stock s SET on_hand = l.on_hand, waiting = l.waiting - m.quantity
      FROM locked l JOIN mine m USING (sku_id, warehouse_id), verdict v
     WHERE v.fits AND s.sku_id = l.sku_id AND s.warehouse_id = l.warehouse_id),
freed AS (
    UPDATE backorders b SET freed = b.freed + m.quantity, changed_at = now()
      FROM mine m, verdict v WHERE v.fits AND b.id = m.id)
SELECT fits FROM verdict
""")
_PAGE = """
    SELECT b.id, b.created_at, b.owner, b.member_id, b.sku_id, k.code AS sku_code, b.warehouse_id,
        w.code AS warehouse_code, b.kind, b.ships_at, b.allows_partial, b.quantity, b.filled,
        b.freed, b.quantity - b.filled - b.freed AS waiting, b.expires_at,
        b.ships_at < now() AS is_late, b.last_at, b.last_at <= now() IS TRUE AS is_over, b.told_at
    FROM backorders b JOIN skus k ON k.id = b.sku_id JOIN warehouses w ON w.id = b.warehouse_id
    WHERE b.filled + b.freed < b.quantity
      AND (CAST(:sku_id AS uuid) IS NULL OR b.sku_id = :sku_id)
      AND (CAST(:is_late AS boolean) IS NULL OR (b.ships_at < now()) = :is_late)
      AND (CAST(:is_over AS boolean) IS NULL OR (b.last_at <= now() IS TRUE) = :is_over)
      AND (CAST(:after AS uuid) IS NULL OR b.id > :after)
    ORDER BY b.id LIMIT {limit}
"""


class BackorderRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def room(self, sku_ids: Sequence[UUID], channel_id: UUID) -> Sequence[Any]:
        """The terms on which SKUs are sold without stock, with how many more may wait."""
        values = {"sku_ids": list(sku_ids), "channel_id": channel_id}
        return (await self._session.execute(_ROOM, values)).all()

    async def wait(
        self,
        rows: Sequence[tuple[UUID, UUID, UUID, int]],
        *,
        owner: str,
        member_id: UUID,
        expires_at: datetime | None,
    ) -> bool:
        """Let `(sku, warehouse, terms, quantity)` wait; False where terms do not allow as many.

        The transaction must then end.
        """
        values = _values(owner, {(sku_id, there): n for sku_id, there, _, n in rows}) | {
            "terms_ids": [terms_id for _, _, terms_id, _ in rows],
            "member_id": member_id,
            "expires_at": expires_at,
        }
        return bool(await self._session.scalar(_WAIT, values))

    async def open(self, owner: str) -> Sequence[Any]:
        """What an owner waits for still, and what is free for it now; without a lock."""
        return (await self._session.execute(_OPEN, {"owner": owner})).all()

    async def fill(self, owner: str, pieces: Pieces) -> bool:
        """Promise what waited, all or none; False where fewer wait or are free."""
        return bool(await self._session.scalar(_FILL, _values(owner, pieces)))

    async def stop(self, owner: str, pieces: Pieces) -> bool:
        """Nobody waits for these any more, all or none; False where fewer wait."""
        return bool(await self._session.scalar(_STOP, _values(owner, pieces)))

    async def page(
        self,
        *,
        sku_id: UUID | None,
        is_late: bool | None,
        is_over: bool | None,
        after: UUID | None,
        limit: int,
    ) -> Sequence[RowMapping]:
        """What waits, oldest first."""
        values = {"sku_id": sku_id, "is_late": is_late, "is_over": is_over, "after": after}
        found = await self._session.execute(text(_PAGE.format(limit=int(limit))), values)
        return found.mappings().all()

    async def terms(self, terms_id: UUID, *, lock: bool = False) -> BackorderTerms | None:
        return await self._session.get(
            BackorderTerms, terms_id, with_for_update=lock or None, populate_existing=lock
        )

    async def all_terms(
        self, *, sku_id: UUID | None, after: UUID | None, limit: int
    ) -> Sequence[BackorderTerms]:
        """Oldest first."""
        statement = select(BackorderTerms).order_by(BackorderTerms.id).limit(limit)
        if sku_id is not None:
            statement = statement.where(BackorderTerms.sku_id == sku_id)
        if after is not None:
            statement = statement.where(BackorderTerms.id > after)
        return (await self._session.scalars(statement)).all()

    async def save(self, row: BackorderTerms) -> BackorderTerms:
        """Write it and read back what the database made of it."""
        self._session.add(row)
        await self._session.flush()
        await self._session.refresh(row)
        return row


def _values(owner: str, pieces: Pieces) -> dict[str, Any]:
    return {
        "owner": owner,
        "ids": [new_id() for _ in pieces],
        "sku_ids": [sku_id for sku_id, _ in pieces],
        "warehouse_ids": [warehouse_id for _, warehouse_id in pieces],
        "quantities": list(pieces.values()),
    }
