"""Keep of a coupon that it was withdrawn while an order held it.

Revision ID: 0423_withdrawn_coupons
Revises: 0422_over_damaged
"""

import sqlalchemy as sa
from alembic import op

revision = "0423_withdrawn_coupons"
down_revision = "0422_over_damaged"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "coupons",
        sa.Column("is_withdrawn", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    op.drop_column("coupons", "is_withdrawn")
