"""Warn of stock that runs low, lasts too long, or does not sell.

Revision ID: 0251_stock_alerts
Revises: 0230_order_charges
"""

import sqlalchemy as sa
from alembic import op

revision = "0251_stock_alerts"
down_revision = "0230_order_charges"
branch_labels = None
depends_on = None

LIMITS = ("low", "over", "slow_days")


def _id(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.Uuid(), nullable=False)


def _at(name: str, *, is_nullable: bool = False, default: str | None = None) -> sa.Column[object]:
    return sa.Column(
        name,
        sa.DateTime(timezone=True),
        server_default=None if default is None else sa.text(default),
        nullable=is_nullable,
    )


def _of_stock(table: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([f"{each}_id"], [f"{each}s.id"], name=f"fk_{table}_{each}_id")
        for each in ("sku", "warehouse")
    ]


def upgrade() -> None:
    op.create_table(
        "stock_thresholds",
        _id("sku_id"),
        _id("warehouse_id"),
        *(sa.Column(each, sa.Integer(), nullable=True) for each in LIMITS),
        *(
            sa.CheckConstraint(f"{each} >= 0", name=f"ck_stock_thresholds_{each}_not_negative")
            for each in LIMITS
        ),
        sa.CheckConstraint("low < over", name="ck_stock_thresholds_low_below_over"),
        *_of_stock("stock_thresholds"),
        sa.PrimaryKeyConstraint("sku_id", "warehouse_id", name="pk_stock_thresholds"),
    )
    op.create_index("ix_stock_thresholds_warehouse_id", "stock_thresholds", ["warehouse_id"])
    op.create_table(
        "stock_paces",
        _id("sku_id"),
        _id("warehouse_id"),
        sa.Column("sold", sa.Integer(), nullable=False),
        sa.Column("in_days", sa.Integer(), nullable=False),
        _at("first_at"),
        _at("sold_at", is_nullable=True),
        _at("counted_at", default="now()"),
        sa.CheckConstraint("sold >= 0", name="ck_stock_paces_sold_not_negative"),
        sa.PrimaryKeyConstraint("sku_id", "warehouse_id", name="pk_stock_paces"),
    )
    op.create_table(
        "stock_alerts",
        _id("id"),
        _at("created_at", default="now()"),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        _at("updated_at", default="now()"),
        sa.Column(
            "kind",
            sa.Enum("low", "over", "slow", name="alertkind", native_enum=False, length=32),
            nullable=False,
        ),
        _id("sku_id"),
        _id("warehouse_id"),
        sa.Column(
            "state",
            sa.Enum(
                "open", "acknowledged", "over", name="alertstate", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("available", sa.Integer(), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("days_of_cover", sa.Integer(), nullable=True),
        sa.Column("acknowledged_by", sa.String(length=128), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        _at("ended_at", is_nullable=True),
        sa.CheckConstraint(
            "(state = 'over') = (ended_at IS NOT NULL)", name="ck_stock_alerts_over_once"
        ),
        sa.CheckConstraint(
            "state <> 'acknowledged' OR acknowledged_by IS NOT NULL",
            name="ck_stock_alerts_acknowledged_by_somebody",
        ),
        *_of_stock("stock_alerts"),
        sa.PrimaryKeyConstraint("id", name="pk_stock_alerts"),
    )
    is_open = sa.text("state <> 'over'")
    op.create_index(
        "uq_stock_alerts_open",
        "stock_alerts",
        ["kind", "sku_id", "warehouse_id"],
        unique=True,
        postgresql_where=is_open,
    )
    op.create_index("ix_stock_alerts_open", "stock_alerts", ["id"], postgresql_where=is_open)


def downgrade() -> None:
    for table in ("stock_alerts", "stock_paces", "stock_thresholds"):
        op.drop_table(table)
