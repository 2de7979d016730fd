"""Add orders up by the hour.

Revision ID: 0191_order_hours
Revises: 0110_delivery
"""

import sqlalchemy as sa
from alembic import op

revision = "0191_order_hours"
down_revision = "0110_delivery"
branch_labels = None
depends_on = None

FACTS = (
    *("carts", "placed", "paid", "cancelled", "completed", "shipped", "refunds", "returned"),
    *("units", "list_minor", "discount_minor", "net_minor", "paid_minor", "refunded_minor"),
    *("pay_seconds", "ship_seconds"),
)
INDEXES = (
    ("ix_orders_updated_at", "orders", ["updated_at", "id"], None),
    ("ix_orders_created_at", "orders", ["created_at"], None),
    ("ix_orders_cancelled_at", "orders", ["cancelled_at"], "cancelled_at IS NOT NULL"),
    ("ix_orders_completed_at", "orders", ["completed_at"], "completed_at IS NOT NULL"),
    ("ix_carts_created_at", "carts", ["created_at"], None),
    ("ix_refunds_succeeded_at", "refunds", ["succeeded_at"], "succeeded_at IS NOT NULL"),
)


def upgrade() -> None:
    op.create_table(
        "order_hours",
        sa.Column("hour_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("of_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in FACTS),
        sa.PrimaryKeyConstraint(
            "hour_at", "kind", "channel_id", "currency", "of_id", name="pk_order_hours"
        ),
        sa.CheckConstraint(
            "kind IN ('all', 'merchant', 'product')", name=op.f("ck_order_hours_known_kind")
        ),
    )
    op.create_table(
        "report_marks",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_report_marks"),
    )
    op.execute(
        "INSERT INTO report_marks VALUES"
        " ('order_hours', '1970-01-01T00:00:00Z', '00000000-0000-0000-0000-000000000000')"
    )
    # Without a transaction, so that others order while they are made.
    with op.get_context().autocommit_block():
        for name, table, columns, where in INDEXES:
            op.create_index(
                name,
                table,
                columns,
                postgresql_where=None if where is None else sa.text(where),
                postgresql_concurrently=True,
                if_not_exists=True,
            )


def downgrade() -> None:
    for name, table, _, _ in reversed(INDEXES):
        op.drop_index(name, table_name=table)
    op.drop_table("report_marks")
    op.drop_table("order_hours")
