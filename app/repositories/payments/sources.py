"""What a member can pay with, read in one statement; and points taken from their lots."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.direct import direct

# Expiry is the database's to decide. A card belongs to the member, or is named by its code.
_SOURCES = direct("""
    SELECT 'gift_card' AS kind, g.id, g.code_hash, g.currency, g.expires_at,
        coalesce((SELECT a.balance_minor FROM ledger_accounts a
            WHERE a.code = 'gift_card:' || g.id || '\\:available' AND a.currency = g.currency
              AND a.owner_id = g.id), 0) AS available,
        false AS is_frozen
    FROM gift_cards g
    WHERE (g.code_hash = ANY(CAST(:hashes AS text[]))
             AND coalesce(g.member_id, CAST(:member_id AS uuid)) = CAST(:member_id AS uuid)
           OR g.id = ANY(CAST(:card_ids AS uuid[])) AND g.member_id = CAST(:member_id AS uuid))
      AND g.state = 'active' AND (g.expires_at IS NULL OR g.expires_at > now())
    UNION ALL
    SELECT 'points', l.id, NULL, l.currency, l.expires_at, l.remaining, false
    FROM points_lots l
    WHERE CAST(:with_points AS boolean) AND l.member_id = CAST(:member_id AS uuid)
      AND l.currency = CAST(:currency AS text) AND l.remaining > 0 AND l.expires_at > now()
    UNION ALL
    SELECT 'balance', NULL, NULL, a.currency, NULL, a.balance_minor,
        EXISTS (SELECT FROM balance_freezes f WHERE f.member_id = CAST(:member_id AS uuid))
    FROM ledger_accounts a WHERE CAST(:with_balance AS boolean) AND a.id = :balance_id
""")

# The draws were chosen from a reading without locks. All lots they could come from are locked, so
# that a second choice, made from what this one returns, needs no further lock.
_USE = direct("""
    WITH draws AS (
        SELECT * FROM unnest(CAST(:lot_ids AS uuid[]), CAST(:quantities AS integer[]))
            AS d(lot_id, quantity)),
    locked AS MATERIALIZED (
        SELECT id, remaining, held, expires_at FROM points_lots
        WHERE member_id = :member_id AND currency = :currency AND remaining > 0
          AND expires_at > now()
          AND (CAST(:among AS uuid[]) IS NULL OR id = ANY(CAST(:among AS uuid[])))
        ORDER BY id FOR NO KEY UPDATE),
    verdict AS MATERIALIZED (
        SELECT count(*) = cardinality(CAST(:lot_ids AS uuid[])) AS is_used
        FROM draws d JOIN locked k ON k.id = d.lot_id WHERE k.remaining >= d.quantity),
    lots AS (
        UPDATE points_lots l SET remaining = k.remaining - d.quantity,
            held = k.held + CASE CAST(:state AS text) WHEN 'held' THEN d.quantity ELSE 0 END
        FROM draws d JOIN locked k ON k.id = d.lot_id, verdict v
        WHERE v.is_used AND l.id = k.id),
    used AS (
        INSERT INTO points_uses (tender_id, lot_id, member_id, quantity, state)
        SELECT :tender_id, d.lot_id, :member_id, d.quantity, CAST(:state AS text)
        FROM draws d, verdict v WHERE v.is_used)
    SELECT k.id, k.remaining, k.expires_at, v.is_used FROM verdict v LEFT JOIN locked k ON true
""")

_SETTLE = direct("""
    WITH locked AS (
        SELECT l.id, u.tender_id, u.quantity FROM points_uses u
        JOIN tenders t ON t.id = u.tender_id JOIN points_lots l ON l.id = u.lot_id
        WHERE t.plan_id = :plan_id AND u.state = 'held'
        ORDER BY l.id FOR NO KEY UPDATE OF l),
    lots AS (
        UPDATE points_lots l SET held = l.held - k.quantity,
            remaining = l.remaining
                + CASE CAST(:state AS text) WHEN 'released' THEN k.quantity ELSE 0 END
        FROM locked k WHERE l.id = k.id)
    UPDATE points_uses u SET state = CAST(:state AS text) FROM locked k
    WHERE u.tender_id = k.tender_id AND u.lot_id = k.id
""")

# What expires last goes back, as if it had never been drawn.
_GIVE_BACK = direct("""
    WITH locked AS MATERIALIZED (
        SELECT l.id, l.expires_at, l.remaining, l.held, u.quantity
        FROM points_uses u JOIN points_lots l ON l.id = u.lot_id
        WHERE u.tender_id = :tender_id AND u.state = 'held'
        ORDER BY l.id FOR NO KEY UPDATE OF l),
    back AS (
        SELECT k.*, least(k.quantity, greatest(0, CAST(:quantity AS integer) - coalesce(
            sum(k.quantity) OVER (ORDER BY k.expires_at DESC, k.id DESC
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)))::integer AS n
        FROM locked k),
    lots AS (
        UPDATE points_lots l SET remaining = b.remaining + b.n, held = b.held - b.n
        FROM back b WHERE l.id = b.id AND b.n > 0),
    less AS (
        UPDATE points_uses u SET quantity = b.quantity - b.n FROM back b
        WHERE u.tender_id = :tender_id AND u.lot_id = b.id AND b.n BETWEEN 1 AND b.quantity - 1),
    none AS (
        DELETE FROM points_uses u USING back b
        WHERE u.tender_id = :tender_id AND u.lot_id = b.id AND b.n = b.quantity)
    SELECT coalesce(sum(n), 0)::integer FROM back
""")


class SourceRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(
        self,
        *,
        member_id: UUID,
        currency: str,
        hashes: Sequence[str],
        card_ids: Sequence[UUID],
        balance_id: UUID | None,
        with_points: bool,
    ) -> list[RowMapping]:
        """Usable gift cards, points lot by lot, the balance asked for. Nothing is locked."""
        found = await self._session.execute(
            _SOURCES,
            {
                "member_id": member_id,
                "currency": currency,
                "hashes": list(hashes),
                "card_ids": list(card_ids),
                "with_points": with_points,
                "with_balance": balance_id is not None,
                "balance_id": balance_id,
            },
        )
        return list(found.mappings())

    async def use(
        self,
        tender_id: UUID,
        member_id: UUID,
        currency: str,
        draws: Sequence[tuple[UUID, int]],
        state: str,
        *,
        among: Sequence[UUID] | None = None,
    ) -> tuple[bool, list[Row[Any]]]:
        """Take `draws` from lots, held or spent at once, all or nothing.

        Also returns the lots as they were when they were locked, for another choice `among` them:
        a lot that got points back meanwhile would be locked out of turn.
        """
        found = await self._session.execute(
            _USE,
            {
                "tender_id": tender_id,
                "member_id": member_id,
                "currency": currency,
                "lot_ids": [lot_id for lot_id, _ in draws],
                "quantities": [quantity for _, quantity in draws],
                "state": state,
                "among": None if among is None else list(among),
            },
        )
        rows = list(found)
        return rows[0].is_used, [row for row in rows if row.id is not None]

    async def give_back(self, tender_id: UUID, quantity: int) -> int:
        """So many held points of a tender to their lots; how many there were."""
        values = {"tender_id": tender_id, "quantity": quantity}
        return int((await self._session.execute(_GIVE_BACK, values)).scalar_one())

    async def settle(self, plan_id: UUID, state: str) -> None:
        """Held points of a plan become captured or released, lots locked in id order."""
        await self._session.execute(_SETTLE, {"plan_id": plan_id, "state": state})
