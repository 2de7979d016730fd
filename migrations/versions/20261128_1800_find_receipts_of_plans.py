"""Find what gateways took for one plan.

Revision ID: 0320_receipts_of_plans
Revises: 0321_count_what_is_over
"""

from alembic import op

revision = "0320_receipts_of_plans"
down_revision = "0321_count_what_is_over"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Without a transaction, so that others pay while it is made.
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_payment_receipts_plan_id",
            "payment_receipts",
            ["plan_id"],
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    op.drop_index("ix_payment_receipts_plan_id", table_name="payment_receipts")
