"""Let orders come from elsewhere than carts, at prices that were agreed on.

Revision ID: 0200_orders_without_carts
Revises: 0240_route_orders
"""

import sqlalchemy as sa
from alembic import op

revision = "0200_orders_without_carts"
down_revision = "0240_route_orders"
branch_labels = None
depends_on = None

KINDS = sa.Enum(
    "sale", "sample", "giveaway", "internal", name="orderkind", native_enum=False, length=32
)
SOURCES = sa.Enum(
    "cart",
    "phone",
    "group",
    "marketplace",
    "exchange",
    "free",
    name="ordersource",
    native_enum=False,
    length=32,
)


def upgrade() -> None:
    op.add_column("orders", sa.Column("kind", KINDS, server_default="sale", nullable=False))
    op.add_column("orders", sa.Column("source", SOURCES, server_default="cart", nullable=False))
    op.add_column("orders", sa.Column("reference", sa.String(128), nullable=True))
    op.alter_column("orders", "cart_id", nullable=True)
    op.create_check_constraint(
        op.f("ck_orders_carts_become_orders"), "orders", "source <> 'cart' OR cart_id IS NOT NULL"
    )
    op.create_check_constraint(
        op.f("ck_orders_only_sales_are_paid"), "orders", "kind = 'sale' OR payable_minor = 0"
    )
    op.create_index(
        "uq_orders_reference",
        "orders",
        ["source", "reference"],
        unique=True,
        postgresql_where=sa.text("reference IS NOT NULL"),
    )
    op.add_column("order_lines", sa.Column("agreed_reason", sa.String(200), nullable=True))
    op.add_column("order_lines", sa.Column("agreed_source", sa.String(128), nullable=True))
    op.create_check_constraint(
        op.f("ck_order_lines_agreed_by_somebody"),
        "order_lines",
        "(agreed_reason IS NULL) = (agreed_source IS NULL)",
    )


def downgrade() -> None:
    op.drop_column("order_lines", "agreed_source")
    op.drop_column("order_lines", "agreed_reason")
    op.drop_index("uq_orders_reference", "orders")
    op.drop_constraint(op.f("ck_orders_only_sales_are_paid"), "orders")
    op.drop_constraint(op.f("ck_orders_carts_become_orders"), "orders")
    # An order that never had a cart keeps its own id in the place of one.
    op.execute("UPDATE orders SET cart_id = id WHERE cart_id IS NULL")
    op.alter_column("orders", "cart_id", nullable=False)
    op.drop_column("orders", "reference")
    op.drop_column("orders", "source")
    op.drop_column("orders", "kind")
