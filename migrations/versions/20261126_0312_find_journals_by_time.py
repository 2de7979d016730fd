"""Find journals by when they count.

Revision ID: 0072_journals_by_time
Revises: 0070_payment_reviews
"""

from alembic import op

revision = "0072_journals_by_time"
down_revision = "0070_payment_reviews"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Without a transaction, so that others post while it is made.
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_ledger_journals_effective_at",
            "ledger_journals",
            ["effective_at", "id"],
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    op.drop_index("ix_ledger_journals_effective_at", table_name="ledger_journals")
