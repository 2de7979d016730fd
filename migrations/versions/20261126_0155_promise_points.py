"""Keep points that are promised and not yet granted.

Revision ID: 0066_pending_points
Revises: 0065_top_ups
"""

import sqlalchemy as sa
from alembic import op

revision = "0066_pending_points"
down_revision = "0065_top_ups"
branch_labels = None
depends_on = None


def upgrade() -> None:
    now = sa.text("now()")
    op.create_table(
        "pending_points",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("source", sa.String(length=128), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("taken_back", sa.Integer(), server_default="0", nullable=False),
        sa.Column("available_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=32), server_default="pending", nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.CheckConstraint("quantity > 0", name="ck_pending_points_quantity_positive"),
        sa.CheckConstraint(
            "taken_back BETWEEN 0 AND quantity", name="ck_pending_points_taken_within_quantity"
        ),
        sa.CheckConstraint(
            "(state = 'cancelled') = (taken_back = quantity)",
            name="ck_pending_points_cancelled_when_gone",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name="fk_pending_points_member_id_members"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_pending_points"),
        sa.UniqueConstraint("source", name="uq_pending_points_source"),
    )
    op.create_index(
        "ix_pending_points_due",
        "pending_points",
        ["available_at", "id"],
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "ix_pending_points_member_id",
        "pending_points",
        ["member_id", "id"],
        postgresql_where=sa.text("state = 'pending'"),
    )


def downgrade() -> None:
    op.drop_table("pending_points")
