"""Track batches: their dates, what lies of them where, what moved of them.

Revision ID: 0252_batches
Revises: 0210_order_intakes
"""

import sqlalchemy as sa
from alembic import op

revision = "0252_batches"
down_revision = "0210_order_intakes"
branch_labels = None
depends_on = None

GRADES = ("on_hand", "damaged", "frozen")


def _id(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=False)


def _now(name: str) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def upgrade() -> None:
    op.create_table(
        "stock_tracking",
        _id("sku_id"),
        sa.Column("shelf_days", sa.Integer(), nullable=False),
        _now("created_at"),
        sa.CheckConstraint("shelf_days >= 0", name="ck_stock_tracking_shelf_days_not_negative"),
        sa.ForeignKeyConstraint(["sku_id"], ["skus.id"], name="fk_stock_tracking_sku_id"),
        sa.PrimaryKeyConstraint("sku_id", name="pk_stock_tracking"),
    )
    op.create_table(
        "stock_batches",
        _id("id"),
        _now("created_at"),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        _now("updated_at"),
        _id("sku_id"),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("made_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column(
            "state",
            sa.Enum("open", "blocked", "recalled", name="batchstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.CheckConstraint("made_on <= expires_on", name="ck_stock_batches_made_before_it_expires"),
        sa.CheckConstraint(
            "state = 'open' OR reason IS NOT NULL", name="ck_stock_batches_kept_back_for_a_reason"
        ),
        sa.ForeignKeyConstraint(
            ["sku_id"], ["stock_tracking.sku_id"], name="fk_stock_batches_sku_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_stock_batches"),
        sa.UniqueConstraint("sku_id", "number", name="uq_stock_batches_sku_id_number"),
        sa.UniqueConstraint("id", "sku_id", name="uq_stock_batches_id_sku_id"),
    )
    op.create_table(
        "batch_stock",
        _id("batch_id"),
        _id("warehouse_id"),
        _id("sku_id"),
        *(sa.Column(each, sa.Integer(), server_default="0", nullable=False) for each in GRADES),
        *(
            sa.CheckConstraint(f"{each} >= 0", name=f"ck_batch_stock_{each}_not_negative")
            for each in GRADES
        ),
        sa.ForeignKeyConstraint(
            ["batch_id", "sku_id"],
            ["stock_batches.id", "stock_batches.sku_id"],
            name="fk_batch_stock_batch_id_sku_id",
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouses.id"], name="fk_batch_stock_warehouse_id"
        ),
        sa.PrimaryKeyConstraint("batch_id", "warehouse_id", name="pk_batch_stock"),
    )
    op.create_index(
        "ix_batch_stock_there",
        "batch_stock",
        ["sku_id", "warehouse_id"],
        postgresql_where=sa.text("on_hand + damaged + frozen > 0"),
    )
    op.create_table(
        "stock_batch_movements",
        _id("id"),
        _now("created_at"),
        _id("batch_id"),
        _id("sku_id"),
        _id("warehouse_id"),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("grade", sa.String(length=32), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=128), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=True),
        sa.Column("actor", sa.String(length=128), nullable=True),
        sa.CheckConstraint("quantity <> 0", name="ck_stock_batch_movements_quantity_not_zero"),
        sa.PrimaryKeyConstraint("id", "created_at", name="pk_stock_batch_movements"),
        postgresql_partition_by="RANGE (created_at)",
    )
    for name, columns in (
        ("batch_id", ["batch_id", "id"]),
        ("cause", ["cause"]),
        ("owner", ["owner"]),
    ):
        op.create_index(f"ix_stock_batch_movements_{name}", "stock_batch_movements", columns)
    op.execute(
        "CREATE TABLE stock_batch_movements_p_default PARTITION OF stock_batch_movements DEFAULT"
    )
    for table in ("stock_batch_movements", "stock_batch_movements_p_default"):
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE"
            f" ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.add_column("stock_adjustment_lines", sa.Column("batch_id", sa.Uuid(), nullable=True))
    op.execute(
        "ALTER TABLE stock_adjustment_lines ADD CONSTRAINT fk_stock_adjustment_lines_batch_id"
        " FOREIGN KEY (batch_id) REFERENCES stock_batches (id) NOT VALID"
    )
    op.add_column("stock_thresholds", sa.Column("expiry_days", sa.Integer(), nullable=True))
    op.create_check_constraint(
        "ck_stock_thresholds_expiry_days_not_negative", "stock_thresholds", "expiry_days >= 0"
    )
    # Without a transaction, so that others write meanwhile.
    with op.get_context().autocommit_block():
        op.execute(
            "ALTER TABLE stock_adjustment_lines"
            " VALIDATE CONSTRAINT fk_stock_adjustment_lines_batch_id"
        )


def downgrade() -> None:
    op.drop_column("stock_thresholds", "expiry_days")
    op.drop_column("stock_adjustment_lines", "batch_id")
    for table in ("stock_batch_movements", "batch_stock", "stock_batches", "stock_tracking"):
        op.drop_table(table)
