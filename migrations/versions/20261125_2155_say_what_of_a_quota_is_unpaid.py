"""Say until when pieces of a quota price are held for an unpaid order.

Revision ID: 0022_held_quotas
Revises: 0021_price_spans
"""

import sqlalchemy as sa
from alembic import op

revision = "0022_held_quotas"
down_revision = "0021_price_spans"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("price_uses", sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))
    # Nothing is held yet, so the index is empty and there at once.
    op.create_index(
        "ix_price_uses_held",
        "price_uses",
        ["price_list_id", "sku_id", "held_until"],
        postgresql_where=sa.text("held_until IS NOT NULL AND released_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_price_uses_held", table_name="price_uses")
    op.drop_column("price_uses", "held_until")
