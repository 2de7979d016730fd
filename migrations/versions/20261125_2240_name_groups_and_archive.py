"""Name exclusion groups, and put promotions away.

Revision ID: 0026_promotion_groups
Revises: 0025_replays
"""

import sqlalchemy as sa
from alembic import op

revision = "0026_promotion_groups"
down_revision = "0025_replays"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "promotion_groups",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("description", sa.String(length=2_000), server_default="", nullable=False),
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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotion_groups")),
        sa.UniqueConstraint("code", name=op.f("uq_promotion_groups_code")),
    )
    op.add_column("promotions", sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_promotions_archived_when_over"),
        "promotions",
        "archived_at IS NULL OR status IN ('draft', 'running', 'ended')",
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_promotions_archived_when_over"), "promotions", type_="check")
    op.drop_column("promotions", "archived_at")
    op.drop_table("promotion_groups")
