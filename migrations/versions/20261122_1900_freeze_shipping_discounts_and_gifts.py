"""Freeze what promotions took off the fee and gave, and keep which gifts shoppers want.

Revision ID: 0014_order_gifts
Revises: 0013_spu_prices
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014_order_gifts"
down_revision = "0013_spu_prices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "orders",
        sa.Column("shipping_discount_minor", sa.BigInteger(), server_default="0", nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_orders_shipping_discount_minor_not_negative"),
        "orders",
        "shipping_discount_minor >= 0",
    )
    op.add_column(
        "order_lines",
        sa.Column("is_gift", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("order_lines", sa.Column("promotion_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_order_lines_promotion_id"),
        "order_lines",
        "promotions",
        ["promotion_id"],
        ["id"],
    )
    op.create_check_constraint(
        op.f("ck_order_lines_gift_of_a_promotion"),
        "order_lines",
        "is_gift = (promotion_id IS NOT NULL)",
    )
    op.create_check_constraint(
        op.f("ck_order_lines_gift_costs_nothing"),
        "order_lines",
        "NOT is_gift OR (goods_minor = 0 AND net_minor = 0 AND tax_minor = 0)",
    )
    op.add_column(
        "carts",
        sa.Column(
            "gift_choices",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
    )


def downgrade() -> None:
    op.drop_column("carts", "gift_choices")
    op.drop_column("order_lines", "promotion_id")
    op.drop_column("order_lines", "is_gift")
    op.drop_column("orders", "shipping_discount_minor")
