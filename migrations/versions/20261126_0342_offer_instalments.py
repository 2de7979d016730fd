"""Keep which instalments accounts offer, and in how many parts a tender is paid.

Revision ID: 0086_instalments
Revises: 0085_cost_budgets
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0086_instalments"
down_revision = "0085_cost_budgets"
branch_labels = None
depends_on = None

CHECKS = {
    "instalments_of_gateway": "instalments IS NULL OR kind = 'gateway' AND instalments > 1",
    "fee_bearer_of_instalments": "(instalments IS NULL) = (fee_bearer IS NULL)",
}


def upgrade() -> None:
    op.add_column(
        "gateway_accounts",
        sa.Column("instalments", JSONB(), server_default=sa.text("'[]'"), nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_gateway_accounts_list_of_instalments"),
        "gateway_accounts",
        "jsonb_typeof(instalments) = 'array'",
    )
    op.add_column("tenders", sa.Column("instalments", sa.SmallInteger(), nullable=True))
    op.add_column("tenders", sa.Column("fee_bearer", sa.String(length=32), nullable=True))
    for name, condition in CHECKS.items():
        # every row there is has neither, so nothing needs to be looked at under the lock
        op.execute(
            f"ALTER TABLE tenders ADD CONSTRAINT ck_tenders_{name} CHECK ({condition}) NOT VALID"
        )
        op.execute(f"ALTER TABLE tenders VALIDATE CONSTRAINT ck_tenders_{name}")


def downgrade() -> None:
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_tenders_{name}"), "tenders", type_="check")
    op.drop_column("tenders", "fee_bearer")
    op.drop_column("tenders", "instalments")
    op.drop_constraint(
        op.f("ck_gateway_accounts_list_of_instalments"), "gateway_accounts", type_="check"
    )
    op.drop_column("gateway_accounts", "instalments")
