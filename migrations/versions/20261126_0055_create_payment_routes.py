"""Create what staff say of gateway accounts, and routes to them.

Revision ID: 0052_payment_routes
Revises: 0051_recognitions
"""

import sqlalchemy as sa
from alembic import op

revision = "0052_payment_routes"
down_revision = "0051_recognitions"
branch_labels = None
depends_on = None


def _versioned() -> tuple[sa.Column[object], ...]:
    now = sa.text("now()")
    return (
        sa.Column("is_enabled", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
    )


def upgrade() -> None:
    op.create_table(
        "gateway_accounts",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        *_versioned(),
        sa.PrimaryKeyConstraint("id", name="pk_gateway_accounts"),
        sa.UniqueConstraint("code", name="uq_gateway_accounts_code"),
    )
    op.create_table(
        "payment_routes",
        sa.Column("method", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("priority", sa.Integer(), server_default="100", nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=True),
        sa.Column("scene", sa.String(length=32), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("merchant_id", sa.Uuid(), nullable=True),
        *_versioned(),
        sa.CheckConstraint("priority BETWEEN 0 AND 1000", name="ck_payment_routes_priority_range"),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name="fk_payment_routes_channel_id_channels"
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name="fk_payment_routes_merchant_id_merchants"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_payment_routes"),
        sa.UniqueConstraint(
            "method",
            "account",
            "channel_id",
            "scene",
            "currency",
            "merchant_id",
            name="uq_payment_routes_conditions",
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index("ix_payment_routes_channel_id", "payment_routes", ["channel_id"])
    op.create_index("ix_payment_routes_merchant_id", "payment_routes", ["merchant_id"])


def downgrade() -> None:
    op.drop_table("payment_routes")
    op.drop_table("gateway_accounts")
