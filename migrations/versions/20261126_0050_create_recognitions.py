"""Create recognitions of revenue, and what others pay of discounts.

Revision ID: 0051_recognitions
Revises: 0052_bargains_shown
"""

import sqlalchemy as sa
from alembic import op

revision = "0051_recognitions"
down_revision = "0052_bargains_shown"
branch_labels = None
depends_on = None


def _minor(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _not_negative(table: str, *columns: str) -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(f"{each} >= 0", name=f"ck_{table}_{each}_not_negative")
        for each in columns
    ]


def upgrade() -> None:
    op.create_table(
        "recognitions",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        _minor("prepaid_minor"),
        _minor("funded_minor"),
        _minor("goods_minor"),
        _minor("shipping_minor"),
        _minor("tax_minor"),
        sa.Column("has_shipping", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        *_not_negative(
            "recognitions",
            "prepaid_minor",
            "funded_minor",
            "goods_minor",
            "shipping_minor",
            "tax_minor",
        ),
        sa.CheckConstraint(
            "prepaid_minor + funded_minor = goods_minor + shipping_minor + tax_minor",
            name="ck_recognitions_adds_up",
        ),
        sa.CheckConstraint(
            "has_shipping OR shipping_minor = 0", name="ck_recognitions_fee_with_shipping"
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name="fk_recognitions_order_id_orders"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_recognitions"),
        sa.UniqueConstraint("reference", name="uq_recognitions_reference"),
    )
    op.create_index("ix_recognitions_order_id", "recognitions", ["order_id"])
    op.create_index(
        "uq_recognitions_shipping",
        "recognitions",
        ["order_id"],
        unique=True,
        postgresql_where=sa.text("has_shipping"),
    )
    op.create_table(
        "earned_units",
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("unit_index", sa.Integer(), nullable=False),
        sa.Column("recognition_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("unit_index >= 0", name="ck_earned_units_unit_index_not_negative"),
        sa.ForeignKeyConstraint(
            ["line_id"], ["order_lines.id"], name="fk_earned_units_line_id_order_lines"
        ),
        sa.ForeignKeyConstraint(
            ["recognition_id"],
            ["recognitions.id"],
            name="fk_earned_units_recognition_id_recognitions",
        ),
        sa.PrimaryKeyConstraint("line_id", "unit_index", name="pk_earned_units"),
    )
    op.create_index("ix_earned_units_recognition_id", "earned_units", ["recognition_id"])
    op.create_table(
        "sponsored_units",
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("unit_index", sa.Integer(), nullable=False),
        sa.Column("funder", sa.String(length=64), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        _minor("amount_minor"),
        _minor("tax_minor"),
        sa.Column("tax_rate_bps", sa.Integer(), nullable=False),
        sa.Column("returned_by", sa.String(length=32), nullable=True),
        sa.CheckConstraint("amount_minor > 0", name="ck_sponsored_units_amount_minor_positive"),
        sa.CheckConstraint(
            "tax_minor BETWEEN 0 AND amount_minor", name="ck_sponsored_units_tax_within"
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["order_lines.id"], name="fk_sponsored_units_line_id_order_lines"
        ),
        sa.PrimaryKeyConstraint("line_id", "unit_index", "funder", name="pk_sponsored_units"),
    )
    op.create_index("ix_sponsored_units_order_id", "sponsored_units", ["order_id"])


def downgrade() -> None:
    op.drop_table("sponsored_units")
    op.drop_table("earned_units")
    op.drop_table("recognitions")
