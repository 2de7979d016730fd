"""Let prices hold changes to come, and keep the plans they come from.

Revision ID: 0031_price_schedules
Revises: 0030_exchange_offers
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031_price_schedules"
down_revision = "0030_exchange_offers"
branch_labels = None
depends_on = None

PRICE_AT = """
    CREATE FUNCTION price_at(price bigint, ats timestamptz[], amounts bigint[], at timestamptz)
        RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT CASE WHEN ats IS NULL OR at < ats[1] THEN price
            ELSE amounts[width_bucket(at, ats)] END
    $$
"""

PRICE_PERIODS = """
    CREATE FUNCTION price_periods(price bigint, ats timestamptz[], amounts bigint[])
        RETURNS TABLE (starts_at timestamptz, ends_at timestamptz, minor bigint)
        LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT c.at, c.ends, c.amount FROM (
            SELECT at, amount, lead(at, 1, 'infinity') OVER (ORDER BY at) AS ends
            FROM unnest(
                array_prepend('-infinity', ats), array_prepend(price, amounts)
            ) AS u (at, amount)) c
        WHERE c.amount IS NOT NULL
    $$
"""

REFRESH_SPU_PRICES = """
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
        INSERT INTO spu_prices
            (spu_id, channel_id, valid_from, valid_to, min_minor, max_minor, digest, has_quotas)
        WITH offers AS MATERIALIZED (
            SELECT k.spu_id, c.id AS channel_id, k.id AS sku_id, p.price_minor, l.kind,
                row_number() OVER (
                    PARTITION BY c.id, k.id, l.kind ORDER BY l.channel_id IS NULL, l.id
                ) AS rank,
                {window},
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
                AND (l.channel_id IS NULL OR l.channel_id = c.id)
            LEFT JOIN LATERAL (
                SELECT floor_minor FROM price_floors
                WHERE sku_id = k.id AND currency = c.currency OFFSET 0
            ) f ON true
            {open}
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
    CREATE OR REPLACE FUNCTION refresh_price_spans(ids uuid[]) RETURNS void LANGUAGE plpgsql
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
                {window}
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
                AND (l.channel_id IS NULL OR l.channel_id = c.id)
            {open_at}
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

PRICES_CHANGED = """
    CREATE OR REPLACE FUNCTION prices_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        ids uuid[];
    BEGIN
        -- Units sold of a flash price change with every order and concern nobody here.
        IF TG_OP = 'INSERT' THEN
            SELECT array_agg(DISTINCT k.spu_id) INTO ids
            FROM added a JOIN skus k ON k.id = a.sku_id
            JOIN price_lists l ON l.id = a.price_list_id AND true
            WHERE a.min_quantity = 1;
        ELSIF TG_OP = 'DELETE' THEN
            SELECT array_agg(DISTINCT k.spu_id) INTO ids
            FROM removed r JOIN skus k ON k.id = r.sku_id
            JOIN price_lists l ON l.id = r.price_list_id AND true
            WHERE r.min_quantity = 1;
        ELSE
            SELECT array_agg(DISTINCT k.spu_id) INTO ids
            FROM (
                SELECT sku_id, price_list_id, min_quantity, {what}, quota IS NULL AS is_endless, per_member FROM added EXCEPT SELECT sku_id, price_list_id, min_quantity, {what}, quota IS NULL AS is_endless, per_member FROM removed
            ) a JOIN skus k ON k.id = a.sku_id;
        END IF;
        PERFORM refresh_spu_prices(ids);
        RETURN NULL;
    END $$
"""

SPANS_OF_PRICES = """
    CREATE OR REPLACE FUNCTION price_spans_of_prices() RETURNS trigger LANGUAGE plpgsql AS $$
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
                SELECT sku_id, price_list_id, min_quantity, {what} FROM added
                EXCEPT SELECT sku_id, price_list_id, min_quantity, {what} FROM removed
            ) a WHERE min_quantity = 1;
        END IF;
        PERFORM refresh_price_spans(ids);
        RETURN NULL;
    END $$
"""

# A price that changes is an offer for each of its periods, cut to the window of its list.
WITH_CHANGES = {
    "prices": """SELECT r.price_list_id, t.minor AS price_minor, t.starts_at, t.ends_at,
                    r.quota, r.per_member
                FROM prices r CROSS JOIN LATERAL
                    price_periods(r.price_minor, r.change_ats, r.change_minors) t
                WHERE r.sku_id = k.id AND r.min_quantity = 1""",
    "window": """greatest(l.starts_at, p.starts_at) AS starts_at,
                least(l.ends_at, p.ends_at) AS ends_at""",
    "open": "WHERE greatest(l.starts_at, p.starts_at, now()) < least(l.ends_at, p.ends_at)",
    "open_at": "WHERE greatest(l.starts_at, p.starts_at, at) < least(l.ends_at, p.ends_at)",
}
WITHOUT = {
    "prices": """SELECT price_list_id, price_minor, quota, per_member FROM prices
                WHERE sku_id = k.id AND min_quantity = 1""",
    "window": """coalesce(l.starts_at, '-infinity') AS starts_at,
                coalesce(l.ends_at, 'infinity') AS ends_at""",
    "open": "",
    "open_at": "",
}

PAIRED = (
    "CASE WHEN change_ats IS NULL THEN change_minors IS NULL ELSE"
    " cardinality(change_ats) > 0 AND cardinality(change_ats) ="
    " coalesce(cardinality(change_minors), 0) END"
)
CHECKS = {
    "ck_prices_changes_paired": PAIRED,
    "ck_prices_price_now_or_later": "price_minor IS NOT NULL OR change_ats IS NOT NULL",
}


def upgrade() -> None:
    op.add_column(
        "prices",
        sa.Column("change_ats", postgresql.ARRAY(sa.DateTime(timezone=True)), nullable=True),
    )
    op.add_column("prices", sa.Column("change_minors", postgresql.ARRAY(sa.BigInteger())))
    op.alter_column("prices", "price_minor", nullable=True)
    # Checked against what is there in a step that lets others write.
    for name, rule in CHECKS.items():
        op.execute(f"ALTER TABLE prices ADD CONSTRAINT {name} CHECK ({rule}) NOT VALID")
    for name in CHECKS:
        op.execute(f"ALTER TABLE prices VALIDATE CONSTRAINT {name}")
    op.create_index(
        "ix_prices_changing",
        "prices",
        ["price_list_id"],
        postgresql_where=sa.text("change_ats IS NOT NULL"),
    )
    op.add_column("price_changes", sa.Column("reason", sa.String(length=500), nullable=True))
    op.add_column("price_changes", sa.Column("schedule_id", sa.Uuid(), nullable=True))
    _create_schedules()
    op.execute(PRICE_AT)
    op.execute(PRICE_PERIODS)
    _replace_functions(WITH_CHANGES, "price_minor, change_ats, change_minors")


def downgrade() -> None:
    # Plans are given up: what holds now holds on.
    op.execute(
        "DELETE FROM prices WHERE price_at(price_minor, change_ats, change_minors, now()) IS NULL"
    )
    op.execute(
        "UPDATE prices SET price_minor = price_at(price_minor, change_ats, change_minors, now()),"
        " change_ats = NULL, change_minors = NULL WHERE change_ats IS NOT NULL"
    )
    _replace_functions(WITHOUT, "price_minor")
    op.execute("DROP FUNCTION price_periods")
    op.execute("DROP FUNCTION price_at")
    op.drop_table("price_schedule_rows")
    op.drop_table("price_schedules")
    op.drop_column("price_changes", "schedule_id")
    op.drop_column("price_changes", "reason")
    op.drop_index("ix_prices_changing", "prices")
    for name in CHECKS:
        op.drop_constraint(name, "prices")
    op.alter_column("prices", "price_minor", nullable=False)
    op.drop_column("prices", "change_minors")
    op.drop_column("prices", "change_ats")


def _replace_functions(parts: dict[str, str], what: str) -> None:
    for function in (REFRESH_SPU_PRICES, REFRESH_PRICE_SPANS):
        op.execute(function.format(**parts))
    for function in (PRICES_CHANGED, SPANS_OF_PRICES):
        op.execute(function.format(what=what))


def _create_schedules() -> None:
    op.create_table(
        "price_schedules",
        sa.Column("price_list_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "scheduled",
                "applied",
                "cancelled",
                name="schedulestate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("takes_effect_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("largest_drop_bps", sa.Integer(), nullable=False),
        sa.Column("needs_approval", sa.Boolean(), nullable=False),
        sa.Column("drafted_by", sa.String(length=128), nullable=False),
        sa.Column("approved_by", sa.String(length=128), nullable=True),
        sa.Column("cancelled_by", sa.String(length=128), nullable=True),
        sa.Column("cancel_reason", sa.String(length=500), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        *(
            sa.CheckConstraint(f"{name} >= 0", name=op.f(f"ck_price_schedules_{name}_not_negative"))
            for name in ("row_count", "largest_drop_bps")
        ),
        sa.CheckConstraint(
            "state NOT IN ('scheduled', 'applied') OR takes_effect_at IS NOT NULL",
            name=op.f("ck_price_schedules_scheduled_for_an_instant"),
        ),
        sa.ForeignKeyConstraint(
            ["price_list_id"], ["price_lists.id"], name=op.f("fk_price_schedules_price_list_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_schedules")),
    )
    op.create_index(
        "ix_price_schedules_price_list_id", "price_schedules", ["price_list_id", "takes_effect_at"]
    )
    op.create_table(
        "price_schedule_rows",
        sa.Column("schedule_id", sa.Uuid(), nullable=False),
        sa.Column("sku_id", sa.Uuid(), nullable=False),
        sa.Column("min_quantity", sa.Integer(), nullable=False),
        sa.Column("old_minor", sa.BigInteger(), nullable=True),
        sa.Column("new_minor", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "new_minor >= 0", name=op.f("ck_price_schedule_rows_new_minor_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["schedule_id"],
            ["price_schedules.id"],
            name=op.f("fk_price_schedule_rows_schedule_id"),
        ),
        sa.ForeignKeyConstraint(
            ["sku_id"], ["skus.id"], name=op.f("fk_price_schedule_rows_sku_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(
            "schedule_id", "sku_id", "min_quantity", name=op.f("pk_price_schedule_rows")
        ),
    )
    op.create_index(
        op.f("ix_price_schedule_rows_sku_id"), "price_schedule_rows", ["sku_id"], unique=False
    )
