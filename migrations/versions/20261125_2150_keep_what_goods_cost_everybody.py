"""Keep what goods cost everybody, over time.

Revision ID: 0021_price_spans
Revises: 0020_promotion_templates
"""

import sqlalchemy as sa
from alembic import op

revision = "0021_price_spans"
down_revision = "0020_promotion_templates"
branch_labels = None
depends_on = None

REFRESH = """
    CREATE FUNCTION refresh_price_spans(ids uuid[]) RETURNS void LANGUAGE plpgsql
        -- As with refresh_spu_prices: a plan for one SKU must not be kept for thousands.
        SET plan_cache_mode = force_custom_plan SET enable_nestloop = off AS $$
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
            WHERE sku_id = ANY (ids) AND valid_from <= clock_timestamp();
        DELETE FROM price_spans WHERE sku_id = ANY (ids) AND valid_from >= at;
        WITH offers AS MATERIALIZED (
            SELECT c.id AS channel_id, k.id AS sku_id, p.price_minor, l.kind,
                row_number() OVER (
                    PARTITION BY c.id, k.id, l.kind ORDER BY l.channel_id IS NULL, l.id
                ) AS rank,
                coalesce(l.starts_at, '-infinity') AS starts_at,
                coalesce(l.ends_at, 'infinity') AS ends_at
            FROM unnest(ids) AS wanted (sku_id)
            -- OFFSET makes each a look-up by its key, never a reading of the whole table.
            CROSS JOIN LATERAL (
                SELECT id FROM skus WHERE id = wanted.sku_id AND status = 'active' OFFSET 0
            ) k
            CROSS JOIN LATERAL (
                SELECT price_list_id, price_minor FROM prices
                WHERE sku_id = k.id AND min_quantity = 1 OFFSET 0
            ) p
            JOIN price_lists l ON l.id = p.price_list_id AND l.is_active
                AND l.kind IN ('list', 'channel', 'flash') AND coalesce(l.ends_at > at, true)
            JOIN channels c ON c.currency = l.currency
                AND (l.channel_id IS NULL OR l.channel_id = c.id)
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
            WHERE s.sku_id = ANY (ids) AND s.valid_to > at
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

OF_PRICES = """
    CREATE FUNCTION price_spans_of_prices() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        ids uuid[];
    BEGIN
        -- Units sold of a flash price change with every order and concern nobody here.
        IF TG_OP = 'INSERT' THEN
            SELECT array_agg(DISTINCT a.sku_id) INTO ids FROM added a WHERE a.min_quantity = 1;
        ELSIF TG_OP = 'DELETE' THEN
            SELECT array_agg(DISTINCT r.sku_id) INTO ids FROM removed r WHERE r.min_quantity = 1;
        ELSE
            SELECT array_agg(DISTINCT sku_id) INTO ids FROM (
                SELECT sku_id, price_list_id, min_quantity, price_minor FROM added
                EXCEPT SELECT sku_id, price_list_id, min_quantity, price_minor FROM removed
            ) a WHERE min_quantity = 1;
        END IF;
        PERFORM refresh_price_spans(ids);
        RETURN NULL;
    END $$
"""

OF_SKUS = """
    CREATE FUNCTION price_spans_of_skus() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' THEN
            PERFORM refresh_price_spans(array_agg(id)) FROM removed;
        ELSE
            PERFORM refresh_price_spans(array_agg(DISTINCT id)) FROM (
                SELECT id, status FROM added EXCEPT SELECT id, status FROM removed) moved;
        END IF;
        RETURN NULL;
    END $$
"""

OF_LISTS = """
    CREATE FUNCTION price_spans_of_lists() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM refresh_price_spans(array_agg(DISTINCT sku_id))
        FROM prices WHERE price_list_id = NEW.id AND min_quantity = 1;
        RETURN NULL;
    END $$
"""

OF_CHANNELS = """
    CREATE FUNCTION price_spans_of_channels() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM refresh_price_spans(array_agg(DISTINCT p.sku_id))
        FROM price_lists l JOIN prices p ON p.price_list_id = l.id
        WHERE l.is_active AND l.kind IN ('list', 'channel', 'flash')
            AND (l.channel_id IS NULL OR l.channel_id = NEW.id);
        RETURN NULL;
    END $$
"""

FUNCTIONS = {
    "price_spans_of_prices": OF_PRICES,
    "price_spans_of_skus": OF_SKUS,
    "price_spans_of_lists": OF_LISTS,
    "price_spans_of_channels": OF_CHANNELS,
}

LIST_COLUMNS = ("kind", "currency", "channel_id", "starts_at", "ends_at", "is_active")


def upgrade() -> None:
    op.create_table(
        "price_spans",
        sa.Column("sku_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("valid_from < valid_to", name=op.f("ck_price_spans_span_forward")),
        sa.CheckConstraint(
            "price_minor >= 0", name=op.f("ck_price_spans_price_minor_not_negative")
        ),
        sa.PrimaryKeyConstraint("sku_id", "channel_id", "valid_from", name=op.f("pk_price_spans")),
    )
    op.execute(REFRESH)
    for function in FUNCTIONS.values():
        op.execute(function)
    for event, tables in {
        "INSERT": "NEW TABLE AS added",
        "UPDATE": "OLD TABLE AS removed NEW TABLE AS added",
        "DELETE": "OLD TABLE AS removed",
    }.items():
        for table in ("prices", "skus"):
            if (table, event) != ("skus", "INSERT"):
                op.execute(
                    f"CREATE TRIGGER {table}_spans_after_{event.lower()} AFTER {event} ON {table} "
                    f"REFERENCING {tables} FOR EACH STATEMENT "
                    f"EXECUTE FUNCTION price_spans_of_{table}()"
                )
    before, after = (", ".join(f"{row}.{name}" for name in LIST_COLUMNS) for row in ("OLD", "NEW"))
    op.execute(
        "CREATE TRIGGER price_lists_spans_after_update AFTER UPDATE ON price_lists FOR EACH ROW "
        f"WHEN (({before}) IS DISTINCT FROM ({after})) EXECUTE FUNCTION price_spans_of_lists()"
    )
    op.execute(
        "CREATE TRIGGER channels_spans_after_insert AFTER INSERT ON channels "
        "FOR EACH ROW EXECUTE FUNCTION price_spans_of_channels()"
    )
    op.execute(
        "CREATE TRIGGER channels_spans_after_update AFTER UPDATE ON channels FOR EACH ROW "
        "WHEN (OLD.currency <> NEW.currency) EXECUTE FUNCTION price_spans_of_channels()"
    )
    # What goods cost before this is not known: lists kept no record of their windows.
    op.execute("SELECT refresh_price_spans(array_agg(id)) FROM skus")


def downgrade() -> None:
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION {name} CASCADE")
    op.execute("DROP FUNCTION refresh_price_spans")
    op.drop_table("price_spans")
