"""Create withdrawals and freezes of balances.

Revision ID: 0061_withdrawals
Revises: 0055_cost_centres
"""

import sqlalchemy as sa
from alembic import op

revision = "0061_withdrawals"
down_revision = "0055_cost_centres"
branch_labels = None
depends_on = None


def _stamp(name: str) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def upgrade() -> None:
    op.create_table(
        "balance_freezes",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("frozen_by", sa.String(length=128), nullable=False),
        _stamp("frozen_at"),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name="fk_balance_freezes_member_id_members"
        ),
        sa.PrimaryKeyConstraint("member_id", name="pk_balance_freezes"),
    )
    op.create_table(
        "withdrawals",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("payee", sa.String(length=200), nullable=False),
        sa.Column("account_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("account_tail", sa.String(length=4), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "approved",
                "paid",
                "rejected",
                "cancelled",
                name="withdrawalstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("approved_by", sa.String(length=128), nullable=True),
        sa.Column("paid_by", sa.String(length=128), nullable=True),
        sa.Column("reference", sa.String(length=128), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        _stamp("updated_at"),
        sa.Column("id", sa.Uuid(), nullable=False),
        _stamp("created_at"),
        sa.CheckConstraint("amount_minor > 0", name="ck_withdrawals_amount_minor_positive"),
        sa.CheckConstraint(
            "(state = 'paid') = (reference IS NOT NULL AND paid_by IS NOT NULL)",
            name="ck_withdrawals_paid_has_reference",
        ),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'paid') OR approved_by IS NOT NULL",
            name="ck_withdrawals_approved_by_somebody",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name="fk_withdrawals_member_id_members"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_withdrawals"),
    )
    op.create_index("ix_withdrawals_member_id", "withdrawals", ["member_id", "id"])
    op.create_index(
        "ix_withdrawals_open",
        "withdrawals",
        ["id"],
        postgresql_where=sa.text("state IN ('requested', 'approved')"),
    )


def downgrade() -> None:
    op.drop_table("withdrawals")
    op.drop_table("balance_freezes")
