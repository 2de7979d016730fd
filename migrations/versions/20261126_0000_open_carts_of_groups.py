"""Let a member have a cart of a group open beside the other one.

Revision ID: 0040_group_carts
Revises: 0039_bargains
"""

import sqlalchemy as sa
from alembic import op

revision = "0040_group_carts"
down_revision = "0039_bargains"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Without a transaction, so that others write while it is made.
    with op.get_context().autocommit_block():
        op.create_index(
            "uq_carts_open_group",
            "carts",
            ["member_id", "channel_id"],
            unique=True,
            postgresql_where=sa.text("state = 'open_group'"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    op.drop_index("uq_carts_open_group", table_name="carts")
