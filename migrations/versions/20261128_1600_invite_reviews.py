"""Ask buyers for reviews some days after they received an order.

Revision ID: 0310_invite_reviews
Revises: 0271_mend_for_a_fee
"""

import sqlalchemy as sa
from alembic import op

revision = "0310_invite_reviews"
down_revision = "0271_mend_for_a_fee"
branch_labels = None
depends_on = None

REVIEWABLE = "review_due_at IS NOT NULL AND review_invited_at IS NULL"


def upgrade() -> None:
    op.add_column("orders", sa.Column("review_due_at", sa.DateTime(timezone=True)))
    op.add_column("orders", sa.Column("review_invited_at", sa.DateTime(timezone=True)))
    # Checked for what is written from now on, then for what is there: nobody waits for the latter.
    name = op.f("ck_orders_invited_when_due")
    op.create_check_constraint(
        name,
        "orders",
        "review_invited_at IS NULL OR review_due_at IS NOT NULL",
        postgresql_not_valid=True,
    )
    op.execute(f"ALTER TABLE orders VALIDATE CONSTRAINT {name}")
    # Without a transaction, so that others order while it is made.
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_orders_reviewable",
            "orders",
            ["review_due_at"],
            postgresql_where=sa.text(REVIEWABLE),
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    op.drop_index("ix_orders_reviewable", "orders")
    op.drop_constraint(op.f("ck_orders_invited_when_due"), "orders")
    op.drop_column("orders", "review_invited_at")
    op.drop_column("orders", "review_due_at")
