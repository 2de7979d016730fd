"""Find refunds of an order, and those that need people.

Revision ID: 0047_refund_queues
Revises: 0046_refunds
"""

import sqlalchemy as sa
from alembic import op

revision = "0047_refund_queues"
down_revision = "0046_refunds"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_refunds_order_id", "refunds", "order_id", None),
    ("ix_refunds_waiting", "refunds", "id", "state = 'waiting'"),
    ("ix_refund_tenders_failed", "refund_tenders", "id", "state = 'failed'"),
    ("ix_gift_cards_replaces_id", "gift_cards", "replaces_id", "replaces_id IS NOT NULL"),
)


def upgrade() -> None:
    # Without a transaction, so that others write while they are made.
    with op.get_context().autocommit_block():
        for name, table, column, where in INDEXES:
            op.create_index(
                name,
                table,
                [column],
                postgresql_where=sa.text(where) if where else None,
                postgresql_concurrently=True,
                if_not_exists=True,
            )


def downgrade() -> None:
    for name, table, _, _ in INDEXES:
        op.drop_index(name, table_name=table)
