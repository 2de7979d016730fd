"""Find the uses of a promotion that were given back.

Revision ID: 0033_released_uses
Revises: 0032_purchase_limits
"""

import sqlalchemy as sa
from alembic import op

revision = "0033_released_uses"
down_revision = "0032_purchase_limits"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Without a transaction, so that others write while it is made.
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_promotion_uses_released",
            "promotion_uses",
            ["promotion_id"],
            postgresql_where=sa.text("state = 'released'"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    op.drop_index("ix_promotion_uses_released", table_name="promotion_uses")
