"""Keep orders of companies for many recipients.

Revision ID: 0211_group_orders
Revises: 0221_exchange_goods
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0211_group_orders"
down_revision = "0221_exchange_goods"
branch_labels = None
depends_on = None

NOW = sa.func.now()


def upgrade() -> None:
    op.create_table(
        "group_orders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("contract", sa.String(100), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("prices", postgresql.JSONB(), nullable=False),
        sa.Column("invoice", postgresql.JSONB(), nullable=True),
        sa.Column("payment", sa.String(32), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.Column("created_by", sa.String(128), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_group_orders"),
        sa.UniqueConstraint("number", name="uq_group_orders_number"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_group_orders_member_id"),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name="fk_group_orders_channel_id"),
    )
    op.create_index("ix_group_orders_member_id", "group_orders", ["member_id", "id"])
    op.create_table(
        "group_order_rows",
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("faults", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("problem", postgresql.JSONB(), nullable=True),
        sa.PrimaryKeyConstraint("group_id", "position", name="pk_group_order_rows"),
        sa.ForeignKeyConstraint(
            ["group_id"], ["group_orders.id"], name="fk_group_order_rows_group_id"
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_group_order_rows_order_id"),
        sa.UniqueConstraint("order_id", name="uq_group_order_rows_order_id"),
        sa.CheckConstraint(
            "(state = 'placed') = (order_id IS NOT NULL)",
            name=op.f("ck_group_order_rows_placed_has_order"),
        ),
        sa.CheckConstraint(
            "(state = 'failed') = (problem IS NOT NULL)",
            name=op.f("ck_group_order_rows_failed_says_why"),
        ),
        sa.CheckConstraint(
            "(state = 'invalid') = (jsonb_array_length(faults) > 0)",
            name=op.f("ck_group_order_rows_invalid_says_why"),
        ),
    )
    op.create_index(
        "ix_group_order_rows_queued",
        "group_order_rows",
        ["group_id", "position"],
        postgresql_where=sa.text("state = 'queued'"),
    )


def downgrade() -> None:
    op.drop_table("group_order_rows")
    op.drop_table("group_orders")
