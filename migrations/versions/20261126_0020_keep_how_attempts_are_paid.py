"""Keep how a shopper wanted to pay an attempt.

Revision ID: 0045_pay_with
Revises: 0041_ledger_indexes
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0045_pay_with"
down_revision = "0041_ledger_indexes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "payment_attempts",
        sa.Column(
            "pay_with",
            JSONB(),
            server_default=sa.text('\'{"scene": "page"}\''),
            nullable=False,
        ),
    )


def downgrade() -> None:
    op.drop_column("payment_attempts", "pay_with")
