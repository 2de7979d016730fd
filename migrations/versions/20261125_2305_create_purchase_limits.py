"""Create purchase limits, and let every channel have its own days.

Revision ID: 0032_purchase_limits
Revises: 0031_price_schedules
"""

import sqlalchemy as sa
from alembic import op

revision = "0032_purchase_limits"
down_revision = "0031_price_schedules"
branch_labels = None
depends_on = None


def _moment(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    default = None if nullable else sa.text("now()")
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, server_default=default)


def upgrade() -> None:
    # A constant default is not written to the rows: the table is locked for a moment only.
    op.add_column(
        "channels",
        sa.Column(
            "time_zone", sa.String(length=64), server_default="Asia/Shanghai", nullable=False
        ),
    )
    op.create_table(
        "purchase_limits",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sku_id", sa.Uuid(), nullable=True),
        sa.Column("spu_id", sa.Uuid(), nullable=True),
        sa.Column("max_quantity", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=32), nullable=False),
        _moment("starts_at", nullable=True),
        _moment("ends_at", nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        _moment("updated_at"),
        sa.Column("id", sa.Uuid(), nullable=False),
        _moment("created_at"),
        sa.CheckConstraint(
            "num_nonnulls(sku_id, spu_id) = 1", name=op.f("ck_purchase_limits_sku_or_product")
        ),
        sa.CheckConstraint(
            "max_quantity > 0", name=op.f("ck_purchase_limits_max_quantity_positive")
        ),
        sa.CheckConstraint(
            "ends_at IS NULL OR ends_at > starts_at",
            name=op.f("ck_purchase_limits_window_forward"),
        ),
        sa.ForeignKeyConstraint(
            ["sku_id"], ["skus.id"], name=op.f("fk_purchase_limits_sku_id_skus")
        ),
        sa.ForeignKeyConstraint(
            ["spu_id"], ["spus.id"], name=op.f("fk_purchase_limits_spu_id_spus")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_limits")),
    )
    for column in ("sku_id", "spu_id"):
        op.create_index(
            f"ix_purchase_limits_{column}",
            "purchase_limits",
            [column],
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
        )
    op.create_table(
        "purchase_counts",
        sa.Column("limit_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("period_on", sa.Date(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("allowed", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "quantity >= 0 AND quantity <= allowed",
            name=op.f("ck_purchase_counts_quantity_within_allowed"),
        ),
        sa.ForeignKeyConstraint(
            ["limit_id"],
            ["purchase_limits.id"],
            name=op.f("fk_purchase_counts_limit_id_purchase_limits"),
        ),
        sa.PrimaryKeyConstraint(
            "limit_id", "member_id", "period_on", name=op.f("pk_purchase_counts")
        ),
    )
    op.create_table(
        "purchase_uses",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("limit_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("period_on", sa.Date(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        _moment("released_at", nullable=True),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_purchase_uses_quantity_positive")),
        sa.ForeignKeyConstraint(
            ["limit_id"],
            ["purchase_limits.id"],
            name=op.f("fk_purchase_uses_limit_id_purchase_limits"),
        ),
        sa.PrimaryKeyConstraint("order_id", "limit_id", name=op.f("pk_purchase_uses")),
    )
    op.create_index(
        "ix_purchase_uses_limit_id", "purchase_uses", ["limit_id", "member_id", "period_on"]
    )


def downgrade() -> None:
    op.drop_table("purchase_uses")
    op.drop_table("purchase_counts")
    op.drop_table("purchase_limits")
    op.drop_column("channels", "time_zone")
