"""Withhold what gifts are worth that stay with the shopper.

Revision ID: 0053_refund_gifts
Revises: 0052_ledger_exports
"""

import sqlalchemy as sa
from alembic import op

revision = "0053_refund_gifts"
down_revision = "0052_ledger_exports"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "refunds",
        sa.Column("withheld_minor", sa.BigInteger(), server_default="0", nullable=False),
    )
    op.execute(
        "ALTER TABLE refunds ADD CONSTRAINT ck_refunds_withheld_minor_not_negative"
        " CHECK (withheld_minor >= 0) NOT VALID"
    )
    op.execute("ALTER TABLE refunds VALIDATE CONSTRAINT ck_refunds_withheld_minor_not_negative")


def downgrade() -> None:
    op.drop_column("refunds", "withheld_minor")
