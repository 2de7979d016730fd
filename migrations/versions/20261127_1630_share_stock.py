"""Share stock between channels, and let tills sell off the shelf.

Revision ID: 0253_stock_shares
Revises: 0290_read_parcels
"""

import sqlalchemy as sa
from alembic import op

revision = "0253_stock_shares"
down_revision = "0290_read_parcels"
branch_labels = None
depends_on = None

OLD_RULES = {
    "sign_follows_kind": (
        "(kind IN ('receipt','return','transfer_in') AND quantity > 0) OR "
        "(kind IN ('shipment','transfer_out') AND quantity < 0) OR "
        "kind IN ('adjustment','stocktake','regrade')"
    ),
    "only_sellable_leaves": "kind NOT IN ('shipment','transfer_out') OR grade = 'sellable'",
}
RULES = {
    name: rule.replace("('shipment','transfer_out')", "('shipment','transfer_out','sale')")
    for name, rule in OLD_RULES.items()
}


def _id(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=False)


def _at(name: str, *, is_nullable: bool = False, default: str | None = None) -> sa.Column[object]:
    return sa.Column(
        name,
        sa.DateTime(timezone=True),
        server_default=None if default is None else sa.text(default),
        nullable=is_nullable,
    )


def _rule(name: str, rule: str) -> None:
    op.execute(f"ALTER TABLE stock_movements DROP CONSTRAINT ck_stock_movements_{name}")
    op.execute(
        f"ALTER TABLE stock_movements ADD CONSTRAINT ck_stock_movements_{name}"
        f" CHECK ({rule}) NOT VALID"
    )


def upgrade() -> None:
    op.create_table(
        "stock_shares",
        _id("channel_id"),
        _id("sku_id"),
        _id("warehouse_id"),
        sa.Column("leaves", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("share_bps", sa.Integer(), server_default=sa.text("10000"), nullable=False),
        sa.CheckConstraint("leaves >= 0", name="ck_stock_shares_leaves_not_negative"),
        sa.CheckConstraint("share_bps BETWEEN 0 AND 10000", name="ck_stock_shares_share_of_all"),
        sa.ForeignKeyConstraint(
            ["channel_id"],
            ["channels.id"],
            name="fk_stock_shares_channel_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["sku_id"], ["skus.id"], name="fk_stock_shares_sku_id"),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouses.id"], name="fk_stock_shares_warehouse_id"
        ),
        sa.PrimaryKeyConstraint("channel_id", "sku_id", "warehouse_id", name="pk_stock_shares"),
    )
    op.create_table(
        "pos_sales",
        _id("id"),
        _at("created_at", default="now()"),
        sa.Column("number", sa.String(length=32), nullable=False),
        _id("warehouse_id"),
        _id("channel_id"),
        sa.Column("till_number", sa.String(length=64), nullable=False),
        _at("sold_at"),
        sa.Column("is_offline", sa.Boolean(), nullable=False),
        sa.Column("is_short", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("sold", "undone", name="possalestate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("sold_by", sa.String(length=128), nullable=False),
        sa.Column("undone_by", sa.String(length=128), nullable=True),
        _at("undone_at", is_nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "(state = 'undone') = (undone_by IS NOT NULL AND undone_at IS NOT NULL)",
            name="ck_pos_sales_undone_by_somebody",
        ),
        sa.CheckConstraint("NOT is_short OR is_offline", name="ck_pos_sales_short_only_offline"),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouses.id"], name="fk_pos_sales_warehouse_id"
        ),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name="fk_pos_sales_channel_id"),
        sa.PrimaryKeyConstraint("id", name="pk_pos_sales"),
        sa.UniqueConstraint("number", name="uq_pos_sales_number"),
        sa.UniqueConstraint(
            "warehouse_id", "till_number", name="uq_pos_sales_warehouse_id_till_number"
        ),
    )
    op.create_index("ix_pos_sales_short", "pos_sales", ["id"], postgresql_where=sa.text("is_short"))
    op.create_index("ix_pos_sales_warehouse_id", "pos_sales", ["warehouse_id", "id"])
    op.create_table(
        "pos_sale_lines",
        _id("sale_id"),
        _id("sku_id"),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("short", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "quantity > 0 AND short BETWEEN 0 AND quantity", name="ck_pos_sale_lines_short_of_sold"
        ),
        sa.ForeignKeyConstraint(["sale_id"], ["pos_sales.id"], name="fk_pos_sale_lines_sale_id"),
        sa.ForeignKeyConstraint(["sku_id"], ["skus.id"], name="fk_pos_sale_lines_sku_id"),
        sa.PrimaryKeyConstraint("sale_id", "sku_id", name="pk_pos_sale_lines"),
    )
    for name, rule in RULES.items():
        _rule(name, rule)
    # Without a transaction, so that others write meanwhile.
    with op.get_context().autocommit_block():
        for name in RULES:
            op.execute(f"ALTER TABLE stock_movements VALIDATE CONSTRAINT ck_stock_movements_{name}")


def downgrade() -> None:
    for name, rule in OLD_RULES.items():
        _rule(name, rule)
    for table in ("pos_sale_lines", "pos_sales", "stock_shares"):
        op.drop_table(table)
