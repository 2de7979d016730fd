"""Refunds: asked for, decided, closed without being decided, and read."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.keyset import before

# What a refund asks for is kept from others at once, decided or not: its parts are counted on the
# tenders, its units are taken.
_INSERT = text("""
    WITH refund AS (
        INSERT INTO refunds (id, number, order_id, plan_id, member_id, currency, amount_minor,
            state, kind, reason_code, reason, shipping_minor, withheld_minor, postage_given_minor,
            postage_kept_minor, request, actor)
        VALUES (CAST(:id AS uuid), :number, :order_id, CAST(:plan_id AS uuid),
            CAST(:member_id AS uuid), :currency, :amount_minor, 'waiting', :kind, :reason_code,
            :reason, :shipping_minor, :withheld_minor, :postage_given_minor, :postage_kept_minor,
            CAST(:request AS jsonb), :actor)),
    part AS (
        SELECT * FROM unnest(
            CAST(:ids AS uuid[]), CAST(:tender_ids AS uuid[]), CAST(:amounts AS bigint[]),
            CAST(:channels AS text[]), CAST(:out_trade_nos AS text[]),
            CAST(:out_refund_nos AS text[])
        ) AS p(id, tender_id, amount_minor, channel, out_trade_no, out_refund_no)),
    tendered AS (
        UPDATE tenders t SET refunded_minor = t.refunded_minor + p.amount_minor
        FROM part p WHERE t.id = p.tender_id),
    parts AS (
        INSERT INTO refund_tenders (id, refund_id, tender_id, member_id, amount_minor, state,
            channel, out_trade_no, out_refund_no)
        SELECT p.id, CAST(:id AS uuid), p.tender_id, CAST(:member_id AS uuid), p.amount_minor,
            'waiting', p.channel, p.out_trade_no, p.out_refund_no
        FROM part p),
    cells AS (
        INSERT INTO refund_cells (refund_id, position, tender_id, member_id, line_id, first_index,
            quantity, amount_minor)
        SELECT CAST(:id AS uuid), c.position, c.tender_id, CAST(:member_id AS uuid), c.line_id,
            c.first_index, c.quantity, c.amount_minor
        FROM unnest(
            CAST(:cell_tenders AS uuid[]), CAST(:cell_lines AS uuid[]),
            CAST(:cell_firsts AS integer[]), CAST(:cell_quantities AS integer[]),
            CAST(:cell_amounts AS bigint[])
        ) WITH ORDINALITY AS c(tender_id, line_id, first_index, quantity, amount_minor, position)),
    gifts AS (
        INSERT INTO refund_gifts (refund_id, line_id, member_id, amount_minor)
        SELECT CAST(:id AS uuid), g.line_id, CAST(:member_id AS uuid), g.amount_minor
        FROM unnest(CAST(:gift_lines AS uuid[]), CAST(:gift_amounts AS bigint[]))
            AS g(line_id, amount_minor))
    INSERT INTO refund_units (line_id, unit_index, refund_id, member_id)
    SELECT u.line_id, i, CAST(:id AS uuid), CAST(:member_id AS uuid)
    FROM unnest(CAST(:unit_lines AS uuid[]), CAST(:unit_firsts AS integer[]),
                CAST(:unit_quantities AS integer[])) AS u(line_id, first_index, quantity),
        generate_series(u.first_index, u.first_index + u.quantity - 1) AS i
