"""Find orders by where they come from and what they are for, without the rest.

Revision ID: 0291_orders_by_source
Revises: 0320_receipts_of_plans
"""

import sqlalchemy as sa
from alembic import op

revision = "0291_orders_by_source"
down_revision = "0320_receipts_of_plans"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_orders_source", "source", "source <> 'cart'"),
    ("ix_orders_kind", "kind", "kind <> 'sale'"),
)


def upgrade() -> None:
    # Without a transaction, so that others order while they are made.
    with op.get_context().autocommit_block():
        for name, column, where in INDEXES:
            op.create_index(
                name,
                "orders",
                [column, "id"],
                postgresql_where=sa.text(where),
                postgresql_concurrently=True,
                if_not_exists=True,
            )


def downgrade() -> None:
    for name, _, _ in reversed(INDEXES):
        op.drop_index(name, table_name="orders")
