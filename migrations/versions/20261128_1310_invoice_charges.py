"""Let a charge that is paid after an invoice was asked for have an invoice of its own.

Revision ID: 0281_invoice_charges
Revises: 0295_mend_intakes
"""

import sqlalchemy as sa
from alembic import op

revision = "0281_invoice_charges"
down_revision = "0295_mend_intakes"
branch_labels = None
depends_on = None

UNIQUE = "uq_invoices_open"
OLD = "uq_invoices_open_of_merchant"
OPEN = sa.text("state IN ('requested', 'pending', 'failed')")


def upgrade() -> None:
    op.add_column("invoices", sa.Column("charge_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        "fk_invoices_charge_id", "invoices", "order_charges", ["charge_id"], ["id"]
    )
    op.execute(f"ALTER INDEX {UNIQUE} RENAME TO {OLD}")
    op.create_index(
        UNIQUE,
        "invoices",
        ["order_id", "kind", "merchant_id", "charge_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=OPEN,
    )
    op.drop_index(OLD, table_name="invoices")


def downgrade() -> None:
    op.drop_index(UNIQUE, table_name="invoices")
    op.create_index(
        UNIQUE,
        "invoices",
        ["order_id", "kind", "merchant_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=OPEN,
    )
    op.drop_constraint("fk_invoices_charge_id", "invoices", type_="foreignkey")
    op.drop_column("invoices", "charge_id")
