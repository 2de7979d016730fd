"""Refresh the prices of many products as one set.

Revision ID: 0013_spu_prices
Revises: 0012_payments
"""

from alembic import op

revision = "0013_spu_prices"
down_revision = "0012_payments"
branch_labels = None
depends_on = None

AS_ONE_SET = """
    CREATE OR REPLACE FUNCTION refresh_spu_prices(ids uuid[]) RETURNS void LANGUAGE plpgsql
        -- A plan made for one product, or before there were any, must not be kept for thousands; nor
        -- may a wrong guess of how many offers there are compare each with each.
        SET plan_cache_mode = force_custom_plan SET enable_nestloop = off AS $$
    BEGIN
        IF ids IS NULL THEN
            RETURN;
        END IF;
        -- Writers of one product queue here, so that the last sees what the others committed.
        PERFORM FROM spus WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE;
        DELETE FROM spu_prices WHERE spu_id = ANY (ids);
        INSERT INTO spu_prices (spu_id, channel_id, valid_from, valid_to, min_minor, max_minor)
        WITH offers AS MATERIALIZED (
            SELECT k.spu_id, c.id AS channel_id, k.id AS sku_id, p.price_minor, l.kind,
                row_number() OVER (
                    PARTITION BY c.id, k.id, l.kind ORDER BY l.channel_id IS NULL, l.id
                ) AS rank,
                coalesce(l.starts_at, '-infinity') AS starts_at,
                coalesce(l.ends_at, 'infinity') AS ends_at
            FROM unnest(ids) AS wanted (spu_id)
            -- OFFSET makes each a look-up by its key, never a reading of the whole table.
            CROSS JOIN LATERAL (
                SELECT id, spu_id FROM skus
                WHERE spu_id = wanted.spu_id AND status = 'active' OFFSET 0
            ) k
            CROSS JOIN LATERAL (
                SELECT price_list_id, price_minor FROM prices
                WHERE sku_id = k.id AND min_quantity = 1 OFFSET 0
            ) p
            JOIN price_lists l ON l.id = p.price_list_id AND l.is_active
                AND l.kind IN ('list', 'channel') AND coalesce(l.ends_at > now(), true)
            JOIN channels c ON c.currency = l.currency
                AND (l.channel_id IS NULL OR l.channel_id = c.id)
        ), edges AS (
            SELECT spu_id, channel_id, starts_at AS at FROM offers
            UNION SELECT spu_id, channel_id, ends_at FROM offers
        ), spans AS (
            SELECT spu_id, channel_id, at AS valid_from,
                lead(at) OVER (PARTITION BY spu_id, channel_id ORDER BY at) AS valid_to
            FROM edges
        ), lowest AS (
            -- One list is the list price: the channel's own, then the oldest. Without it
            -- a SKU is not for sale; prices of the channel compete with it.
            SELECT s.spu_id, s.channel_id, s.valid_from, s.valid_to, least(
                (array_agg(o.price_minor ORDER BY o.rank) FILTER (WHERE o.kind = 'list'))[1],
                min(o.price_minor) FILTER (WHERE o.kind = 'channel')
            ) AS minor
            FROM spans s
            JOIN offers o ON o.spu_id = s.spu_id AND o.channel_id = s.channel_id
                AND o.starts_at <= s.valid_from AND o.ends_at >= s.valid_to
            WHERE s.valid_to > now()
            GROUP BY s.spu_id, s.channel_id, s.valid_from, s.valid_to, o.sku_id
            HAVING count(*) FILTER (WHERE o.kind = 'list') > 0
        )
        SELECT spu_id, channel_id, valid_from, valid_to, min(minor), max(minor)
        FROM lowest GROUP BY spu_id, channel_id, valid_from, valid_to;
    END $$
"""

PRODUCT_BY_PRODUCT = """
    CREATE OR REPLACE FUNCTION refresh_spu_prices(ids uuid[]) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
        IF ids IS NULL THEN
            RETURN;
        END IF;
        -- Writers of one product queue here, so that the last sees what the others committed.
        PERFORM FROM spus WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE;
        DELETE FROM spu_prices WHERE spu_id = ANY (ids);
        -- Product by product, so that the cost grows with their number whatever the plan.
        INSERT INTO spu_prices (spu_id, channel_id, valid_from, valid_to, min_minor, max_minor)
        SELECT wanted.spu_id, f.channel_id, f.valid_from, f.valid_to, f.min_minor, f.max_minor
        FROM unnest(ids) AS wanted (spu_id) CROSS JOIN LATERAL (
            WITH offers AS MATERIALIZED (
                SELECT c.id AS channel_id, k.id AS sku_id, p.price_minor, l.kind,
                    row_number() OVER (
                        PARTITION BY c.id, k.id, l.kind ORDER BY l.channel_id IS NULL, l.id
                    ) AS rank,
                    coalesce(l.starts_at, '-infinity') AS starts_at,
                    coalesce(l.ends_at, 'infinity') AS ends_at
                FROM skus k
                -- OFFSET keeps the planner from starting at a list and reading all of it.
                CROSS JOIN LATERAL (
                    SELECT price_list_id, price_minor FROM prices
                    WHERE sku_id = k.id AND min_quantity = 1 OFFSET 0
                ) p
                JOIN price_lists l ON l.id = p.price_list_id AND l.is_active
                    AND l.kind IN ('list', 'channel') AND coalesce(l.ends_at > now(), true)
                JOIN channels c ON c.currency = l.currency
                    AND (l.channel_id IS NULL OR l.channel_id = c.id)
                WHERE k.spu_id = wanted.spu_id AND k.status = 'active'
            ), edges AS (
                SELECT channel_id, starts_at AS at FROM offers
                UNION SELECT channel_id, ends_at FROM offers
            ), spans AS (
                SELECT channel_id, at AS valid_from,
                    lead(at) OVER (PARTITION BY channel_id ORDER BY at) AS valid_to
                FROM edges
            ), lowest AS (
                -- One list is the list price: the channel's own, then the oldest. Without it
                -- a SKU is not for sale; prices of the channel compete with it.
                SELECT s.channel_id, s.valid_from, s.valid_to, least(
                    (array_agg(o.price_minor ORDER BY o.rank) FILTER (WHERE o.kind = 'list'))[1],
                    min(o.price_minor) FILTER (WHERE o.kind = 'channel')
                ) AS minor
                FROM spans s
                JOIN offers o ON o.channel_id = s.channel_id
                    AND o.starts_at <= s.valid_from AND o.ends_at >= s.valid_to
                WHERE s.valid_to > now()
                GROUP BY s.channel_id, s.valid_from, s.valid_to, o.sku_id
                HAVING count(*) FILTER (WHERE o.kind = 'list') > 0
            )
            SELECT channel_id, valid_from, valid_to,
                min(minor) AS min_minor, max(minor) AS max_minor
            FROM lowest GROUP BY channel_id, valid_from, valid_to
        ) f;
    END $$
"""


def upgrade() -> None:
    op.execute(AS_ONE_SET)


def downgrade() -> None:
    # Replacing keeps nothing of what the newer one has SET.
    op.execute(PRODUCT_BY_PRODUCT)
