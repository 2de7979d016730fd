"""Keep with an order what decided its price and is written down nowhere else.

Revision ID: 0024_priced_with
Revises: 0023_fill_digests
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024_priced_with"
down_revision = "0023_fill_digests"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "orders",
        sa.Column("priced_with", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    )


def downgrade() -> None:
    op.drop_column("orders", "priced_with")
