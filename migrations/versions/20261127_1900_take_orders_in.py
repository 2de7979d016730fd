"""Keep orders that marketplaces send in.

Revision ID: 0210_order_intakes
Revises: 0242_backorders
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0210_order_intakes"
down_revision = "0242_backorders"
branch_labels = None
depends_on = None

NOW = sa.func.now()


def upgrade() -> None:
    op.create_table(
        "order_intakes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("external_number", sa.String(50), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.String(32), server_default="received", nullable=False),
        sa.Column("is_paid", sa.Boolean(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("problem", postgresql.JSONB(), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("received_by", sa.String(128), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_order_intakes"),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name="fk_order_intakes_channel_id"
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_order_intakes_order_id"),
        sa.UniqueConstraint(
            "channel_id", "external_number", name="uq_order_intakes_channel_id_external_number"
        ),
        sa.UniqueConstraint("order_id", name="uq_order_intakes_order_id"),
        sa.CheckConstraint(
            "(state = 'placed') = (order_id IS NOT NULL)",
            name=op.f("ck_order_intakes_placed_has_order"),
        ),
        sa.CheckConstraint(
            "(state = 'failed') = (problem IS NOT NULL)",
            name=op.f("ck_order_intakes_failed_says_why"),
        ),
    )
    op.create_index(
        "ix_order_intakes_open",
        "order_intakes",
        ["id"],
        postgresql_where=sa.text("state <> 'placed'"),
    )
    op.create_index("ix_order_intakes_channel_id", "order_intakes", ["channel_id", "id"])
    op.create_table(
        "intake_buyers",
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(100), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("channel_id", "reference", name="pk_intake_buyers"),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name="fk_intake_buyers_channel_id"
        ),
        sa.UniqueConstraint("member_id", name="uq_intake_buyers_member_id"),
    )


def downgrade() -> None:
    op.drop_table("intake_buyers")
    op.drop_table("order_intakes")
