"""What a member can pay with, read in one statement; and points lots."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.ext.asyncio import AsyncSession

# Expiry is the database's to decide. A card belongs to the member, or is named by its code.
_SOURCES = text("""
    SELECT 'gift_card' AS kind, g.id, g.code_hash, g.currency, g.expires_at,
        coalesce((SELECT a.balance_minor FROM ledger_accounts a
            WHERE a.code = 'gift_card:' || g.id || '\\:available' AND a.currency = g.currency
              AND a.owner_id = g.id), 0) AS available
    FROM gift_cards g
    WHERE (g.code_hash = ANY(CAST(:hashes AS text[]))
             AND coalesce(g.member_id, CAST(:member_id AS uuid)) = CAST(:member_id AS uuid)
           OR g.id = ANY(CAST(:card_ids AS uuid[])) AND g.member_id = CAST(:member_id AS uuid))
      AND g.state = 'active' AND (g.expires_at IS NULL OR g.expires_at > now())
    UNION ALL
    SELECT 'points', NULL, NULL, CAST(:currency AS text), NULL, coalesce(sum(l.remaining), 0)
    FROM points_lots l
    WHERE CAST(:with_points AS boolean) AND l.member_id = CAST(:member_id AS uuid)
      AND l.currency = CAST(:currency AS text) AND l.remaining > 0 AND l.expires_at > now()
    UNION ALL
    SELECT 'balance', NULL, NULL, a.currency, NULL, a.balance_minor
    FROM ledger_accounts a WHERE CAST(:with_balance AS boolean) AND a.id = :balance_id
""")

_LOCK_LOTS = text("""
    SELECT id, remaining, expires_at FROM points_lots
    WHERE member_id = :member_id AND currency = :currency AND remaining > 0 AND expires_at > now()
    ORDER BY id FOR NO KEY UPDATE
""")

_USE = text("""
    WITH draws AS (
        SELECT * FROM unnest(CAST(:lot_ids AS uuid[]), CAST(:quantities AS integer[]))
            AS d(lot_id, quantity)),
    lots AS (
        UPDATE points_lots l SET remaining = l.remaining - d.quantity,
            held = l.held + CASE CAST(:state AS text) WHEN 'held' THEN d.quantity ELSE 0 END
        FROM draws d WHERE l.id = d.lot_id)
    INSERT INTO points_uses (tender_id, lot_id, member_id, quantity, state)
    SELECT :tender_id, lot_id, :member_id, quantity, CAST(:state AS text) FROM draws
""")

_SETTLE = text("""
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

_USES = text("""
    SELECT u.lot_id, u.quantity - u.restored AS quantity, l.expires_at, now() AS at
    FROM points_uses u JOIN tenders t ON t.id = u.tender_id JOIN points_lots l ON l.id = u.lot_id
    WHERE t.plan_id = :plan_id AND u.state = 'captured' AND u.quantity > u.restored
    ORDER BY l.id FOR NO KEY UPDATE OF l
""")

_RESTORE = text("""
    WITH back AS (
        SELECT * FROM unnest(CAST(:lot_ids AS uuid[]), CAST(:quantities AS integer[]),
            CAST(:expiries AS timestamptz[])) AS b(lot_id, quantity, expires_at)),
    lots AS (
        UPDATE points_lots l SET remaining = l.remaining + b.quantity, expires_at = b.expires_at
        FROM back b WHERE l.id = b.lot_id)
    UPDATE points_uses u SET restored = u.restored + b.quantity
    FROM back b, tenders t
    WHERE u.lot_id = b.lot_id AND t.id = u.tender_id AND t.plan_id = :plan_id
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
        """Usable gift cards, the points and the balance asked for. Nothing is locked."""
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

    async def lock_lots(self, member_id: UUID, currency: str) -> list[RowMapping]:
        parameters = {"member_id": member_id, "currency": currency}
        return list((await self._session.execute(_LOCK_LOTS, parameters)).mappings())

    async def use(
        self, tender_id: UUID, member_id: UUID, draws: Sequence[tuple[UUID, int]], state: str
    ) -> None:
        """Take `draws` from locked lots, held or spent at once."""
        await self._session.execute(
            _USE,
            {
                "tender_id": tender_id,
                "member_id": member_id,
                "lot_ids": [lot_id for lot_id, _ in draws],
                "quantities": [quantity for _, quantity in draws],
                "state": state,
            },
        )

    async def settle(self, plan_id: UUID, state: str) -> None:
        """Held points of a plan become captured or released, lots locked in id order."""
        await self._session.execute(_SETTLE, {"plan_id": plan_id, "state": state})

    async def uses(self, plan_id: UUID) -> list[RowMapping]:
        """Spent and not yet restored, lots locked in id order."""
        return list((await self._session.execute(_USES, {"plan_id": plan_id})).mappings())

    async def restore(self, plan_id: UUID, back: Sequence[tuple[UUID, int, datetime]]) -> None:
        await self._session.execute(
            _RESTORE,
            {
                "plan_id": plan_id,
                "lot_ids": [lot_id for lot_id, _, _ in back],
                "quantities": [quantity for _, quantity, _ in back],
                "expiries": [expires_at for _, _, expires_at in back],
            },
        )
