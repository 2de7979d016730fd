"""Create recharge packages and top-ups of balances.

Revision ID: 0065_top_ups
Revises: 0064_method_rules
"""

import sqlalchemy as sa
from alembic import op

revision = "0065_top_ups"
down_revision = "0064_method_rules"
branch_labels = None
depends_on = None


def _stamp(name: str) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def _entity(*columns: sa.Column[object]) -> tuple[sa.Column[object], ...]:
    return (
        *columns,
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        _stamp("updated_at"),
        sa.Column("id", sa.Uuid(), nullable=False),
        _stamp("created_at"),
    )


def _member(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["member_id"], ["members.id"], name=f"fk_{table}_member_id_members"
    )


def _package(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["package_id"], ["recharge_packages.id"], name=f"fk_{table}_package_id_recharge_packages"
    )


def upgrade() -> None:
    op.create_table(
        "recharge_packages",
        *_entity(
            sa.Column("name", sa.String(length=200), nullable=False),
            sa.Column("currency", sa.String(length=3), nullable=False),
            sa.Column("pay_minor", sa.BigInteger(), nullable=False),
            sa.Column("bonus_minor", sa.BigInteger(), nullable=False),
            sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
            sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
            sa.Column("per_member", sa.Integer(), nullable=True),
            sa.Column("is_active", sa.Boolean(), nullable=False),
        ),
        sa.CheckConstraint("pay_minor > 0", name="ck_recharge_packages_pay_minor_positive"),
        sa.CheckConstraint("per_member > 0", name="ck_recharge_packages_per_member_positive"),
        sa.CheckConstraint("ends_at > starts_at", name="ck_recharge_packages_window_not_empty"),
        sa.CheckConstraint(
            "bonus_minor >= 0", name="ck_recharge_packages_bonus_minor_not_negative"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_recharge_packages"),
    )
    op.create_table(
        "package_uses",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("package_id", sa.Uuid(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.CheckConstraint("used >= 0", name="ck_package_uses_used_not_negative"),
        _member("package_uses"),
        _package("package_uses"),
        sa.PrimaryKeyConstraint("member_id", "package_id", name="pk_package_uses"),
    )
    op.create_table(
        "top_ups",
        *_entity(
            sa.Column("member_id", sa.Uuid(), nullable=False),
            sa.Column("package_id", sa.Uuid(), nullable=True),
            sa.Column("currency", sa.String(length=3), nullable=False),
            sa.Column("pay_minor", sa.BigInteger(), nullable=False),
            sa.Column("bonus_minor", sa.BigInteger(), nullable=False),
            sa.Column(
                "state",
                sa.Enum(
                    "awaiting",
                    "paid",
                    "closed",
                    "refunded",
                    name="topupstate",
                    native_enum=False,
                    length=32,
                ),
                nullable=False,
            ),
            sa.Column("close_reason", sa.String(length=200), nullable=True),
            sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        ),
        sa.CheckConstraint("pay_minor > 0", name="ck_top_ups_pay_minor_positive"),
        sa.CheckConstraint(
            "bonus_minor = 0 OR package_id IS NOT NULL", name="ck_top_ups_bonus_of_package"
        ),
        sa.CheckConstraint("bonus_minor >= 0", name="ck_top_ups_bonus_minor_not_negative"),
        _member("top_ups"),
        _package("top_ups"),
        sa.PrimaryKeyConstraint("id", name="pk_top_ups"),
    )
    op.create_index("ix_top_ups_member_id", "top_ups", ["member_id", "id"])
    op.create_index(
        "ix_top_ups_due", "top_ups", ["expires_at"], postgresql_where=sa.text("state = 'awaiting'")
    )


def downgrade() -> None:
    op.drop_table("top_ups")
    op.drop_table("package_uses")
    op.drop_table("recharge_packages")
