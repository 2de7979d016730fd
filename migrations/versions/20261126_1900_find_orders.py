"""Find orders by what staff look for, and keep what they looked for.

Revision ID: 0190_find_orders
Revises: 0161_stocktakes
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0190_find_orders"
down_revision = "0161_stocktakes"
branch_labels = None
depends_on = None

INDEXES: tuple[tuple[str, str, list[str | sa.TextClause], str | None], ...] = (
    ("ix_orders_channel_id", "orders", ["channel_id", "id"], None),
    ("ix_orders_state", "orders", ["state", "id"], "state <> 'completed'"),
    ("ix_orders_payment_status", "orders", ["payment_status", "id"], "payment_status <> 'paid'"),
    (
        "ix_orders_fulfilment_status",
        "orders",
        ["fulfilment_status", "id"],
        "fulfilment_status <> 'delivered'",
    ),
    ("ix_orders_return_status", "orders", ["return_status", "id"], "return_status <> 'none'"),
    ("ix_orders_paid_at", "orders", ["paid_at"], "paid_at IS NOT NULL"),
    ("ix_orders_payable_minor", "orders", ["currency", "payable_minor", "id"], None),
    ("ix_orders_phone", "orders", [sa.text("(address ->> 'phone')"), "id"], None),
    ("ix_orders_receiver", "orders", [sa.text("(address ->> 'recipient')"), "id"], None),
    ("ix_orders_noted", "orders", ["id"], "note IS NOT NULL"),
    ("ix_order_lines_sku_code", "order_lines", ["sku_code", "order_id"], None),
    ("ix_fulfilments_warehouse_id", "fulfilments", ["warehouse_id", "order_id"], None),
    ("ix_shipments_shipped_at", "shipments", ["shipped_at", "order_id"], "shipped_at IS NOT NULL"),
)
MERCHANT = "ix_fulfilments_merchant_id"
NARROW = "ix_fulfilments_merchant_id_alone"


def upgrade() -> None:
    op.create_table(
        "order_views",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("is_shared", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_default", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("sort", sa.String(32), nullable=False),
        sa.Column("wanted", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_order_views"),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name="fk_order_views_staff_id_staff", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("staff_id", "name", name="uq_order_views_staff_id_name"),
    )
    op.create_index(
        "uq_order_views_default",
        "order_views",
        ["staff_id"],
        unique=True,
        postgresql_where=sa.text("is_default"),
    )
    op.create_index(
        "ix_order_views_shared", "order_views", ["id"], postgresql_where=sa.text("is_shared")
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
        op.execute(f"ALTER INDEX IF EXISTS {MERCHANT} RENAME TO {NARROW}")
        op.create_index(
            MERCHANT,
            "fulfilments",
            ["merchant_id", "order_id"],
            postgresql_concurrently=True,
            if_not_exists=True,
        )
        op.drop_index(
            NARROW, table_name="fulfilments", postgresql_concurrently=True, if_exists=True
        )


def downgrade() -> None:
    op.drop_index(MERCHANT, table_name="fulfilments")
    op.create_index(MERCHANT, "fulfilments", ["merchant_id"])
    for name, table, _, _ in reversed(INDEXES):
        op.drop_index(name, table_name=table)
    op.drop_table("order_views")
