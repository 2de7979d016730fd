"""Track serial numbers.

Revision ID: 0254_serials
Revises: 0253_stock_shares
"""

import sqlalchemy as sa
from alembic import op

revision = "0254_serials"
down_revision = "0253_stock_shares"
branch_labels = None
depends_on = None

STATES = sa.Enum("in_stock", "packed", "sent", name="serialstate", native_enum=False, length=32)


def _id(name: str, *, is_nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=is_nullable)


def _now(name: str) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def upgrade() -> None:
    op.create_table(
        "serial_tracking",
        _id("sku_id"),
        _now("created_at"),
        sa.ForeignKeyConstraint(["sku_id"], ["skus.id"], name="fk_serial_tracking_sku_id"),
        sa.PrimaryKeyConstraint("sku_id", name="pk_serial_tracking"),
    )
    op.create_table(
        "stock_serials",
        _id("id"),
        _now("created_at"),
        _id("sku_id"),
        sa.Column("serial", sa.String(length=64), nullable=False),
        sa.Column("state", STATES, nullable=False),
        _id("warehouse_id", is_nullable=True),
        sa.Column("document", sa.String(length=128), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=True),
        _now("changed_at"),
        sa.CheckConstraint(
            "(state = 'sent') = (warehouse_id IS NULL)", name="ck_stock_serials_lies_or_was_sent"
        ),
        sa.CheckConstraint(
            "(state = 'sent') = (owner IS NOT NULL)", name="ck_stock_serials_sent_to_somebody"
        ),
        sa.ForeignKeyConstraint(
            ["sku_id"], ["serial_tracking.sku_id"], name="fk_stock_serials_sku_id"
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouses.id"], name="fk_stock_serials_warehouse_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_stock_serials"),
        sa.UniqueConstraint("sku_id", "serial", name="uq_stock_serials_sku_id_serial"),
    )
    op.create_index("ix_stock_serials_serial", "stock_serials", ["serial"])
    op.create_index("ix_stock_serials_sku_id", "stock_serials", ["sku_id", "id"])
    op.create_index(
        "ix_stock_serials_there",
        "stock_serials",
        ["sku_id", "warehouse_id"],
        postgresql_where=sa.text("state <> 'sent'"),
    )
    op.create_index(
        "ix_stock_serials_packed",
        "stock_serials",
        ["document"],
        postgresql_where=sa.text("state = 'packed'"),
    )
    op.create_table(
        "stock_serial_moves",
        _id("id"),
        _now("created_at"),
        _id("serial_id"),
        sa.Column("state", STATES, nullable=False),
        _id("warehouse_id", is_nullable=True),
        sa.Column("document", sa.String(length=128), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=True),
        sa.Column("actor", sa.String(length=128), nullable=True),
        sa.ForeignKeyConstraint(
            ["serial_id"], ["stock_serials.id"], name="fk_stock_serial_moves_serial_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_stock_serial_moves"),
    )
    op.create_index("ix_stock_serial_moves_serial_id", "stock_serial_moves", ["serial_id", "id"])
    op.execute(
        "CREATE TRIGGER stock_serial_moves_append_only BEFORE UPDATE OR DELETE OR TRUNCATE"
        " ON stock_serial_moves FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    for table in ("stock_serial_moves", "stock_serials", "serial_tracking"):
        op.drop_table(table)
