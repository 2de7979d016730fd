"""Keep what came of a repair.

Revision ID: 0271_mend_for_a_fee
Revises: 0270_owe_charges_back
"""

import sqlalchemy as sa
from alembic import op

revision = "0271_mend_for_a_fee"
down_revision = "0270_owe_charges_back"
branch_labels = None
depends_on = None

OUTCOMES = sa.Enum(
    "repaired", "as_it_was", "unrepairable", name="mendoutcome", native_enum=False, length=32
)


def upgrade() -> None:
    op.add_column("order_returns", sa.Column("mend_outcome", OUTCOMES, nullable=True))


def downgrade() -> None:
    op.drop_column("order_returns", "mend_outcome")
