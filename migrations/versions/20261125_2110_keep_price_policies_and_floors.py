"""Keep what a channel allows of discounts, and the floors of SKUs.

Revision ID: 0017_price_policies
Revises: 0016_sku_costs
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017_price_policies"
down_revision = "0016_sku_costs"
branch_labels = None
depends_on = None

RATES = {
    "max_discount_bps": 10_000,
    "min_margin_bps": 9_999,
    "joint_discount_bps": 10_000,
    "approval_drop_bps": 10_000,
}


def upgrade() -> None:
    op.create_table(
        "price_policies",
        sa.Column("channel_id", sa.Uuid(), nullable=True),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in RATES),
        sa.Column(
            "objective",
            sa.Enum("customer_best", "priority", name="objective", native_enum=False, length=32),
            nullable=True,
        ),
        sa.Column("stages", postgresql.ARRAY(sa.String(length=32)), nullable=True),
        sa.Column(
            "tax_scope",
            sa.Enum("line", "rate_group", name="taxscope", native_enum=False, length=32),
            nullable=True,
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        *(
            sa.CheckConstraint(
                f"{name} BETWEEN 0 AND {most}", name=op.f(f"ck_price_policies_{name}_range")
            )
            for name, most in RATES.items()
        ),
        sa.CheckConstraint(
            "cardinality(stages) >= 1", name=op.f("ck_price_policies_stages_not_empty")
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name=op.f("fk_price_policies_channel_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_policies")),
        sa.UniqueConstraint(
            "channel_id",
            name=op.f("uq_price_policies_channel_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "price_floors",
        sa.Column("sku_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("floor_minor", sa.BigInteger(), nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "floor_minor >= 0", name=op.f("ck_price_floors_floor_minor_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["sku_id"], ["skus.id"], name=op.f("fk_price_floors_sku_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("sku_id", "currency", name=op.f("pk_price_floors")),
    )


def downgrade() -> None:
    op.drop_table("price_floors")
    op.drop_table("price_policies")
