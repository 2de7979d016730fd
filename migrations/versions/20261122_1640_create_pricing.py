"""Create the tables of pricing.

Revision ID: 0005_pricing
Revises: 0004_catalog
"""

import sqlalchemy as sa
from alembic import op

revision = "0005_pricing"
down_revision = "0004_catalog"
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


def downgrade() -> None:
    op.drop_table("prices")
    op.drop_table("price_lists")
    op.drop_table("price_uses")
    op.drop_table("price_changes")
