"""Create the tables of pricing.

Revision ID: 0006_pricing
Revises: 0005_imports
"""

import sqlalchemy as sa
from alembic import op

revision = "0006_pricing"
down_revision = "0005_imports"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "price_changes",
        sa.Column("sku_id", sa.Uuid(), nullable=False),
        sa.Column("price_list_id", sa.Uuid(), nullable=False),
        sa.Column("min_quantity", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("old_minor", sa.BigInteger(), nullable=True),
        sa.Column("new_minor", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.String(length=64), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_changes")),
    )
    op.create_index("ix_price_changes_sku_id", "price_changes", ["sku_id", "id"], unique=False)
    op.create_table(
        "price_uses",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("sku_id", sa.Uuid(), nullable=False),
        sa.Column("price_list_id", sa.Uuid(), nullable=False),
        sa.Column("min_quantity", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_price_uses_quantity_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_uses")),
        sa.UniqueConstraint(
            "order_id",
            "sku_id",
            "price_list_id",
            "min_quantity",
            name=op.f("uq_price_uses_order_id_sku_id_price_list_id_min_quantity"),
        ),
    )
    op.create_index(
        "ix_price_uses_member_id",
        "price_uses",
        ["member_id", "price_list_id", "sku_id"],
        unique=False,
    )
    op.create_table(
        "price_lists",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "list",
                "channel",
                "member_tier",
                "flash",
                name="pricelistkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=True),
        sa.Column("tier", sa.String(length=64), nullable=True),
        sa.Column("blocks_promotions", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default="true", nullable=False),
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
        sa.CheckConstraint(
            "(kind = 'member_tier') = (tier IS NOT NULL)",
            name=op.f("ck_price_lists_tier_when_member"),
        ),
        sa.CheckConstraint(
            "ends_at IS NULL OR ends_at > starts_at", name=op.f("ck_price_lists_window_forward")
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_price_lists_channel_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_lists")),
        sa.UniqueConstraint("code", name=op.f("uq_price_lists_code")),
    )
    op.create_index(
        "ix_price_lists_currency", "price_lists", ["currency", "is_active"], unique=False
    )
    op.create_table(
        "prices",
        sa.Column("sku_id", sa.Uuid(), nullable=False),
        sa.Column("price_list_id", sa.Uuid(), nullable=False),
        sa.Column("min_quantity", sa.Integer(), server_default="1", nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("quota", sa.Integer(), nullable=True),
        sa.Column("per_member", sa.Integer(), nullable=True),
        sa.Column("sold", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("min_quantity >= 1", name=op.f("ck_prices_min_quantity_positive")),
        sa.CheckConstraint("price_minor >= 0", name=op.f("ck_prices_price_minor_not_negative")),
        sa.CheckConstraint(
            "quota IS NULL OR sold <= quota", name=op.f("ck_prices_sold_within_quota")
        ),
        sa.CheckConstraint("sold >= 0", name=op.f("ck_prices_sold_not_negative")),
        sa.ForeignKeyConstraint(
            ["price_list_id"], ["price_lists.id"], name=op.f("fk_prices_price_list_id")
        ),
        sa.ForeignKeyConstraint(
            ["sku_id"], ["skus.id"], name=op.f("fk_prices_sku_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("sku_id", "price_list_id", "min_quantity", name=op.f("pk_prices")),
    )
    op.create_index(op.f("ix_prices_price_list_id"), "prices", ["price_list_id"], unique=False)
    op.execute(
        "CREATE TRIGGER price_changes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON price_changes FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        """
        CREATE FUNCTION refresh_spu_prices(ids uuid[]) RETURNS void LANGUAGE plpgsql AS $$
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
    )
    op.execute(
        """
        CREATE FUNCTION prices_changed() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            ids uuid[];
        BEGIN
            -- Units sold of a flash price change with every order and concern nobody here.
            IF TG_OP = 'INSERT' THEN
                SELECT array_agg(DISTINCT k.spu_id) INTO ids
                FROM added a JOIN skus k ON k.id = a.sku_id
                JOIN price_lists l ON l.id = a.price_list_id AND l.kind IN ('list', 'channel')
                WHERE a.min_quantity = 1;
            ELSIF TG_OP = 'DELETE' THEN
                SELECT array_agg(DISTINCT k.spu_id) INTO ids
                FROM removed r JOIN skus k ON k.id = r.sku_id
                JOIN price_lists l ON l.id = r.price_list_id AND l.kind IN ('list', 'channel')
                WHERE r.min_quantity = 1;
            ELSE
                SELECT array_agg(DISTINCT k.spu_id) INTO ids
                FROM (
                    SELECT sku_id, price_list_id, min_quantity, price_minor FROM added
                    EXCEPT SELECT sku_id, price_list_id, min_quantity, price_minor FROM removed
                ) a JOIN skus k ON k.id = a.sku_id;
            END IF;
            PERFORM refresh_spu_prices(ids);
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION skus_changed() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            ids uuid[];
        BEGIN
            IF TG_OP = 'DELETE' THEN
                SELECT array_agg(DISTINCT spu_id) INTO ids FROM removed;
            ELSE
                SELECT array_agg(DISTINCT spu_id) INTO ids FROM (
                    (SELECT id, spu_id, status FROM added EXCEPT SELECT id, spu_id, status FROM removed)
                    UNION ALL
                    (SELECT id, spu_id, status FROM removed EXCEPT SELECT id, spu_id, status FROM added)
                ) moved;
            END IF;
            PERFORM refresh_spu_prices(ids);
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION price_lists_changed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM refresh_spu_prices(array_agg(DISTINCT k.spu_id))
            FROM prices p JOIN skus k ON k.id = p.sku_id WHERE p.price_list_id = NEW.id;
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION channels_changed() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM refresh_spu_prices(array_agg(DISTINCT k.spu_id))
            FROM price_lists l JOIN prices p ON p.price_list_id = l.id
            JOIN skus k ON k.id = p.sku_id
            WHERE l.is_active AND l.kind IN ('list', 'channel')
                AND (l.channel_id IS NULL OR l.channel_id = NEW.id);
            RETURN NULL;
        END $$
        """
    )
    for event, tables in {
        "INSERT": "NEW TABLE AS added",
        "UPDATE": "OLD TABLE AS removed NEW TABLE AS added",
        "DELETE": "OLD TABLE AS removed",
    }.items():
        op.execute(
            f"CREATE TRIGGER prices_after_{event.lower()} AFTER {event} ON prices "
            f"REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION prices_changed()"
        )
        if event != "INSERT":
            op.execute(
                f"CREATE TRIGGER skus_after_{event.lower()} AFTER {event} ON skus "
                f"REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION skus_changed()"
            )
    op.execute(
        "CREATE TRIGGER price_lists_after_update AFTER UPDATE ON price_lists FOR EACH ROW "
        "WHEN ((OLD.kind, OLD.currency, OLD.channel_id, OLD.starts_at, OLD.ends_at, OLD.is_active) "
        "IS DISTINCT FROM "
        "(NEW.kind, NEW.currency, NEW.channel_id, NEW.starts_at, NEW.ends_at, NEW.is_active)) "
        "EXECUTE FUNCTION price_lists_changed()"
    )
    op.execute(
        "CREATE TRIGGER channels_after_insert AFTER INSERT ON channels "
        "FOR EACH ROW EXECUTE FUNCTION channels_changed()"
    )
    op.execute(
        "CREATE TRIGGER channels_after_update AFTER UPDATE ON channels FOR EACH ROW "
        "WHEN (OLD.currency <> NEW.currency) EXECUTE FUNCTION channels_changed()"
    )


def downgrade() -> None:
    op.drop_table("prices")
    op.drop_table("price_lists")
    op.drop_table("price_uses")
    op.drop_table("price_changes")
    for name in ("channels_changed", "price_lists_changed", "skus_changed", "prices_changed"):
        op.execute(f"DROP FUNCTION {name} CASCADE")
    op.execute("DROP FUNCTION refresh_spu_prices")
