"""Keep what refunds lack for points that were spent.

Revision ID: 0090_withhold_points
Revises: 0087_supersede_statements
"""

import sqlalchemy as sa
from alembic import op

revision = "0090_withhold_points"
down_revision = "0087_supersede_statements"
branch_labels = None
depends_on = None

CHECKS = {
    ("refunds", "withheld_within_clawed"): "points_withheld BETWEEN 0 AND"
    " points_clawed - points_owed",
    ("refund_tenders", "withheld_within_amount"): "points_withheld_minor BETWEEN 0 AND amount_minor"
    " AND (points IS NULL OR points_withheld_minor = 0)",
}


def upgrade() -> None:
    op.add_column(
        "refunds", sa.Column("points_withheld", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column(
        "refund_tenders",
        sa.Column("points_withheld_minor", sa.BigInteger(), server_default="0", nullable=False),
    )
    for (table, name), rule in CHECKS.items():
        constraint = f"ck_{table}_{name}"
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {constraint} CHECK ({rule}) NOT VALID")
    for table, name in CHECKS:
        op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_{name}")


def downgrade() -> None:
    op.drop_column("refund_tenders", "points_withheld_minor")
    op.drop_column("refunds", "points_withheld")
