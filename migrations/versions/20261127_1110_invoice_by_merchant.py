"""Invoice by merchant, and keep what special VAT invoices need.

Revision ID: 0261_invoice_by_merchant
Revises: 0252_batches
"""

import sqlalchemy as sa
from alembic import op

revision = "0261_invoice_by_merchant"
down_revision = "0252_batches"
branch_labels = None
depends_on = None

CHECKS = {
    ("invoice_titles", "details_of_a_company"): (
        "kind = 'company' OR coalesce(address, phone, bank, bank_account) IS NULL"
    ),
    ("invoice_titles", "account_at_a_bank"): "(bank IS NULL) = (bank_account IS NULL)",
    ("invoices", "special_is_whole"): (
        "coalesce(title->>'form', '') <> 'special' OR (title->>'kind' = 'company'"
        " AND title->>'tax_number' IS NOT NULL AND title->>'address' IS NOT NULL"
        " AND title->>'phone' IS NOT NULL AND title->>'bank' IS NOT NULL"
        " AND title->>'bank_account' IS NOT NULL)"
    ),
}
DETAILS = {"address": 200, "phone": 32, "bank": 100, "bank_account": 40}
UNIQUE = "uq_invoices_open"
OLD = "uq_invoices_open_of_order"
OPEN = sa.text("state IN ('requested', 'pending', 'failed')")


def upgrade() -> None:
    for name, length in DETAILS.items():
        op.add_column("invoice_titles", sa.Column(name, sa.String(length)))
    op.add_column("invoices", sa.Column("merchant_id", sa.Uuid()))
    op.execute(
        "ALTER TABLE invoices ADD CONSTRAINT fk_invoices_merchant_id_merchants"
        " FOREIGN KEY (merchant_id) REFERENCES merchants (id) NOT VALID"
    )
    for (table, name), rule in CHECKS.items():
        constraint = f"ck_{table}_{name}"
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {constraint} CHECK ({rule}) NOT VALID")
    # Without a transaction, so that invoices are asked for and issued meanwhile.
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE invoices VALIDATE CONSTRAINT fk_invoices_merchant_id_merchants")
        for table, name in CHECKS:
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_{name}")
        op.create_index(
            "ix_invoices_merchant_id",
            "invoices",
            ["merchant_id", "id"],
            postgresql_concurrently=True,
            if_not_exists=True,
        )
        op.execute(f"ALTER INDEX IF EXISTS {UNIQUE} RENAME TO {OLD}")
        op.create_index(
            UNIQUE,
            "invoices",
            ["order_id", "kind", "merchant_id"],
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=OPEN,
            postgresql_concurrently=True,
            if_not_exists=True,
        )
        op.drop_index(OLD, "invoices", postgresql_concurrently=True, if_exists=True)


def downgrade() -> None:
    op.drop_index(UNIQUE, "invoices")
    op.create_index(UNIQUE, "invoices", ["order_id", "kind"], unique=True, postgresql_where=OPEN)
    op.drop_index("ix_invoices_merchant_id", "invoices")
    for table, name in CHECKS:
        op.drop_constraint(f"ck_{table}_{name}", table)
    op.drop_column("invoices", "merchant_id")
    for name in DETAILS:
        op.drop_column("invoice_titles", name)
