"""Exchange goods, repair them, and send them once more.

Revision ID: 0221_exchange_goods
Revises: 0254_serials
"""

import sqlalchemy as sa
from alembic import op

revision = "0221_exchange_goods"
down_revision = "0254_serials"
branch_labels = None
depends_on = None

OPEN = (
    "state IN ('requested', 'escalated', 'awaiting_goods', 'in_transit', 'received', 'accepted',"
    " 'refunding'{})"
)
KEYS = (
    ("order_returns", "difference_id", "refunds"),
    ("order_return_lines", "sku_id", "skus"),
    ("order_return_lines", "for_sku_id", "skus"),
)
RULE = "kind = 'exchange' OR NOT is_at_once"


def upgrade() -> None:
    for name in ("is_at_once", "is_contested"):
        flag = sa.Column(name, sa.Boolean(), server_default=sa.text("false"), nullable=False)
        op.add_column("order_returns", flag)
    op.add_column("order_returns", sa.Column("shipment_id", sa.Uuid()))
    difference = sa.Column("difference_minor", sa.BigInteger(), server_default="0", nullable=False)
    op.add_column("order_return_lines", difference)
    for table, column, target in KEYS:
        op.add_column(table, sa.Column(column, sa.Uuid()))
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT fk_{table}_{column}"
            f" FOREIGN KEY ({column}) REFERENCES {target} (id) NOT VALID"
        )
    op.execute(
        "ALTER TABLE order_returns ADD CONSTRAINT ck_order_returns_only_exchanges_at_once"
        f" CHECK ({RULE}) NOT VALID"
    )
    # Without a transaction, so that others write meanwhile.
    with op.get_context().autocommit_block():
        for table, column, _ in KEYS:
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT fk_{table}_{column}")
        op.execute(
            "ALTER TABLE order_returns VALIDATE CONSTRAINT ck_order_returns_only_exchanges_at_once"
        )
        op.execute(
            "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS uq_order_returns_difference_id"
            " ON order_returns (difference_id)"
        )
        op.create_index(
            "ix_order_returns_shipment_id",
            "order_returns",
            ["shipment_id"],
            postgresql_where=sa.text("shipment_id IS NOT NULL"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )
        _open(", 'sending'")
    op.execute(
        "ALTER TABLE order_returns ADD CONSTRAINT uq_order_returns_difference_id"
        " UNIQUE USING INDEX uq_order_returns_difference_id"
    )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        _open("")
    op.drop_index("ix_order_returns_shipment_id", table_name="order_returns")
    for table, column, _ in reversed(KEYS):
        op.drop_column(table, column)
    op.drop_column("order_return_lines", "difference_minor")
    op.drop_column("order_returns", "shipment_id")
    op.drop_column("order_returns", "is_contested")
    op.execute("ALTER TABLE order_returns DROP CONSTRAINT ck_order_returns_only_exchanges_at_once")
    op.drop_column("order_returns", "is_at_once")


def _open(more: str) -> None:
    """Which returns are open is part of their index."""
    op.drop_index(
        "ix_order_returns_open",
        table_name="order_returns",
        postgresql_concurrently=True,
        if_exists=True,
    )
    op.create_index(
        "ix_order_returns_open",
        "order_returns",
        ["id"],
        postgresql_where=sa.text(OPEN.format(more)),
        postgresql_concurrently=True,
    )
