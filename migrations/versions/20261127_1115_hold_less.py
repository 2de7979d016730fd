"""Let rules of review that only label hold nothing.

Revision ID: 0263_hold_less
Revises: 0261_invoice_by_merchant
"""

import sqlalchemy as sa
from alembic import op

revision = "0263_hold_less"
down_revision = "0261_invoice_by_merchant"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "order_reviews",
        sa.Column("is_holding", sa.Boolean(), server_default=sa.text("true"), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("order_reviews", "is_holding")
