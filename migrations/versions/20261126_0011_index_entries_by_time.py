"""Find entries by account and time, and journals by their place.

Revision ID: 0041_ledger_indexes
Revises: 0040_ledger_time
"""

from alembic import op

revision = "0041_ledger_indexes"
down_revision = "0040_ledger_time"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Without a transaction, so that others post while they are made.
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_ledger_entries_account_id_effective_at",
            "ledger_entries",
            ["account_id", "effective_at"],
            postgresql_concurrently=True,
            if_not_exists=True,
        )
        # A few bytes for many rows: entries lie in the order in which they came.
        op.create_index(
            "ix_ledger_entries_effective_at",
            "ledger_entries",
            ["effective_at"],
            postgresql_using="brin",
            postgresql_with={"autosummarize": "on"},
            postgresql_concurrently=True,
            if_not_exists=True,
        )
        op.create_index(
            "ix_ledger_journals_position",
            "ledger_journals",
            ["position"],
            postgresql_concurrently=True,
            if_not_exists=True,
        )
        op.drop_index(
            "ix_ledger_entries_account_id",
            table_name="ledger_entries",
            postgresql_concurrently=True,
            if_exists=True,
        )


def downgrade() -> None:
    op.create_index("ix_ledger_entries_account_id", "ledger_entries", ["account_id"])
    op.drop_index("ix_ledger_journals_position", table_name="ledger_journals")
    op.drop_index("ix_ledger_entries_effective_at", table_name="ledger_entries")
    op.drop_index("ix_ledger_entries_account_id_effective_at", table_name="ledger_entries")
