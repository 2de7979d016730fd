"""Let delivery cost something, and be agreed on.

Revision ID: 0110_delivery
Revises: 0150_after_sales
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0110_delivery"
down_revision = "0150_after_sales"
branch_labels = None
depends_on = None

METHODS = ("standard", "express", "pickup", "same_city")
BASES = ("weight", "volume", "pieces", "amount")
VOLUME = "ck_skus_volume_cm3_positive"


def upgrade() -> None:
    op.add_column("skus", sa.Column("volume_cm3", sa.Integer(), nullable=True))
    op.execute(f"ALTER TABLE skus ADD CONSTRAINT {VOLUME} CHECK (volume_cm3 > 0) NOT VALID")
    _create_templates()
    _create_points()
    _create_slots()
    with op.get_context().autocommit_block():
        op.execute(f"ALTER TABLE skus VALIDATE CONSTRAINT {VOLUME}")


def downgrade() -> None:
    for table in ("delivery_slot_uses", "delivery_slots", "pickup_points", "freight_templates"):
        op.drop_table(table)
    op.drop_column("skus", "volume_cm3")


def _kept() -> list[sa.Column[object]]:
    """Columns of what staff edit."""
    now = sa.text("now()")
    return [
        sa.Column("is_active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
    ]


def _merchant(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["merchant_id"], ["merchants.id"], name=f"fk_{table}_merchant_id"
    )


def _method() -> sa.Column[object]:
    return sa.Column("method", sa.Enum(*METHODS, native_enum=False, length=32), nullable=False)


def _create_templates() -> None:
    table = "freight_templates"
    op.create_table(
        table,
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("warehouse_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        _method(),
        sa.Column("basis", sa.Enum(*BASES, native_enum=False, length=32), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("zones", JSONB(), nullable=False),
        sa.Column("max_weight_grams", sa.Integer(), nullable=True),
        sa.Column("refused_category_ids", JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("cutoff_minute", sa.Integer(), server_default="1440", nullable=False),
        sa.Column("handling_days", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "works_on",
            JSONB(),
            server_default=sa.text("'[1, 2, 3, 4, 5, 6, 7]'"),
            nullable=False,
        ),
        *_kept(),
        sa.CheckConstraint("max_weight_grams > 0", name=f"ck_{table}_max_weight_positive"),
        sa.CheckConstraint(
            "cutoff_minute BETWEEN 0 AND 1440", name=f"ck_{table}_cutoff_within_a_day"
        ),
        sa.CheckConstraint(
            "handling_days BETWEEN 0 AND 60", name=f"ck_{table}_handling_days_known"
        ),
        sa.CheckConstraint("jsonb_array_length(works_on) > 0", name=f"ck_{table}_works_some_day"),
        _merchant(table),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouses.id"], name=f"fk_{table}_warehouse_id"
        ),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )
    op.create_index(
        "uq_freight_templates_method",
        table,
        ["merchant_id", "method", "currency", "warehouse_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("is_active"),
    )


def _create_points() -> None:
    table = "pickup_points"
    op.create_table(
        table,
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("province", sa.String(length=200), nullable=False),
        sa.Column("city", sa.String(length=200), nullable=False),
        sa.Column("district", sa.String(length=200), nullable=True),
        sa.Column("street", sa.String(length=500), nullable=False),
        sa.Column("region_code", sa.String(length=16), nullable=True),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.Column("hours", JSONB(), nullable=False),
        *_kept(),
        _merchant(table),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.UniqueConstraint("code", name=f"uq_{table}_code"),
    )
    op.create_index("ix_pickup_points_merchant_id", table, ["merchant_id", "id"])


def _create_slots() -> None:
    table = "delivery_slots"
    op.create_table(
        table,
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        _method(),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("orders_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), server_default="0", nullable=False),
        *_kept(),
        sa.CheckConstraint("starts_at < ends_at", name=f"ck_{table}_lasts"),
        sa.CheckConstraint("orders_until <= ends_at", name=f"ck_{table}_ordered_before_it_ends"),
        sa.CheckConstraint(
            "taken BETWEEN 0 AND capacity", name=f"ck_{table}_taken_within_capacity"
        ),
        sa.CheckConstraint(
            "method IN ('pickup', 'same_city')", name=f"ck_{table}_of_an_appointment"
        ),
        _merchant(table),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )
    op.create_index("ix_delivery_slots_open", table, ["merchant_id", "method", "starts_at"])
    op.create_table(
        "delivery_slot_uses",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("slot_id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_delivery_slot_uses_order_id"),
        sa.ForeignKeyConstraint(
            ["slot_id"], ["delivery_slots.id"], name="fk_delivery_slot_uses_slot_id"
        ),
        sa.PrimaryKeyConstraint("order_id", name="pk_delivery_slot_uses"),
    )
    op.create_index("ix_delivery_slot_uses_slot_id", "delivery_slot_uses", ["slot_id"])
