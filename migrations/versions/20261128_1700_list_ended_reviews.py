"""List reviews that are over without reading them all.

Revision ID: 0320_list_ended_reviews
Revises: 0310_invite_reviews
"""

import sqlalchemy as sa
from alembic import op

revision = "0320_list_ended_reviews"
down_revision = "0310_invite_reviews"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Without a transaction, so that others decide while it is made.
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_order_reviews_ended",
            "order_reviews",
            ["state", sa.text("(- priority)"), "id"],
            postgresql_where=sa.text("state IN ('passed', 'approved', 'rejected', 'withdrawn')"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    op.drop_index("ix_order_reviews_ended", table_name="order_reviews")
