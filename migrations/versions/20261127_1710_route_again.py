"""Note when fulfilments of closed warehouses were looked at.

Revision ID: 0241_route_again
Revises: 0220_send_again
"""

import sqlalchemy as sa
from alembic import op

revision = "0241_route_again"
down_revision = "0220_send_again"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("fulfilments", sa.Column("routed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("fulfilments", "routed_at")
