"""Work out the prices of all goods for one channel, when only one is concerned.

A channel that opened had the prices of every other channel worked out again, and prices without
changes to come were laid out in periods like those with. In a shop of 92 000 products that took
longer than a statement may.

Revision ID: 0051_prices_of_one_channel
Revises: 0050_periods
"""

from alembic import op

revision = "0051_prices_of_one_channel"
down_revision = "0050_periods"
branch_labels = None
depends_on = None

REFRESH_SPU_PRICES = """
    CREATE FUNCTION refresh_spu_prices({arguments}) RETURNS void LANGUAGE plpgsql
        -- A plan made for one product, or before there were any, must not be kept for thousands; nor
        -- may a wrong guess of how many offers there are compare each with each.
        SET plan_cache_mode = force_custom_plan SET enable_nestloop = off{settings} AS $$
    BEGIN
        IF ids IS NULL THEN
            RETURN;
        END IF;
        -- Writers of one product queue here, so that the last sees what the others committed.
        PERFORM FROM spus WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE;
        DELETE FROM spu_prices WHERE spu_id = ANY (ids){of_channel};
        INSERT INTO spu_prices
            (spu_id, channel_id, valid_from, valid_to, min_minor, max_minor, digest, has_quotas)
        WITH offers AS MATERIALIZED (
            SELECT k.spu_id, c.id AS channel_id, k.id AS sku_id, p.price_minor, l.kind,
                row_number() OVER (
                    PARTITION BY c.id, k.id, l.kind ORDER BY l.channel_id IS NULL, l.id
                ) AS rank,
                greatest(l.starts_at, p.starts_at) AS starts_at,
                least(l.ends_at, p.ends_at) AS ends_at,
                p.quota IS NOT NULL AS has_quota,
                concat_ws(' ', k.id, l.id, p.price_minor, p.quota IS NOT NULL,
                    coalesce(p.per_member, 0), l.kind, l.blocks_promotions,
                    coalesce(l.tier, '-'), coalesce(l.channel_id::text, '-'),
                    coalesce(f.floor_minor, -1),
                    coalesce(CASE WHEN k.cost_currency = c.currency THEN k.cost_minor END, -1),
                    extract(epoch FROM l.ends_at)) AS terms
            FROM unnest(ids) AS wanted (spu_id)
            -- OFFSET makes each a look-up by its key, never a reading of the whole table.
            CROSS JOIN LATERAL (
                SELECT id, spu_id, cost_minor, cost_currency FROM skus
                WHERE spu_id = wanted.spu_id AND status = 'active' OFFSET 0
            ) k
            CROSS JOIN LATERAL (
                {prices} OFFSET 0
            ) p
            JOIN price_lists l ON l.id = p.price_list_id AND l.is_active
                AND coalesce(l.ends_at > now(), true)
            JOIN channels c ON c.currency = l.currency
                AND (l.channel_id IS NULL OR l.channel_id = c.id){channel}
            LEFT JOIN LATERAL (
                SELECT floor_minor FROM price_floors
                WHERE sku_id = k.id AND currency = c.currency OFFSET 0
            ) f ON true
            WHERE greatest(l.starts_at, p.starts_at, now()) < least(l.ends_at, p.ends_at)
        ), edges AS (
            SELECT spu_id, channel_id, starts_at AS at FROM offers
            UNION SELECT spu_id, channel_id, ends_at FROM offers
        ), spans AS (
            SELECT spu_id, channel_id, at AS valid_from,
                lead(at) OVER (PARTITION BY spu_id, channel_id ORDER BY at) AS valid_to
            FROM edges
        ), lowest AS (
            -- One list is the list price: the channel's own, then the oldest. Without it
            -- a SKU is not for sale; prices of the channel compete with it. What else is offered
            -- to some, or while there is any left, is told by the digest.
            SELECT s.spu_id, s.channel_id, s.valid_from, s.valid_to, least(
                (array_agg(o.price_minor ORDER BY o.rank) FILTER (WHERE o.kind = 'list'))[1],
                min(o.price_minor) FILTER (WHERE o.kind = 'channel')
            ) AS minor,
            string_agg(o.terms, ',' ORDER BY o.terms) AS terms, bool_or(o.has_quota) AS has_quotas
            FROM spans s
            JOIN offers o ON o.spu_id = s.spu_id AND o.channel_id = s.channel_id
                AND o.starts_at <= s.valid_from AND o.ends_at >= s.valid_to
            WHERE s.valid_to > now()
            GROUP BY s.spu_id, s.channel_id, s.valid_from, s.valid_to, o.sku_id
            HAVING count(*) FILTER (WHERE o.kind = 'list') > 0
        ), ranges AS (
            SELECT spu_id, channel_id, valid_from, valid_to, min(minor) AS min_minor,
                max(minor) AS max_minor, string_agg(terms, ';' ORDER BY terms) AS terms,
                bool_or(has_quotas) AS has_quotas
            FROM lowest GROUP BY spu_id, channel_id, valid_from, valid_to
        )
        SELECT r.spu_id, r.channel_id, r.valid_from, r.valid_to, r.min_minor, r.max_minor,
            CAST(md5(concat_ws(' ', r.terms, s.category_id, s.tax_class, s.brand_id)) AS uuid),
            r.has_quotas
        FROM ranges r CROSS JOIN LATERAL (
            SELECT category_id, brand_id, tax_class FROM spus WHERE id = r.spu_id OFFSET 0
        ) s;
    END $$
"""

