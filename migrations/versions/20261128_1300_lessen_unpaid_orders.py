"""Let orders that are not paid become less: their plans, and changes that give nothing back.

A try at a gateway outlives the tender it was for, where nothing is left for a gateway.

Revision ID: 0280_lessen_unpaid_orders
Revises: 0300_waiting_days
"""

import sqlalchemy as sa
from alembic import op

revision = "0280_lessen_unpaid_orders"
down_revision = "0300_waiting_days"
branch_labels = None
depends_on = None

FOREIGN_KEY = "fk_payment_attempts_tender_id"
CHECK = "ck_order_changes_gives_pieces_back"


def upgrade() -> None:
    op.alter_column("payment_attempts", "tender_id", existing_type=sa.Uuid(), nullable=True)
    op.drop_constraint(FOREIGN_KEY, "payment_attempts", type_="foreignkey")
    op.create_foreign_key(
        FOREIGN_KEY,
        "payment_attempts",
        "tenders",
        ["tender_id"],
        ["id"],
        ondelete="SET NULL",
        postgresql_not_valid=True,
    )
    op.drop_constraint(CHECK, "order_changes", type_="check")
    op.create_check_constraint(
        CHECK,
        "order_changes",
        "pieces = '[]' OR refund_id IS NOT NULL OR after ?| ARRAY['lines', 'state']",
    )
    with op.get_context().autocommit_block():  # others pay while it looks at every try
        op.execute(f"ALTER TABLE payment_attempts VALIDATE CONSTRAINT {FOREIGN_KEY}")


def downgrade() -> None:
    op.drop_constraint(CHECK, "order_changes", type_="check")
    op.create_check_constraint(
        CHECK,
        "order_changes",
        "pieces = '[]' OR refund_id IS NOT NULL",
        postgresql_not_valid=True,
    )
    op.drop_constraint(FOREIGN_KEY, "payment_attempts", type_="foreignkey")
    op.create_foreign_key(FOREIGN_KEY, "payment_attempts", "tenders", ["tender_id"], ["id"])
    op.alter_column("payment_attempts", "tender_id", existing_type=sa.Uuid(), nullable=False)
