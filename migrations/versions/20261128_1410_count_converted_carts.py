"""Count orders that were carts by themselves: others are no conversions.

Revision ID: 0292_converted_carts
Revises: 0291_orders_by_source
"""

import sqlalchemy as sa
from alembic import op

revision = "0292_converted_carts"
down_revision = "0291_orders_by_source"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "order_hours", sa.Column("converted", sa.BigInteger(), server_default="0", nullable=False)
    )
    # Hours are folded anew when something happens in them; those of the past are told once here.
    op.execute("""
        UPDATE order_hours h SET converted = c.orders FROM (
            SELECT date_trunc('hour', created_at, 'UTC') AS hour_at, channel_id, currency,
                   count(*) AS orders
            FROM orders WHERE kind = 'sale' AND cart_id IS NOT NULL GROUP BY 1, 2, 3) c
        WHERE h.kind = 'all' AND h.hour_at = c.hour_at AND h.channel_id = c.channel_id
          AND h.currency = c.currency
    """)


def downgrade() -> None:
    op.drop_column("order_hours", "converted")
