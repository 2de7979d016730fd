"""Keep safety stock from shoppers.

Revision ID: 0163_safety_stock
Revises: 0124_carrier_bills
"""

import sqlalchemy as sa
from alembic import op

revision = "0163_safety_stock"
down_revision = "0124_carrier_bills"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("stock", sa.Column("safety", sa.Integer(), server_default="0", nullable=False))
    op.execute(
        "ALTER TABLE stock ADD CONSTRAINT ck_stock_safety_not_negative"
        " CHECK (safety >= 0) NOT VALID"
    )
    # Without a transaction, so that others write meanwhile.
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE stock VALIDATE CONSTRAINT ck_stock_safety_not_negative")
        op.create_index(
            "ix_stock_safety",
            "stock",
            ["sku_id", "warehouse_id"],
            postgresql_where=sa.text("safety > 0"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    op.drop_index("ix_stock_safety", table_name="stock")
    op.drop_column("stock", "safety")
