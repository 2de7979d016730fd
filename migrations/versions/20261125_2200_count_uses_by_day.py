"""Limits of promotions by day: in all, and for each member.

Revision ID: 0023_promotion_days
Revises: 0022_held_quotas
"""

import sqlalchemy as sa
from alembic import op

revision = "0023_promotion_days"
down_revision = "0022_held_quotas"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("uses_per_day", "uses_per_member_per_day"):
        op.add_column("promotion_quotas", sa.Column(name, sa.Integer(), nullable=True))
    op.add_column(
        "promotion_quotas",
        sa.Column(
            "time_zone", sa.String(length=64), server_default="Asia/Shanghai", nullable=False
        ),
    )
    op.create_table(
        "promotion_days",
        sa.Column("promotion_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.CheckConstraint("used BETWEEN 0 AND most", name=op.f("ck_promotion_days_within_most")),
        sa.ForeignKeyConstraint(
            ["promotion_id"],
            ["promotions.id"],
            name=op.f("fk_promotion_days_promotion_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("promotion_id", "day", name=op.f("pk_promotion_days")),
    )
    op.add_column("promotion_uses", sa.Column("day", sa.Date(), nullable=True))
    op.add_column("promotion_uses", sa.Column("day_slot", sa.Integer(), nullable=True))
    # The columns are new and empty, so these are one look through the table each.
    op.create_check_constraint(
        op.f("ck_promotion_uses_slot_of_a_day"),
        "promotion_uses",
        "day_slot IS NULL OR day IS NOT NULL",
    )
    op.create_index(
        "uq_promotion_uses_day_slot",
        "promotion_uses",
        ["promotion_id", "member_id", "day", "day_slot"],
        unique=True,
        postgresql_where=sa.text("day_slot IS NOT NULL AND state <> 'released'"),
    )


def downgrade() -> None:
    op.drop_index("uq_promotion_uses_day_slot", table_name="promotion_uses")
    op.drop_constraint(op.f("ck_promotion_uses_slot_of_a_day"), "promotion_uses", type_="check")
    for name in ("day_slot", "day"):
        op.drop_column("promotion_uses", name)
    op.drop_table("promotion_days")
    for name in ("time_zone", "uses_per_member_per_day", "uses_per_day"):
        op.drop_column("promotion_quotas", name)
