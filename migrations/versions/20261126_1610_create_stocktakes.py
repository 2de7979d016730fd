"""Create stocktakes and adjustments by hand.

Revision ID: 0161_stocktakes
Revises: 0122_watches
"""

import sqlalchemy as sa
from alembic import op

revision = "0161_stocktakes"
down_revision = "0122_watches"
branch_labels = None
depends_on = None


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=32)


def _versioned(table: str) -> list[sa.Column[object] | sa.Constraint]:
    now = sa.text("now()")
    return [
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("warehouse_id", sa.Uuid(), nullable=False),
        sa.Column("decided_by", sa.String(length=128), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refusal", sa.String(length=500), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouses.id"], name=f"fk_{table}_warehouse_id"
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint("number", name=f"uq_{table}_number"),
    ]


def upgrade() -> None:
    _create_stocktakes()
    op.create_table(
        "stock_adjustments",
        *_versioned("stock_adjustments"),
        sa.Column(
            "reason",
            _enum(
                "adjustmentreason",
                "damage",
                "loss",
                "found",
                "expired",
                "sample",
                "correction",
                "other",
            ),
            nullable=False,
        ),
        sa.Column("document", sa.String(length=100), nullable=False),
        sa.Column(
            "state",
            _enum("adjustmentstate", "waiting", "posted", "rejected", "cancelled"),
            nullable=False,
        ),
        sa.Column("asked_by", sa.String(length=128), nullable=False),
        sa.CheckConstraint(
            "(state IN ('posted', 'rejected', 'cancelled')) ="
            " (decided_by IS NOT NULL AND decided_at IS NOT NULL)",
            name="ck_stock_adjustments_decided_by_somebody",
        ),
    )
    op.create_index(
        "ix_stock_adjustments_warehouse_id", "stock_adjustments", ["warehouse_id", "id"]
    )
    op.create_index(
        "ix_stock_adjustments_waiting",
        "stock_adjustments",
        ["id"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "stock_adjustment_lines",
        sa.Column("adjustment_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sku_id", sa.Uuid(), nullable=False),
        sa.Column("grade", _enum("stockgrade", "sellable", "damaged", "frozen"), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.CheckConstraint("quantity <> 0", name="ck_stock_adjustment_lines_quantity_not_zero"),
        sa.ForeignKeyConstraint(
            ["adjustment_id"],
            ["stock_adjustments.id"],
            name="fk_stock_adjustment_lines_adjustment_id",
        ),
        sa.ForeignKeyConstraint(["sku_id"], ["skus.id"], name="fk_stock_adjustment_lines_sku_id"),
        sa.PrimaryKeyConstraint("adjustment_id", "place", name="pk_stock_adjustment_lines"),
    )


def _create_stocktakes() -> None:
    op.create_table(
        "stocktakes",
        *_versioned("stocktakes"),
        sa.Column("is_all", sa.Boolean(), nullable=False),
        sa.Column("is_blind", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            _enum("stocktakestate", "counting", "submitted", "posted", "cancelled"),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("opened_by", sa.String(length=128), nullable=False),
        sa.Column("submitted_by", sa.String(length=128), nullable=True),
        sa.CheckConstraint(
            "state NOT IN ('submitted', 'posted') OR submitted_by IS NOT NULL",
            name="ck_stocktakes_submitted_by_somebody",
        ),
        sa.CheckConstraint(
            "(state IN ('posted')) = (decided_by IS NOT NULL AND decided_at IS NOT NULL)",
            name="ck_stocktakes_posted_by_somebody",
        ),
    )
    op.create_index("ix_stocktakes_warehouse_id", "stocktakes", ["warehouse_id", "id"])
    op.create_index(
        "ix_stocktakes_open",
        "stocktakes",
        ["id"],
        postgresql_where=sa.text("state IN ('counting', 'submitted')"),
    )
    op.create_table(
        "stocktake_lines",
        sa.Column("stocktake_id", sa.Uuid(), nullable=False),
        sa.Column("sku_id", sa.Uuid(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=True),
        sa.Column("expected", sa.Integer(), nullable=True),
        sa.Column("counted_by", sa.String(length=128), nullable=True),
        sa.CheckConstraint(
            "counted >= 0 AND expected >= 0", name="ck_stocktake_lines_counts_not_negative"
        ),
        sa.CheckConstraint(
            "(counted IS NULL) = (expected IS NULL) AND (counted IS NULL) = (counted_by IS NULL)",
            name="ck_stocktake_lines_counted_against_something",
        ),
        sa.ForeignKeyConstraint(
            ["stocktake_id"], ["stocktakes.id"], name="fk_stocktake_lines_stocktake_id"
        ),
        sa.ForeignKeyConstraint(["sku_id"], ["skus.id"], name="fk_stocktake_lines_sku_id"),
        sa.PrimaryKeyConstraint("stocktake_id", "sku_id", name="pk_stocktake_lines"),
    )
    op.create_table(
        "stocktake_counts",
        sa.Column("stocktake_id", sa.Uuid(), nullable=False),
        sa.Column("sku_id", sa.Uuid(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("counted_by", sa.String(length=128), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "counted >= 0 AND expected >= 0", name="ck_stocktake_counts_counts_not_negative"
        ),
        sa.ForeignKeyConstraint(
            ["stocktake_id"], ["stocktakes.id"], name="fk_stocktake_counts_stocktake_id"
        ),
        sa.ForeignKeyConstraint(["sku_id"], ["skus.id"], name="fk_stocktake_counts_sku_id"),
        sa.PrimaryKeyConstraint("id", name="pk_stocktake_counts"),
    )
    op.create_index("ix_stocktake_counts_stocktake_id", "stocktake_counts", ["stocktake_id", "id"])
    op.execute(
        "CREATE TRIGGER stocktake_counts_append_only BEFORE UPDATE OR DELETE OR TRUNCATE"
        " ON stocktake_counts FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    for table in (
        "stock_adjustment_lines",
        "stock_adjustments",
        "stocktake_counts",
        "stocktake_lines",
        "stocktakes",
    ):
        op.drop_table(table)
