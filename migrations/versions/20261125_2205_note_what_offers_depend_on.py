"""Note what offers depend on: a digest of the prices of each span, an epoch of the rules.

Revision ID: 0022_offer_digests
Revises: 0023_promotion_days
"""

import sqlalchemy as sa
from alembic import op

revision = "0022_offer_digests"
down_revision = "0023_promotion_days"
branch_labels = None
depends_on = None

HEAD = """
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
"""


def sources(columns: str) -> str:
    """The SKUs of the products wanted."""
    return f"""
            FROM unnest(ids) AS wanted (spu_id)
            -- OFFSET makes each a look-up by its key, never a reading of the whole table.
            CROSS JOIN LATERAL (
                SELECT {columns} FROM skus
                WHERE spu_id = wanted.spu_id AND status = 'active' OFFSET 0
            ) k"""


EDGES = """
        ), edges AS (
            SELECT spu_id, channel_id, starts_at AS at FROM offers
            UNION SELECT spu_id, channel_id, ends_at FROM offers
        ), spans AS (
            SELECT spu_id, channel_id, at AS valid_from,
                lead(at) OVER (PARTITION BY spu_id, channel_id ORDER BY at) AS valid_to
            FROM edges
"""

WITH_DIGESTS = f"""{HEAD}
        INSERT INTO spu_prices
            (spu_id, channel_id, valid_from, valid_to, min_minor, max_minor, digest, has_quotas)
        WITH offers AS MATERIALIZED (
            SELECT k.spu_id, c.id AS channel_id, k.id AS sku_id, p.price_minor, l.kind,
                row_number() OVER (
                    PARTITION BY c.id, k.id, l.kind ORDER BY l.channel_id IS NULL, l.id
                ) AS rank,
                coalesce(l.starts_at, '-infinity') AS starts_at,
                coalesce(l.ends_at, 'infinity') AS ends_at,
                p.quota IS NOT NULL AS has_quota,
                concat_ws(' ', k.id, l.id, p.price_minor, p.quota IS NOT NULL,
                    coalesce(p.per_member, 0), l.kind, l.blocks_promotions,
                    coalesce(l.tier, '-'), coalesce(l.channel_id::text, '-'),
                    coalesce(f.floor_minor, -1),
                    coalesce(CASE WHEN k.cost_currency = c.currency THEN k.cost_minor END, -1),
                    extract(epoch FROM l.ends_at)) AS terms
            {sources("id, spu_id, cost_minor, cost_currency")}
            CROSS JOIN LATERAL (
                SELECT price_list_id, price_minor, quota, per_member FROM prices
                WHERE sku_id = k.id AND min_quantity = 1 OFFSET 0
            ) p
            JOIN price_lists l ON l.id = p.price_list_id AND l.is_active
                AND coalesce(l.ends_at > now(), true)
            JOIN channels c ON c.currency = l.currency
                AND (l.channel_id IS NULL OR l.channel_id = c.id)
            LEFT JOIN LATERAL (
                SELECT floor_minor FROM price_floors
                WHERE sku_id = k.id AND currency = c.currency OFFSET 0
            ) f ON true
        {EDGES}
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

WITHOUT_DIGESTS = f"""{HEAD}
        INSERT INTO spu_prices (spu_id, channel_id, valid_from, valid_to, min_minor, max_minor)
        WITH offers AS MATERIALIZED (
            SELECT k.spu_id, c.id AS channel_id, k.id AS sku_id, p.price_minor, l.kind,
                row_number() OVER (
                    PARTITION BY c.id, k.id, l.kind ORDER BY l.channel_id IS NULL, l.id
                ) AS rank,
                coalesce(l.starts_at, '-infinity') AS starts_at,
                coalesce(l.ends_at, 'infinity') AS ends_at
            {sources("id, spu_id")}
            CROSS JOIN LATERAL (
                SELECT price_list_id, price_minor FROM prices
                WHERE sku_id = k.id AND min_quantity = 1 OFFSET 0
            ) p
            JOIN price_lists l ON l.id = p.price_list_id AND l.is_active
                AND l.kind IN ('list', 'channel') AND coalesce(l.ends_at > now(), true)
            JOIN channels c ON c.currency = l.currency
                AND (l.channel_id IS NULL OR l.channel_id = c.id)
        {EDGES}
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


def prices_changed(kinds: str, terms: str) -> str:
    """`kinds` is a condition on lists whose prices count, `terms` the columns that do."""
    return f"""
    CREATE OR REPLACE FUNCTION prices_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        ids uuid[];
    BEGIN
        -- Units sold of a flash price change with every order and concern nobody here.
        IF TG_OP = 'INSERT' THEN
            SELECT array_agg(DISTINCT k.spu_id) INTO ids
            FROM added a JOIN skus k ON k.id = a.sku_id
            JOIN price_lists l ON l.id = a.price_list_id AND {kinds}
            WHERE a.min_quantity = 1;
        ELSIF TG_OP = 'DELETE' THEN
            SELECT array_agg(DISTINCT k.spu_id) INTO ids
            FROM removed r JOIN skus k ON k.id = r.sku_id
            JOIN price_lists l ON l.id = r.price_list_id AND {kinds}
            WHERE r.min_quantity = 1;
        ELSE
            SELECT array_agg(DISTINCT k.spu_id) INTO ids
            FROM (
                SELECT {terms} FROM added EXCEPT SELECT {terms} FROM removed
            ) a JOIN skus k ON k.id = a.sku_id;
        END IF;
        PERFORM refresh_spu_prices(ids);
        RETURN NULL;
    END $$
    """


PRICE = "sku_id, price_list_id, min_quantity, price_minor"
ANY_LIST = prices_changed("true", f"{PRICE}, quota IS NULL AS is_endless, per_member")
GENERAL_LISTS = prices_changed("l.kind IN ('list', 'channel')", PRICE)

LIST_TERMS = ("kind", "currency", "channel_id", "starts_at", "ends_at", "is_active")
MORE_LIST_TERMS = (*LIST_TERMS, "blocks_promotions", "tier")

# Brand and category are what scopes of promotions name, tax is what a margin is reckoned without.
SPUS_CHANGED = """
    CREATE FUNCTION spus_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM refresh_spu_prices(array_agg(a.id))
        FROM added a JOIN removed r ON r.id = a.id
        WHERE (a.category_id, a.brand_id, a.tax_class)
            IS DISTINCT FROM (r.category_id, r.brand_id, r.tax_class);
        RETURN NULL;
    END $$
"""
FLOORS_CHANGED = """
    CREATE FUNCTION price_floors_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' THEN
            PERFORM refresh_spu_prices(array_agg(DISTINCT k.spu_id))
            FROM removed f JOIN skus k ON k.id = f.sku_id;
        ELSE
            PERFORM refresh_spu_prices(array_agg(DISTINCT k.spu_id))
            FROM added f JOIN skus k ON k.id = f.sku_id;
        END IF;
        RETURN NULL;
    END $$
"""


def skus_changed(columns: str) -> str:
    """`columns` are those that count."""
    return f"""
    CREATE OR REPLACE FUNCTION skus_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        ids uuid[];
    BEGIN
        IF TG_OP = 'DELETE' THEN
            SELECT array_agg(DISTINCT spu_id) INTO ids FROM removed;
        ELSE
            SELECT array_agg(DISTINCT spu_id) INTO ids FROM (
                (SELECT {columns} FROM added EXCEPT SELECT {columns} FROM removed)
                UNION ALL
                (SELECT {columns} FROM removed EXCEPT SELECT {columns} FROM added)
            ) moved;
        END IF;
        PERFORM refresh_spu_prices(ids);
        RETURN NULL;
    END $$
    """


# The row is locked until its writer commits, so that epochs follow the order of commits: whoever
# reads an epoch reads the rules that came with it. Nothing that an order does counts.
NEXT_EPOCH = """
    CREATE FUNCTION next_promotion_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE promotion_epochs SET number = number + 1;
        RETURN NULL;
    END $$
"""
PROMOTIONS_CHANGED = """
    CREATE FUNCTION promotions_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        counts boolean;
    BEGIN
        IF TG_OP = 'INSERT' THEN
            SELECT bool_or(status = 'running') INTO counts FROM added;
        ELSIF TG_OP = 'DELETE' THEN
            SELECT bool_or(status = 'running') INTO counts FROM removed;
        ELSE
            SELECT bool_or('running' IN (a.status, r.status)) INTO counts
            FROM added a JOIN removed r ON r.id = a.id;
        END IF;
        IF counts THEN
            UPDATE promotion_epochs SET number = number + 1;
        END IF;
        RETURN NULL;
    END $$
"""
LIMITS_CHANGED = """
    CREATE FUNCTION promotion_limits_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (SELECT FROM promotions
            WHERE id = coalesce(NEW.promotion_id, OLD.promotion_id) AND status = 'running')
        THEN
            UPDATE promotion_epochs SET number = number + 1;
        END IF;
        RETURN NULL;
    END $$
"""
TRANSITIONS = {
    "INSERT": "NEW TABLE AS added",
    "UPDATE": "OLD TABLE AS removed NEW TABLE AS added",
    "DELETE": "OLD TABLE AS removed",
}


def upgrade() -> None:
    op.create_table(
        "promotion_epochs",
        sa.Column("id", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("number", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_promotion_epochs_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotion_epochs")),
    )
    op.execute("INSERT INTO promotion_epochs DEFAULT VALUES")
    for function in (NEXT_EPOCH, PROMOTIONS_CHANGED, LIMITS_CHANGED, SPUS_CHANGED, FLOORS_CHANGED):
        op.execute(function)
    for event, tables in TRANSITIONS.items():
        op.execute(
            f"CREATE TRIGGER promotions_after_{event.lower()} AFTER {event} ON promotions "
            f"REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION promotions_changed()"
        )
        op.execute(
            f"CREATE TRIGGER price_floors_after_{event.lower()} AFTER {event} ON price_floors "
            f"REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION price_floors_changed()"
        )
    for table in ("price_policies", "tax_rates"):
        op.execute(
            f"CREATE TRIGGER {table}_changed AFTER INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION next_promotion_epoch()"
        )
    op.execute(
        "CREATE TRIGGER channels_taxed_otherwise AFTER UPDATE OF tax_mode ON channels "
        "FOR EACH ROW WHEN (OLD.tax_mode <> NEW.tax_mode) "
        "EXECUTE FUNCTION next_promotion_epoch()"
    )
    op.execute(
        "CREATE TRIGGER promotion_limits_changed AFTER INSERT OR DELETE "
        "OR UPDATE OF total_uses, uses_per_member, budget_minor ON promotion_quotas "
        "FOR EACH ROW EXECUTE FUNCTION promotion_limits_changed()"
    )
    op.execute(
        "CREATE TRIGGER categories_moved AFTER UPDATE OF ancestor_ids ON categories FOR EACH ROW "
        "WHEN (OLD.ancestor_ids IS DISTINCT FROM NEW.ancestor_ids) "
        "EXECUTE FUNCTION next_promotion_epoch()"
    )
    op.execute(
        "CREATE TRIGGER spus_after_update AFTER UPDATE ON spus "
        f"REFERENCING {TRANSITIONS['UPDATE']} FOR EACH STATEMENT EXECUTE FUNCTION spus_changed()"
    )
    watch_lists(MORE_LIST_TERMS)
    op.execute(ANY_LIST)
    op.execute(skus_changed("id, spu_id, status, cost_minor, cost_currency"))
    op.add_column("spu_prices", sa.Column("digest", sa.Uuid(), nullable=True))
    op.add_column("spu_prices", sa.Column("has_quotas", sa.Boolean(), nullable=True))
    op.execute(WITH_DIGESTS)


def downgrade() -> None:
    # Replacing keeps nothing of what the newer one has SET.
    op.execute(WITHOUT_DIGESTS)
    op.drop_column("spu_prices", "has_quotas")
    op.drop_column("spu_prices", "digest")
    op.execute(GENERAL_LISTS)
    op.execute(skus_changed("id, spu_id, status"))
    watch_lists(LIST_TERMS)
    for function in (
        "price_floors_changed",
        "spus_changed",
        "promotion_limits_changed",
        "promotions_changed",
        "next_promotion_epoch",
    ):
        op.execute(f"DROP FUNCTION {function} CASCADE")
    op.drop_table("promotion_epochs")


def watch_lists(terms: tuple[str, ...]) -> None:
    """Refresh the products of a price list when any of `terms` changes."""
    old, new = (", ".join(f"{side}.{each}" for each in terms) for side in ("OLD", "NEW"))
    op.execute("DROP TRIGGER price_lists_after_update ON price_lists")
    op.execute(
        "CREATE TRIGGER price_lists_after_update AFTER UPDATE ON price_lists FOR EACH ROW "
        f"WHEN (({old}) IS DISTINCT FROM ({new})) EXECUTE FUNCTION price_lists_changed()"
    )
