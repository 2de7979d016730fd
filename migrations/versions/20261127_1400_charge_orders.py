"""Ask for differences of orders that were placed.

Revision ID: 0230_order_charges
Revises: 0241_route_again
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0230_order_charges"
down_revision = "0241_route_again"
branch_labels = None
depends_on = None

OPEN = "state IN ('due', 'awaiting')"


def upgrade() -> None:
    op.create_table(
        "order_charges",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), server_default="due", nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tax_rate_bps", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("change", JSONB(), nullable=True),
        sa.Column("added_order_id", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("close_reason", sa.String(length=200), nullable=True),
        sa.Column("earned_minor", sa.BigInteger(), nullable=True),
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
        sa.CheckConstraint("amount_minor > 0", name="ck_order_charges_amount_minor_positive"),
        sa.CheckConstraint(
            "tax_minor BETWEEN 0 AND amount_minor", name="ck_order_charges_tax_in_amount"
        ),
        sa.CheckConstraint(
            "(state = 'paid') = (paid_at IS NOT NULL)", name="ck_order_charges_paid_has_a_time"
        ),
        sa.CheckConstraint(
            "(state = 'closed') = (close_reason IS NOT NULL)", name="ck_order_charges_closed_for"
        ),
        sa.CheckConstraint(
            "settled_at IS NULL OR state IN ('paid', 'closed')",
            name="ck_order_charges_settled_last",
        ),
        sa.CheckConstraint(
            "earned_minor IS NULL OR state = 'paid' AND earned_minor BETWEEN 0 AND amount_minor",
            name="ck_order_charges_earns_what_was_paid",
        ),
        sa.CheckConstraint("tax_rate_bps >= 0", name="ck_order_charges_tax_rate_bps_not_negative"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_order_charges_order_id"),
        sa.ForeignKeyConstraint(
            ["added_order_id"], ["orders.id"], name="fk_order_charges_added_order_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_order_charges"),
        sa.UniqueConstraint("added_order_id", name="uq_order_charges_added_order_id"),
    )
    op.create_index("ix_order_charges_order_id", "order_charges", ["order_id", "id"])
    op.create_index("ix_order_charges_member_id", "order_charges", ["member_id", "id"])
    op.create_index(
        "ix_order_charges_due",
        "order_charges",
        ["expires_at"],
        postgresql_where=sa.text(OPEN),
    )
    op.create_index(
        "uq_order_charges_change",
        "order_charges",
        ["order_id"],
        unique=True,
        postgresql_where=sa.text(f"change IS NOT NULL AND {OPEN}"),
    )
    op.add_column("order_changes", sa.Column("charge_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        "fk_order_changes_charge_id", "order_changes", "order_charges", ["charge_id"], ["id"]
    )
    op.create_unique_constraint("uq_order_changes_charge_id", "order_changes", ["charge_id"])
    op.drop_constraint("ck_order_changes_changes_something", "order_changes", type_="check")
    op.create_check_constraint(
        "ck_order_changes_changes_something",
        "order_changes",
        "after <> '{}' OR refund_id IS NOT NULL OR charge_id IS NOT NULL",
    )
    op.drop_constraint("ck_order_changes_gives_pieces_back", "order_changes", type_="check")
    op.create_check_constraint(
        "ck_order_changes_gives_pieces_back",
        "order_changes",
        "pieces = '[]' OR refund_id IS NOT NULL",
    )


def downgrade() -> None:
    op.drop_constraint("ck_order_changes_gives_pieces_back", "order_changes", type_="check")
    op.create_check_constraint(
        "ck_order_changes_gives_pieces_back",
        "order_changes",
        "(pieces <> '[]') = (refund_id IS NOT NULL)",
        postgresql_not_valid=True,
    )
    op.drop_constraint("ck_order_changes_changes_something", "order_changes", type_="check")
    op.create_check_constraint(
        "ck_order_changes_changes_something",
        "order_changes",
        "after <> '{}' OR pieces <> '[]'",
        postgresql_not_valid=True,
    )
    op.drop_column("order_changes", "charge_id")
    op.drop_table("order_charges")
