"""Seal journals into a chain of hashes.

Revision ID: 0042_ledger_seals
Revises: 0047_refund_queues
"""

import sqlalchemy as sa
from alembic import op

revision = "0042_ledger_seals"
down_revision = "0047_refund_queues"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ledger_seals",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last_position", sa.BigInteger(), nullable=False),
        sa.Column("last_journal_id", sa.Uuid(), nullable=False),
        sa.Column("journals", sa.Integer(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column(
            "sealed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("number > 0", name="ck_ledger_seals_number_positive"),
        sa.CheckConstraint("journals > 0", name="ck_ledger_seals_journals_positive"),
        sa.PrimaryKeyConstraint("number", name="pk_ledger_seals"),
        sa.UniqueConstraint("previous_hash", name="uq_ledger_seals_previous_hash"),
    )
    op.execute(
        "CREATE TRIGGER ledger_seals_append_only BEFORE UPDATE OR DELETE OR TRUNCATE"
        " ON ledger_seals FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "INSERT INTO ledger_marks (name, position, journal_id)"
        " VALUES ('seals', -1, '00000000-0000-0000-0000-000000000000')"
    )


def downgrade() -> None:
    op.execute("DELETE FROM ledger_marks WHERE name = 'seals'")
    op.drop_table("ledger_seals")
