"""Create exchange offers: goods to be had for points.

Revision ID: 0030_exchange_offers
Revises: 0026_promotion_groups
"""

import sqlalchemy as sa
from alembic import op

revision = "0030_exchange_offers"
down_revision = "0026_promotion_groups"
branch_labels = None
depends_on = None

# Checked against what is there in a step that lets others write.
CHECKS = (
    (
        "order_lines",
        "ck_order_lines_points_of_an_offer",
        "CHECK ((exchange_points > 0) = (exchange_offer_id IS NOT NULL))",
    ),
    (
        "order_lines",
        "fk_order_lines_exchange_offer_id_exchange_offers",
        "FOREIGN KEY (exchange_offer_id) REFERENCES exchange_offers (id)",
    ),
    (
        "cart_lines",
        "fk_cart_lines_exchange_offer_id_exchange_offers",
        "FOREIGN KEY (exchange_offer_id) REFERENCES exchange_offers (id)",
    ),
    (
        "tenders",
        "ck_tenders_exchange_within_points",
        "CHECK (exchange_points BETWEEN 0 AND coalesce(points, 0))",
    ),
)


def _stamp(name: str) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def upgrade() -> None:
    op.create_table(
        "exchange_offers",
        sa.Column("sku_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("cash_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("quota", sa.Integer(), nullable=True),
        sa.Column("per_member", sa.Integer(), nullable=True),
        sa.Column(
            "tiers",
            sa.ARRAY(sa.String(length=64)),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("sold", sa.Integer(), server_default="0", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        _stamp("updated_at"),
        sa.Column("id", sa.Uuid(), nullable=False),
        _stamp("created_at"),
        sa.CheckConstraint(
            "ends_at IS NULL OR ends_at > starts_at", name="ck_exchange_offers_window_forward"
        ),
        sa.CheckConstraint("points > 0", name="ck_exchange_offers_points_positive"),
        sa.CheckConstraint("cash_minor >= 0", name="ck_exchange_offers_cash_minor_not_negative"),
        sa.CheckConstraint("per_member > 0", name="ck_exchange_offers_per_member_positive"),
        sa.CheckConstraint(
            "sold >= 0 AND (quota IS NULL OR sold <= quota)",
            name="ck_exchange_offers_sold_within_quota",
        ),
        sa.ForeignKeyConstraint(["sku_id"], ["skus.id"], name="fk_exchange_offers_sku_id_skus"),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name="fk_exchange_offers_channel_id_channels"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_exchange_offers"),
    )
    op.create_index("ix_exchange_offers_sku_id", "exchange_offers", ["sku_id"])
    op.create_index(
        "ix_exchange_offers_currency",
        "exchange_offers",
        ["currency", "id"],
        postgresql_where=sa.text("is_active"),
    )
    op.create_table(
        "exchange_uses",
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        _stamp("created_at"),
        sa.CheckConstraint("quantity > 0", name="ck_exchange_uses_quantity_positive"),
        sa.ForeignKeyConstraint(
            ["offer_id"], ["exchange_offers.id"], name="fk_exchange_uses_offer_id_exchange_offers"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_exchange_uses"),
        sa.UniqueConstraint("order_id", "offer_id", name="uq_exchange_uses_order_id_offer_id"),
    )
    op.create_index("ix_exchange_uses_offer_id", "exchange_uses", ["offer_id"])
    op.create_index("ix_exchange_uses_member_id", "exchange_uses", ["member_id", "offer_id"])
    op.add_column("cart_lines", sa.Column("exchange_offer_id", sa.Uuid(), nullable=True))
    # A longer varchar rewrites nothing.
    op.alter_column("cart_lines", "options_key", type_=sa.String(length=450))
    op.add_column("order_lines", sa.Column("exchange_offer_id", sa.Uuid(), nullable=True))
    for table, type_ in (("order_lines", sa.BigInteger()), ("tenders", sa.Integer())):
        op.add_column(
            table, sa.Column("exchange_points", type_, server_default="0", nullable=False)
        )
    for table, name, rule in CHECKS:
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {rule} NOT VALID")
    for table, name, _ in CHECKS:
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")


def downgrade() -> None:
    op.drop_column("tenders", "exchange_points")
    op.drop_column("order_lines", "exchange_points")
    op.drop_column("order_lines", "exchange_offer_id")
    op.execute("DELETE FROM cart_lines WHERE exchange_offer_id IS NOT NULL")
    op.drop_column("cart_lines", "exchange_offer_id")
    op.alter_column("cart_lines", "options_key", type_=sa.String(length=400))
    op.drop_table("exchange_uses")
    op.drop_table("exchange_offers")
