"""Let stores decide about refunds, and orders keep what was decided.

Revision ID: 0080_refund_policies
Revises: 0073_export_targets
"""

import sqlalchemy as sa
from alembic import op

revision = "0080_refund_policies"
down_revision = "0073_export_targets"
branch_labels = None
depends_on = None

SHOP_PAYS = "{defective,late,not_delivered,out_of_stock,wrong_item}"
CHECKS = {
    "refund_grace_days_range": "refund_grace_days BETWEEN 0 AND 3650",
    "known_shortfall": "refund_shortfall IN ('debt', 'withheld')",
}


def upgrade() -> None:
    now = sa.text("now()")
    op.create_table(
        "refund_policies",
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("policy", sa.String(length=32), nullable=False),
        sa.Column("valuation", sa.String(length=32), nullable=False),
        sa.Column("shortfall", sa.String(length=32), nullable=False),
        sa.Column("grace_days", sa.Integer(), nullable=False),
        sa.Column("shop_pays", sa.ARRAY(sa.String(length=32)), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.CheckConstraint(
            "policy IN ('attributed', 'reverse_order', 'proportional')",
            name="ck_refund_policies_known_policy",
        ),
        sa.CheckConstraint(
            "valuation IN ('as_promoted', 'prorata', 'reprice')",
            name="ck_refund_policies_known_valuation",
        ),
        sa.CheckConstraint(
            "shortfall IN ('debt', 'withheld')", name="ck_refund_policies_known_shortfall"
        ),
        sa.CheckConstraint(
            "grace_days BETWEEN 0 AND 3650", name="ck_refund_policies_grace_days_range"
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name="fk_refund_policies_channel_id_channels"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_refund_policies"),
        sa.UniqueConstraint("channel_id", name="uq_refund_policies_channel_id"),
    )
    for column in (
        sa.Column("refund_valuation", sa.String(32), server_default="as_promoted", nullable=False),
        sa.Column("refund_shortfall", sa.String(32), server_default="debt", nullable=False),
        sa.Column("refund_grace_days", sa.Integer(), server_default="90", nullable=False),
        sa.Column(
            "refund_shop_pays", sa.ARRAY(sa.String(32)), server_default=SHOP_PAYS, nullable=False
        ),
        sa.Column("refund_rules_version", sa.Integer(), nullable=True),
    ):
        op.add_column("payment_plans", column)
    for name, rule in CHECKS.items():
        constraint = f"ck_payment_plans_{name}"
        op.execute(
            f"ALTER TABLE payment_plans ADD CONSTRAINT {constraint} CHECK ({rule}) NOT VALID"
        )
    for name in CHECKS:
        op.execute(f"ALTER TABLE payment_plans VALIDATE CONSTRAINT ck_payment_plans_{name}")


def downgrade() -> None:
    for name in (
        "refund_rules_version",
        "refund_shop_pays",
        "refund_grace_days",
        "refund_shortfall",
        "refund_valuation",
    ):
        op.drop_column("payment_plans", name)
    op.drop_table("refund_policies")