""")

# Ours goes back at once; a gateway's part is due to be ordered. What no gateway took needs people.
# A part that is withheld altogether is done: nothing of it goes anywhere.
_DECIDE = text("""
    WITH refund AS (
        UPDATE refunds SET state = CAST(:state AS text), decided_at = now(), version = version + 1,
            updated_at = now(), settled_by = :settled_by, points_clawed = :points_clawed,
            points_owed = :points_owed, points_withheld = :points_withheld,
            postage_kept_minor = :postage_kept_minor,
            succeeded_at = CASE CAST(:state AS text) WHEN 'succeeded' THEN now() END
        WHERE id = CAST(:id AS uuid) AND state = 'waiting'),
    part AS (
        SELECT * FROM unnest(CAST(:tender_ids AS uuid[]), CAST(:points AS integer[]),
            CAST(:cards AS uuid[]), CAST(:withheld AS bigint[]))
            AS p(tender_id, points, gift_card_id, withheld_minor)),
    parts AS (
        UPDATE refund_tenders t SET points = p.points, gift_card_id = p.gift_card_id,
            points_withheld_minor = p.withheld_minor,
            state = CASE WHEN t.out_refund_no IS NULL OR p.withheld_minor = t.amount_minor
                    THEN 'succeeded'
                WHEN t.out_trade_no IS NULL THEN 'failed' ELSE 'pending' END,
            next_query_at = CASE WHEN t.out_refund_no IS NOT NULL
                AND t.out_trade_no IS NOT NULL AND p.withheld_minor < t.amount_minor
                THEN now() END,
            failed_at = CASE WHEN t.out_refund_no IS NOT NULL
                AND t.out_trade_no IS NULL AND p.withheld_minor < t.amount_minor THEN now() END
        FROM part p
        WHERE t.refund_id = CAST(:id AS uuid) AND t.tender_id = p.tender_id)
    UPDATE payment_plans SET state = :plan_state, version = version + 1, updated_at = now()
    WHERE id = CAST(:plan_id AS uuid)
""")

# Nothing of it went back, so what it kept from others is free again.
_CLOSE = text("""
    WITH refund AS (
        UPDATE refunds SET state = CAST(:state AS text), settled_by = :settled_by,
            settled_reason = :settled_reason, version = version + 1, updated_at = now()
        WHERE id = :id AND state = 'waiting' RETURNING id),
    parts AS (
        UPDATE refund_tenders t SET state = CAST(:state AS text) FROM refund r
        WHERE t.refund_id = r.id RETURNING t.tender_id, t.amount_minor),
    tendered AS (
        UPDATE tenders t SET refunded_minor = t.refunded_minor - p.amount_minor
        FROM parts p WHERE t.id = p.tender_id),
    units AS (DELETE FROM refund_units u USING refund r WHERE u.refund_id = r.id)
    SELECT count(*) FROM refund
""")

# What waited may have been all that kept a plan from being refunded.
_SETTLE_PLAN = text("""
    UPDATE payment_plans p SET state = 'refunded', version = version + 1, updated_at = now()
    WHERE p.id = :plan_id AND p.state = 'partly_refunded'
      AND NOT EXISTS (SELECT FROM tenders t
          WHERE t.plan_id = p.id AND t.refunded_minor < t.amount_minor)
      AND NOT EXISTS (SELECT FROM refunds r
          WHERE r.plan_id = p.id AND r.state IN ('pending', 'waiting'))
    RETURNING p.id
""")

_READ = """
    SELECT r.id, r.number, r.order_id, r.plan_id, r.member_id, r.currency, r.amount_minor, r.state,
        r.kind, r.reason_code, r.reason, r.shipping_minor, r.withheld_minor, r.postage_given_minor,
        r.postage_kept_minor, r.request, r.actor,
        r.created_at, r.decided_at, r.succeeded_at, r.settled_by, r.settled_reason, r.points_clawed,
        r.points_owed, r.points_withheld, r.version,
        coalesce((SELECT jsonb_agg(jsonb_build_object(
            'id', t.id, 'tender_id', t.tender_id, 'kind', x.kind, 'amount_minor', t.amount_minor,
            'points_withheld_minor', t.points_withheld_minor, 'points', t.points,
            'state', t.state, 'channel', t.channel,
            'out_refund_no', t.out_refund_no, 'gift_card_id', t.gift_card_id,
            'fallback', t.fallback, 'fallback_asked', (SELECT jsonb_build_object(
                'kind', w.kind, 'reference', w.reference, 'consent', w.consent,
                'asked_by', w.asked_by, 'asked_at', w.asked_at)
                FROM refund_fallbacks w WHERE w.part_id = t.id AND w.approved_by IS NULL))
            ORDER BY x.position)
            FROM refund_tenders t JOIN tenders x ON x.id = t.tender_id
            WHERE t.refund_id = r.id), '[]') AS parts,
        coalesce((SELECT jsonb_agg(jsonb_build_object(
            'line_id', u.line_id, 'first_index', u.first_index, 'quantity', u.quantity)
            ORDER BY u.line_id, u.first_index)
            FROM (SELECT line_id, min(unit_index) AS first_index, count(*) AS quantity
                  FROM (SELECT line_id, unit_index, unit_index - row_number() OVER (
                            PARTITION BY line_id ORDER BY unit_index) AS island
                        FROM refund_units WHERE refund_id = r.id) numbered
                  GROUP BY line_id, island) u), '[]') AS units
    FROM refunds r WHERE {which}
