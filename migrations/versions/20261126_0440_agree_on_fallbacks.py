"""Let a second person agree before a failed refund goes another way.

Revision ID: 0102_refund_fallbacks
Revises: 0160_grades
"""

import sqlalchemy as sa
from alembic import op

revision = "0102_refund_fallbacks"
down_revision = "0160_grades"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "refund_fallbacks",
        sa.Column("part_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Enum("balance", "bank", native_enum=False, length=32), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=True),
        sa.Column("consent", sa.String(length=200), nullable=False),
        sa.Column("asked_by", sa.String(length=128), nullable=False),
        sa.Column(
            "asked_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("approved_by", sa.String(length=128), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("approved_by <> asked_by", name="ck_refund_fallbacks_two_people"),
        sa.CheckConstraint(
            "(approved_by IS NULL) = (approved_at IS NULL)",
            name="ck_refund_fallbacks_approved_at_some_time",
        ),
        sa.ForeignKeyConstraint(
            ["part_id"], ["refund_tenders.id"], name="fk_refund_fallbacks_part_id"
        ),
        sa.PrimaryKeyConstraint("part_id", name="pk_refund_fallbacks"),
    )


def downgrade() -> None:
    op.drop_table("refund_fallbacks")
