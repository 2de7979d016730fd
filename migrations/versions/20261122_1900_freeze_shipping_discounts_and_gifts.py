"""Freeze what promotions took off the fee.

Revision ID: 0014_order_gifts
Revises: 0013_spu_prices
"""

import sqlalchemy as sa
from alembic import op

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


def downgrade() -> None:
    op.drop_column("orders", "shipping_discount_minor")