"""
_SHAPE = {"parts": JSONB, "units": JSONB}
_BY_NUMBER = text(_READ.format(which="r.number = :number")).columns(**_SHAPE)
_BY_ID = text(_READ.format(which="r.id = :id")).columns(**_SHAPE)
_OF_ORDER = text(_READ.format(which="r.order_id = :order_id ORDER BY r.id")).columns(**_SHAPE)

_OF_PART = text(
    _READ.format(which="r.id = (SELECT refund_id FROM refund_tenders WHERE id = :part_id)")
).columns(**_SHAPE)
_WAITING = _READ.format(
    which=f"r.state = 'waiting' AND {before('r.id')} ORDER BY r.id DESC LIMIT {{limit}}"
)

_PARTS = ("id", "tender_id", "amount_minor", "channel", "out_trade_no", "out_refund_no")
_PART_NAMES = ("ids", "tender_ids", "amounts", "channels", "out_trade_nos", "out_refund_nos")
_CELL_NAMES = ("cell_tenders", "cell_lines", "cell_firsts", "cell_quantities", "cell_amounts")
_UNIT_NAMES = ("unit_lines", "unit_firsts", "unit_quantities")
_GIFT_NAMES = ("gift_lines", "gift_amounts")


class RefundRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def insert(
        self,
        refund: Mapping[str, Any],
        parts: Sequence[Mapping[str, Any]],
        cells: Sequence[tuple[UUID, UUID | None, int, int, int]],
        units: Sequence[tuple[UUID | None, int, int]],
        gifts: Sequence[tuple[UUID, int]] = (),
    ) -> None:
        """A refund that waits. `cells` are (tender, line, first, quantity, amount of one).

        `gifts` are (line, what is kept for it).
        """
        arrays = {
            name: [part[key] for part in parts]
            for name, key in zip(_PART_NAMES, _PARTS, strict=True)
        }
        for names, rows in ((_CELL_NAMES, cells), (_UNIT_NAMES, units), (_GIFT_NAMES, gifts)):
            arrays |= {name: [row[place] for row in rows] for place, name in enumerate(names)}
        await self._session.execute(_INSERT, {**refund, **arrays})

    async def decide(
        self,
        refund: Mapping[str, Any],
        parts: Sequence[tuple[UUID, int | None, UUID | None, int]],
    ) -> None:
        """A waiting refund is decided.

        `parts` are (tender, points, gift card it goes to, withheld in minor units).
        """
        await self._session.execute(
            _DECIDE,
            {
                **refund,
                "tender_ids": [each[0] for each in parts],
                "points": [each[1] for each in parts],
                "cards": [each[2] for each in parts],
                "withheld": [each[3] for each in parts],
            },
        )

    async def close(self, refund_id: UUID, state: str, *, actor: str | None, reason: str) -> bool:
        """Give up a refund that waits; False when it does not."""
        values = {
            "id": refund_id,
            "state": state,
            "settled_by": actor,
            "settled_reason": reason,
        }
        return bool(await self._session.scalar(_CLOSE, values))

    async def settle_plan(self, plan_id: UUID) -> bool:
        """Whether a plan of which nothing is left is refunded from now on."""
        return (await self._session.execute(_SETTLE_PLAN, {"plan_id": plan_id})).first() is not None

    async def by_number(self, number: str) -> RowMapping | None:
        return (await self._session.execute(_BY_NUMBER, {"number": number})).mappings().first()

    async def by_id(self, refund_id: UUID) -> RowMapping | None:
        return (await self._session.execute(_BY_ID, {"id": refund_id})).mappings().first()

    async def of_part(self, part_id: UUID) -> RowMapping | None:
        found = await self._session.execute(_OF_PART, {"part_id": part_id})
        return found.mappings().first()

    async def waiting(self, *, after: UUID | None, limit: int) -> list[RowMapping]:
        query = text(_WAITING.format(limit=limit)).columns(**_SHAPE)
        return list((await self._session.execute(query, {"after": after})).mappings())

    async def of_order(self, order_id: UUID) -> list[RowMapping]:
        found = await self._session.execute(_OF_ORDER, {"order_id": order_id})
        return list(found.mappings())
