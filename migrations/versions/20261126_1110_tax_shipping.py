"""Let channels say how shipping fees are taxed.

Revision ID: 0111_shipping_tax
Revises: 0130_order_reviews
"""

import sqlalchemy as sa
from alembic import op

revision = "0111_shipping_tax"
down_revision = "0130_order_reviews"
branch_labels = None
depends_on = None


def upgrade() -> None:
    rule = sa.Enum("none", "highest", "fixed", name="shippingtax", native_enum=False, length=32)
    op.add_column("price_policies", sa.Column("shipping_tax", rule, nullable=True))
    op.add_column("price_policies", sa.Column("shipping_tax_bps", sa.Integer(), nullable=True))
    op.create_check_constraint(
        op.f("ck_price_policies_shipping_tax_bps_range"),
        "price_policies",
        "shipping_tax_bps BETWEEN 0 AND 10000",
    )


def downgrade() -> None:
    op.drop_column("price_policies", "shipping_tax_bps")
    op.drop_column("price_policies", "shipping_tax")
