"""Remember what of a charge is to go back when a bank has decided about it.

Revision ID: 0270_owe_charges_back
Revises: 0280_lessen_unpaid_orders
"""

import sqlalchemy as sa
from alembic import op

revision = "0270_owe_charges_back"
down_revision = "0280_lessen_unpaid_orders"
branch_labels = None
depends_on = None

CHECKS = {
    "keeps_of_what_was_paid": (
        "keep_minor IS NULL OR state = 'paid' AND keep_minor BETWEEN 0 AND amount_minor"
    ),
    "goes_back_for": "(keep_minor IS NULL) = (back_reason IS NULL)",
}


def upgrade() -> None:
    op.add_column("order_charges", sa.Column("keep_minor", sa.BigInteger(), nullable=True))
    op.add_column("order_charges", sa.Column("back_reason", sa.String(200), nullable=True))
    for name, rule in CHECKS.items():
        op.execute(
            f"ALTER TABLE order_charges ADD CONSTRAINT ck_order_charges_{name}"
            f" CHECK ({rule}) NOT VALID"
        )
    # Without a transaction, so that others write meanwhile.
    with op.get_context().autocommit_block():
        for name in CHECKS:
            op.execute(f"ALTER TABLE order_charges VALIDATE CONSTRAINT ck_order_charges_{name}")
        op.create_index(
            "ix_order_charges_owed_back",
            "order_charges",
            ["id"],
            postgresql_where=sa.text("keep_minor IS NOT NULL"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    op.drop_index("ix_order_charges_owed_back", table_name="order_charges")
    op.drop_column("order_charges", "back_reason")
    op.drop_column("order_charges", "keep_minor")
