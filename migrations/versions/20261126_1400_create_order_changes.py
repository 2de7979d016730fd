"""Keep what is changed of placed orders.

Revision ID: 0140_order_changes
Revises: 0190_find_orders
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0140_order_changes"
down_revision = "0190_find_orders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "order_changes",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("is_by_staff", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("consent", sa.String(length=200), nullable=True),
        sa.Column("before", JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("after", JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("pieces", JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("refund_id", sa.Uuid(), nullable=True),
        sa.Column("order_version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "NOT is_by_staff OR (reason IS NOT NULL AND consent IS NOT NULL)",
            name="ck_order_changes_staff_have_consent",
        ),
        sa.CheckConstraint(
            "after <> '{}' OR pieces <> '[]'", name="ck_order_changes_changes_something"
        ),
        sa.CheckConstraint(
            "(pieces <> '[]') = (refund_id IS NOT NULL)",
            name="ck_order_changes_gives_pieces_back",
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_order_changes_order_id"),
        sa.ForeignKeyConstraint(["refund_id"], ["refunds.id"], name="fk_order_changes_refund_id"),
        sa.PrimaryKeyConstraint("id", name="pk_order_changes"),
        sa.UniqueConstraint("refund_id", name="uq_order_changes_refund_id"),
    )
    op.create_index("ix_order_changes_order_id", "order_changes", ["order_id", "id"])
    op.create_index(
        "uq_order_changes_order_version",
        "order_changes",
        ["order_id", "order_version"],
        unique=True,
    )


def downgrade() -> None:
    op.drop_table("order_changes")