REFRESH_PRICE_SPANS = """
    CREATE FUNCTION refresh_price_spans({arguments}) RETURNS void LANGUAGE plpgsql
        -- As with refresh_spu_prices: a plan for one SKU must not be kept for thousands.
        SET plan_cache_mode = force_custom_plan SET enable_nestloop = off{settings} AS $$
    DECLARE
        at timestamptz;
    BEGIN
        IF ids IS NULL THEN
            RETURN;
        END IF;
        -- Writers of one product queue here, so that the last sees what the others committed.
        PERFORM FROM spus WHERE id IN (SELECT spu_id FROM skus WHERE id = ANY (ids))
            ORDER BY id FOR NO KEY UPDATE;
        -- A transaction that began before another committed must not rewrite what that one noted.
        SELECT greatest(now(), max(valid_from)) INTO at FROM price_spans
            WHERE sku_id = ANY (ids) AND valid_from <= clock_timestamp(){of_channel};
        DELETE FROM price_spans WHERE sku_id = ANY (ids) AND valid_from >= at{of_channel};
        WITH offers AS MATERIALIZED (
            SELECT c.id AS channel_id, k.id AS sku_id, p.price_minor, l.kind,
                row_number() OVER (
                    PARTITION BY c.id, k.id, l.kind ORDER BY l.channel_id IS NULL, l.id
                ) AS rank,
                greatest(l.starts_at, p.starts_at) AS starts_at,
                least(l.ends_at, p.ends_at) AS ends_at
            FROM unnest(ids) AS wanted (sku_id)
            -- OFFSET makes each a look-up by its key, never a reading of the whole table.
            CROSS JOIN LATERAL (
                SELECT id FROM skus WHERE id = wanted.sku_id AND status = 'active' OFFSET 0
            ) k
            CROSS JOIN LATERAL (
                {prices} OFFSET 0
            ) p
            JOIN price_lists l ON l.id = p.price_list_id AND l.is_active
                AND l.kind IN ('list', 'channel', 'flash') AND coalesce(l.ends_at > at, true)
            JOIN channels c ON c.currency = l.currency
                AND (l.channel_id IS NULL OR l.channel_id = c.id){channel}
            WHERE greatest(l.starts_at, p.starts_at, at) < least(l.ends_at, p.ends_at)
        ), edges AS (
            SELECT sku_id, channel_id, greatest(starts_at, at) AS edge FROM offers
            UNION SELECT sku_id, channel_id, ends_at FROM offers
        ), cut AS (
            SELECT sku_id, channel_id, edge AS valid_from,
                lead(edge) OVER (PARTITION BY sku_id, channel_id ORDER BY edge) AS valid_to
            FROM edges
        ), lowest AS (
            -- The list price is that of one list: the channel's own, then the oldest. Without it a
            -- SKU is not for sale; the others compete with it.
            SELECT s.sku_id, s.channel_id, s.valid_from, s.valid_to, least(
                (array_agg(o.price_minor ORDER BY o.rank) FILTER (WHERE o.kind = 'list'))[1],
                min(o.price_minor) FILTER (WHERE o.kind <> 'list')
            ) AS minor
            FROM cut s
            JOIN offers o ON o.sku_id = s.sku_id AND o.channel_id = s.channel_id
                AND o.starts_at <= s.valid_from AND o.ends_at >= s.valid_to
            WHERE s.valid_to IS NOT NULL
            GROUP BY s.sku_id, s.channel_id, s.valid_from, s.valid_to
            HAVING count(*) FILTER (WHERE o.kind = 'list') > 0
        ), marked AS (
            SELECT *, sum(is_new::int) OVER (PARTITION BY sku_id, channel_id ORDER BY valid_from)
                AS island
            FROM (
                SELECT *, (lag(minor) OVER w, lag(valid_to) OVER w)
                    IS DISTINCT FROM (minor, valid_from) AS is_new
                FROM lowest WINDOW w AS (PARTITION BY sku_id, channel_id ORDER BY valid_from)
            ) compared
        ), fresh AS MATERIALIZED (
            SELECT sku_id, channel_id, min(valid_from) AS valid_from, max(valid_to) AS valid_to,
                min(minor) AS minor
            FROM marked GROUP BY sku_id, channel_id, island
        ), present AS MATERIALIZED (
            SELECT s.sku_id, s.channel_id, s.valid_from, s.valid_to AS was_to,
                f.sku_id IS NOT NULL AS goes_on, coalesce(f.valid_to, at) AS valid_to
            FROM price_spans s
            LEFT JOIN fresh f ON f.sku_id = s.sku_id AND f.channel_id = s.channel_id
                AND f.valid_from = at AND f.minor = s.price_minor
            WHERE s.sku_id = ANY (ids) AND s.valid_to > at{of_span}
        ), kept AS (
            UPDATE price_spans s SET valid_to = p.valid_to FROM present p
            WHERE s.sku_id = p.sku_id AND s.channel_id = p.channel_id
                AND s.valid_from = p.valid_from AND p.was_to <> p.valid_to
        )
        INSERT INTO price_spans (sku_id, channel_id, valid_from, valid_to, price_minor)
        SELECT sku_id, channel_id, valid_from, valid_to, minor FROM fresh f
        WHERE f.valid_from > at OR NOT EXISTS (
            SELECT FROM present p
            WHERE p.sku_id = f.sku_id AND p.channel_id = f.channel_id AND p.goes_on);
    END $$
"""

