"""Keep rules about which ways to pay an order may use.

Revision ID: 0064_method_rules
Revises: 0063_reconciliation
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0064_method_rules"
down_revision = "0063_reconciliation"
branch_labels = None
depends_on = None


def upgrade() -> None:
    now = sa.text("now()")
    op.create_table(
        "payment_method_rules",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("method", sa.String(length=32), nullable=False),
        sa.Column("effect", sa.String(length=32), nullable=False),
        sa.Column("conditions", JSONB(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.CheckConstraint(
            "effect IN ('refuse', 'only')", name="ck_payment_method_rules_known_effect"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_payment_method_rules"),
    )


def downgrade() -> None:
    op.drop_table("payment_method_rules")
