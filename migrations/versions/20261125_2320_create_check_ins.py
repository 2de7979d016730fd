"""Create daily check-ins.

Revision ID: 0031_check_ins
Revises: 0033_released_uses
"""

import sqlalchemy as sa
from alembic import op

revision = "0031_check_ins"
down_revision = "0033_released_uses"
branch_labels = None
depends_on = None


def _stamp(name: str) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def upgrade() -> None:
    op.create_table(
        "check_in_plans",
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("points_by_day", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column(
            "time_zone", sa.String(length=64), server_default="Asia/Shanghai", nullable=False
        ),
        sa.Column("lifetime_days", sa.Integer(), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        _stamp("updated_at"),
        sa.Column("id", sa.Uuid(), nullable=False),
        _stamp("created_at"),
        sa.CheckConstraint(
            "cardinality(points_by_day) BETWEEN 1 AND 31", name="ck_check_in_plans_cycle_length"
        ),
        sa.CheckConstraint(
            "0 <= ALL (points_by_day)", name="ck_check_in_plans_points_not_negative"
        ),
        sa.CheckConstraint("lifetime_days > 0", name="ck_check_in_plans_lifetime_days_positive"),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name="fk_check_in_plans_channel_id_channels"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_check_in_plans"),
        sa.UniqueConstraint("channel_id", name="uq_check_in_plans_channel_id"),
    )
    op.create_table(
        "check_ins",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("day_on", sa.Date(), nullable=False),
        sa.Column("streak", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        _stamp("created_at"),
        sa.CheckConstraint("streak > 0", name="ck_check_ins_streak_positive"),
        sa.CheckConstraint("points >= 0", name="ck_check_ins_points_not_negative"),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name="fk_check_ins_member_id_members"
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["check_in_plans.id"], name="fk_check_ins_plan_id_check_in_plans"
        ),
        sa.PrimaryKeyConstraint("member_id", "plan_id", "day_on", name="pk_check_ins"),
    )


def downgrade() -> None:
    op.drop_table("check_ins")
    op.drop_table("check_in_plans")