CHANNELS_CHANGED = """
    CREATE OR REPLACE FUNCTION channels_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM refresh_spu_prices(array_agg(DISTINCT k.spu_id){new_channel})
        FROM price_lists l JOIN prices p ON p.price_list_id = l.id
        JOIN skus k ON k.id = p.sku_id
        WHERE l.is_active AND l.kind IN ('list', 'channel')
            AND (l.channel_id IS NULL OR l.channel_id = NEW.id)
            AND l.currency IN (NEW.currency, OLD.currency);
        RETURN NULL;
    END $$
"""

SPANS_OF_CHANNELS = """
    CREATE OR REPLACE FUNCTION price_spans_of_channels() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM refresh_price_spans(array_agg(DISTINCT p.sku_id){new_channel})
        FROM price_lists l JOIN prices p ON p.price_list_id = l.id
        WHERE l.is_active AND l.kind IN ('list', 'channel', 'flash')
            AND (l.channel_id IS NULL OR l.channel_id = NEW.id)
            AND l.currency IN (NEW.currency, OLD.currency);
        RETURN NULL;
    END $$
"""

LISTS_CHANGED = """
    CREATE OR REPLACE FUNCTION price_lists_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM refresh_spu_prices(array_agg(DISTINCT k.spu_id){list_channel})
        FROM prices p JOIN skus k ON k.id = p.sku_id WHERE p.price_list_id = NEW.id;
        RETURN NULL;
    END $$
"""

SPANS_OF_LISTS = """
    CREATE OR REPLACE FUNCTION price_spans_of_lists() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM refresh_price_spans(array_agg(DISTINCT sku_id){list_channel})
        FROM prices WHERE price_list_id = NEW.id AND min_quantity = 1;
        RETURN NULL;
    END $$
"""

PERIODS = """SELECT r.price_list_id, t.minor AS price_minor, t.starts_at, t.ends_at,
                    r.quota, r.per_member
                FROM prices r CROSS JOIN LATERAL
                    price_periods(r.price_minor, r.change_ats, r.change_minors) t
                WHERE r.sku_id = k.id AND r.min_quantity = 1"""

# Laying out periods costs more than all else that is done for a price, and few prices have any.
WITH = {
    "arguments": "ids uuid[], one_channel uuid DEFAULT NULL",
    "of_channel": " AND (one_channel IS NULL OR channel_id = one_channel)",
    "of_span": " AND (one_channel IS NULL OR s.channel_id = one_channel)",
    "channel": "\n                AND (one_channel IS NULL OR c.id = one_channel)",
    "settings": " SET enable_seqscan = on SET work_mem = '64MB'",
    "prices": f"""{PERIODS} AND r.change_ats IS NOT NULL
                UNION ALL
                SELECT price_list_id, price_minor, '-infinity', 'infinity', quota, per_member
                FROM prices
                WHERE sku_id = k.id AND min_quantity = 1 AND change_ats IS NULL""",
    "new_channel": ", NEW.id",
    # A list that stays on its channel concerns no other.
    "list_channel": """,
            CASE WHEN OLD.channel_id = NEW.channel_id THEN NEW.channel_id END""",
}
WITHOUT = dict.fromkeys(WITH, "") | {"arguments": "ids uuid[]", "prices": PERIODS}


def upgrade() -> None:
    _replace(WITH, old="uuid[]")


def downgrade() -> None:
    _replace(WITHOUT, old="uuid[], uuid")


def _replace(parts: dict[str, str], *, old: str) -> None:
    for name in ("refresh_spu_prices", "refresh_price_spans"):
        op.execute(f"DROP FUNCTION {name}({old})")
    for function in (
        REFRESH_SPU_PRICES,
        REFRESH_PRICE_SPANS,
        CHANNELS_CHANGED,
        SPANS_OF_CHANNELS,
        LISTS_CHANGED,
        SPANS_OF_LISTS,
    ):
        op.execute(function.format(**parts))
