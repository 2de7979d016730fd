"""Keep what a SKU costs the shop to buy.

Revision ID: 0016_sku_costs
Revises: 0015_promotion_versions
"""

import sqlalchemy as sa
from alembic import op

revision = "0016_sku_costs"
down_revision = "0015_promotion_versions"
branch_labels = None
depends_on = None

CHECKS = {
    "ck_skus_cost_minor_not_negative": "cost_minor >= 0",
    "ck_skus_cost_in_a_currency": "(cost_minor IS NULL) = (cost_currency IS NULL)",
}


def upgrade() -> None:
    op.add_column("skus", sa.Column("cost_minor", sa.BigInteger(), nullable=True))
    op.add_column("skus", sa.Column("cost_currency", sa.String(length=3), nullable=True))
    # Checked against what is there in a step that lets others write.
    for name, rule in CHECKS.items():
        op.execute(f"ALTER TABLE skus ADD CONSTRAINT {name} CHECK ({rule}) NOT VALID")
    for name in CHECKS:
        op.execute(f"ALTER TABLE skus VALIDATE CONSTRAINT {name}")


def downgrade() -> None:
    op.drop_column("skus", "cost_currency")
    op.drop_column("skus", "cost_minor")
