"""Find points and gift cards that expire.

Revision ID: 0054_expiring
Revises: 0053_invoices
"""

import sqlalchemy as sa
from alembic import op

revision = "0054_expiring"
down_revision = "0053_invoices"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Without a transaction, so that others write while they are made.
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_points_lots_expiring",
            "points_lots",
            ["expires_at"],
            postgresql_where=sa.text("remaining > 0"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )
        op.create_index(
            "ix_gift_cards_expiring",
            "gift_cards",
            ["expires_at"],
            postgresql_where=sa.text("state = 'active'"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    op.drop_index("ix_gift_cards_expiring", table_name="gift_cards")
    op.drop_index("ix_points_lots_expiring", table_name="points_lots")
