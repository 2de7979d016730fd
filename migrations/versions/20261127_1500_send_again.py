"""Send pieces again because of a return: fulfilments that are no sale.

Revision ID: 0220_send_again
Revises: 0250_stock_proofs
"""

import sqlalchemy as sa
from alembic import op

revision = "0220_send_again"
down_revision = "0250_stock_proofs"
branch_labels = None
depends_on = None

KINDS = ("sale", "replacement", "repair")
KEYS = (
    ("fulfilments", "return_id", "order_returns"),
    ("fulfilment_lines", "sku_id", "skus"),
)
UNEXPECTED = (
    "state = 'open' AND fulfilment_status IN ('shipped', 'delivered') AND arrival_due_at IS NULL"
    " AND received_at IS NULL"
)
RULES = (
    (
        "fulfilments",
        "sale_or_of_a_return",
        "(kind = 'sale') = (return_id IS NULL) AND (kind = 'sale') = (round IS NULL)",
    ),
    ("fulfilment_lines", "unit_cost_minor_not_negative", "unit_cost_minor >= 0"),
)


def upgrade() -> None:
    kind = sa.Enum(*KINDS, native_enum=False, length=32)
    op.add_column("fulfilments", sa.Column("kind", kind, server_default="sale", nullable=False))
    op.add_column("fulfilments", sa.Column("round", sa.SmallInteger()))
    op.add_column("fulfilment_lines", sa.Column("unit_cost_minor", sa.BigInteger()))
    for table, column, target in KEYS:
        op.add_column(table, sa.Column(column, sa.Uuid()))
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT fk_{table}_{column}"
            f" FOREIGN KEY ({column}) REFERENCES {target} (id) NOT VALID"
        )
    for table, name, rule in RULES:
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({rule}) NOT VALID")
    # Without a transaction, so that others write meanwhile.
    with op.get_context().autocommit_block():
        for table, column, _ in KEYS:
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT fk_{table}_{column}")
        for table, name, _ in RULES:
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_{name}")
        op.create_index(
            "ix_orders_unexpected",
            "orders",
            ["id"],
            postgresql_where=sa.text(UNEXPECTED),
            postgresql_concurrently=True,
            if_not_exists=True,
        )
        op.create_index(
            "ix_fulfilments_return_id",
            "fulfilments",
            ["return_id"],
            postgresql_where=sa.text("return_id IS NOT NULL"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    op.drop_index("ix_orders_unexpected", table_name="orders")
    op.drop_index("ix_fulfilments_return_id", table_name="fulfilments")
    for table, column, _ in reversed(KEYS):
        op.drop_column(table, column)
    op.drop_column("fulfilment_lines", "unit_cost_minor")
    op.drop_column("fulfilments", "round")
    op.drop_column("fulfilments", "kind")
