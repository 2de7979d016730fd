"""Count what is over once: what was completed or cancelled stays so.

A job adds up, from the first order on; until it has, orders are counted one by one as before.

Revision ID: 0321_count_what_is_over
Revises: 0320_list_ended_reviews
"""

import sqlalchemy as sa
from alembic import op

revision = "0321_count_what_is_over"
down_revision = "0320_list_ended_reviews"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "order_end_counts",
        sa.Column("of_id", sa.Uuid(), nullable=False),
        sa.Column("tab", sa.String(32), nullable=False),
        sa.Column("orders", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("of_id", "tab", name="pk_order_end_counts"),
        sa.CheckConstraint(
            "tab IN ('completed', 'cancelled')", name=op.f("ck_order_end_counts_is_over")
        ),
        sa.CheckConstraint("orders >= 0", name=op.f("ck_order_end_counts_orders_not_negative")),
    )
    op.create_table(
        "order_end_marks",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_order_end_marks"),
        sa.CheckConstraint("id = 1", name=op.f("ck_order_end_marks_only_one")),
    )
    op.execute("INSERT INTO order_end_marks VALUES (1, '1970-01-01T00:00:00Z')")


def downgrade() -> None:
    op.drop_table("order_end_marks")
    op.drop_table("order_end_counts")
