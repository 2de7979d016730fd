"""Name the members who get the prices of a list.

Revision ID: 0019_price_list_members
Revises: 0018_coupon_batches
"""

import sqlalchemy as sa
from alembic import op

revision = "0019_price_list_members"
down_revision = "0018_coupon_batches"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "price_list_members",
        sa.Column("price_list_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column(
            "added_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["members.id"],
            name=op.f("fk_price_list_members_member_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["price_list_id"],
            ["price_lists.id"],
            name=op.f("fk_price_list_members_price_list_id"),
        ),
        sa.PrimaryKeyConstraint("price_list_id", "member_id", name=op.f("pk_price_list_members")),
    )
    op.create_index(
        op.f("ix_price_list_members_member_id"), "price_list_members", ["member_id"], unique=False
    )


def downgrade() -> None:
    # The earlier service would give these prices to everybody.
    op.execute("UPDATE price_lists SET is_active = false WHERE kind IN ('b2b', 'group_buy')")
    op.drop_table("price_list_members")
