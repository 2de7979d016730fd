"""Record exports of journals.

Revision ID: 0052_ledger_exports
Revises: 0052_payment_routes
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0052_ledger_exports"
down_revision = "0052_payment_routes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ledger_exports",
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("below_position", sa.BigInteger(), nullable=False),
        sa.Column("journals", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("debits", JSONB(), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("until_at > since_at", name="ck_ledger_exports_span_forward"),
        sa.CheckConstraint("journals >= 0", name="ck_ledger_exports_journals_not_negative"),
        sa.CheckConstraint("entries >= 0", name="ck_ledger_exports_entries_not_negative"),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_exports"),
    )
    op.execute(
        "CREATE TRIGGER ledger_exports_append_only BEFORE UPDATE OR DELETE OR TRUNCATE"
        " ON ledger_exports FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("ledger_exports")
