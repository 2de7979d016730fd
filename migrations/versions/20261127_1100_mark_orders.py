"""Mark orders: gifts with a message, hidden prices, and the flags of staff.

Revision ID: 0260_mark_orders
Revises: 0192_order_tickets
"""

import sqlalchemy as sa
from alembic import op

revision = "0260_mark_orders"
down_revision = "0192_order_tickets"
branch_labels = None
depends_on = None

CHECKS = {
    "message_of_a_gift": "gift_message IS NULL OR is_gift",
    "note_of_a_flag": "flag_note IS NULL OR flag IS NOT NULL",
}
INDEXES = {
    "ix_orders_gifts": (["id"], "is_gift"),
    "ix_orders_flag": (["flag", "id"], "flag IS NOT NULL"),
}


def upgrade() -> None:
    for name in ("is_gift", "hides_prices"):
        op.add_column(
            "orders",
            sa.Column(name, sa.Boolean(), server_default=sa.text("false"), nullable=False),
        )
    op.add_column("orders", sa.Column("gift_message", sa.String(300)))
    op.add_column("orders", sa.Column("flag", sa.String(32)))
    op.add_column("orders", sa.Column("flag_note", sa.String(200)))
    for name, rule in CHECKS.items():
        op.execute(f"ALTER TABLE orders ADD CONSTRAINT ck_orders_{name} CHECK ({rule}) NOT VALID")
    # Without a transaction, so that others order while it is checked.
    with op.get_context().autocommit_block():
        for name in CHECKS:
            op.execute(f"ALTER TABLE orders VALIDATE CONSTRAINT ck_orders_{name}")
        for index, (columns, where) in INDEXES.items():
            op.create_index(
                index,
                "orders",
                columns,
                postgresql_where=sa.text(where),
                postgresql_concurrently=True,
                if_not_exists=True,
            )


def downgrade() -> None:
    for index in INDEXES:
        op.drop_index(index, "orders")
    for name in CHECKS:
        op.drop_constraint(f"ck_orders_{name}", "orders")
    for column in ("is_gift", "hides_prices", "gift_message", "flag", "flag_note"):
        op.drop_column("orders", column)
