"""Number the exports that are handed to one target, so that none has a journal twice.

Revision ID: 0073_export_targets
Revises: 0072_journals_by_time
"""

import sqlalchemy as sa
from alembic import op

revision = "0073_export_targets"
down_revision = "0072_journals_by_time"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ledger_exports", sa.Column("target", sa.String(length=64), nullable=True))
    op.add_column("ledger_exports", sa.Column("number", sa.Integer(), nullable=True))
    op.create_check_constraint(
        op.f("ck_ledger_exports_numbered_with_target"),
        "ledger_exports",
        "(target IS NULL) = (number IS NULL)",
    )
    op.create_unique_constraint(
        op.f("uq_ledger_exports_target_number"), "ledger_exports", ["target", "number"]
    )


def downgrade() -> None:
    op.drop_column("ledger_exports", "number")
    op.drop_column("ledger_exports", "target")
