"""Tell pickup codes to their buyers.

Revision ID: 0262_tell_pickup_codes
Revises: 0263_hold_less
"""

import sqlalchemy as sa
from alembic import op

revision = "0262_tell_pickup_codes"
down_revision = "0263_hold_less"
branch_labels = None
depends_on = None

UNTOLD = "told_at IS NULL AND replaced_at IS NULL AND used_at IS NULL"


def upgrade() -> None:
    op.add_column("pickup_codes", sa.Column("told_at", sa.DateTime(timezone=True)))
    # Without a transaction, so that codes are given out meanwhile.
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_pickup_codes_untold",
            "pickup_codes",
            ["id"],
            postgresql_where=sa.text(UNTOLD),
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    op.drop_index("ix_pickup_codes_untold", "pickup_codes")
    op.drop_column("pickup_codes", "told_at")
