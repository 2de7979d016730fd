"""Find the bargains of a channel in the order in which they are shown.

Revision ID: 0052_bargains_shown
Revises: 0051_prices_of_one_channel
"""

from alembic import op

revision = "0052_bargains_shown"
down_revision = "0051_prices_of_one_channel"
branch_labels = None
depends_on = None

TABLE = "bargain_activities"


def upgrade() -> None:
    # Without a transaction, so that others write while it is made.
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_bargain_activities_shown",
            TABLE,
            ["channel_id", "id"],
            postgresql_concurrently=True,
            if_not_exists=True,
        )
        op.drop_index(
            "ix_bargain_activities_channel_id",
            table_name=TABLE,
            postgresql_concurrently=True,
            if_exists=True,
        )


def downgrade() -> None:
    op.create_index("ix_bargain_activities_channel_id", TABLE, ["channel_id"])
    op.drop_index("ix_bargain_activities_shown", table_name=TABLE)
