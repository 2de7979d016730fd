"""Keep what is paid by hand: cash on delivery, bank transfers and proofs of them.

Revision ID: 0062_collections
Revises: 0061_withdrawals
"""

import sqlalchemy as sa
from alembic import op

revision = "0062_collections"
down_revision = "0061_withdrawals"
branch_labels = None
depends_on = None


def upgrade() -> None:
    now = sa.text("now()")
    op.create_table(
        "collections",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("tender_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reference", sa.String(length=128), nullable=False),
        sa.Column("state", sa.String(length=32), server_default="recorded", nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=True),
        sa.Column("recorded_by", sa.String(length=128), nullable=False),
        sa.Column("settled_by", sa.String(length=128), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_by", sa.String(length=128), nullable=True),
        sa.Column("returned_reference", sa.String(length=128), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.CheckConstraint("amount_minor > 0", name="ck_collections_amount_minor_positive"),
        sa.CheckConstraint(
            "kind IN ('cash_on_delivery', 'bank_transfer')", name="ck_collections_by_hand"
        ),
        sa.CheckConstraint(
            "(state = 'recorded') = (settled_by IS NULL)", name="ck_collections_settled_by_somebody"
        ),
        sa.CheckConstraint(
            "state = 'rejected' OR settled_by <> recorded_by", name="ck_collections_two_people"
        ),
        sa.CheckConstraint(
            "(state = 'returned') = (returned_by IS NOT NULL AND returned_reference IS NOT NULL)",
            name="ck_collections_returned_by_somebody",
        ),
        sa.CheckConstraint("returned_by <> settled_by", name="ck_collections_two_people_return"),
        sa.CheckConstraint(
            "kind = 'bank_transfer' OR state IN ('recorded', 'confirmed')",
            name="ck_collections_cash_was_taken",
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["payment_plans.id"], name="fk_collections_plan_id_payment_plans"
        ),
        sa.ForeignKeyConstraint(
            ["tender_id"], ["tenders.id"], name="fk_collections_tender_id_tenders"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_collections"),
    )
    op.create_index(
        "uq_collections_reference",
        "collections",
        ["kind", "reference"],
        unique=True,
        postgresql_where=sa.text("state <> 'rejected'"),
    )
    op.create_index(
        "uq_collections_tender",
        "collections",
        ["tender_id"],
        unique=True,
        postgresql_where=sa.text("state = 'confirmed' OR kind = 'cash_on_delivery'"),
    )
    op.create_index("ix_collections_plan_id", "collections", ["plan_id"])
    op.create_index("ix_collections_order_id", "collections", ["order_id"])
    op.create_index(
        "ix_collections_open",
        "collections",
        ["id"],
        postgresql_where=sa.text("state IN ('recorded', 'apart')"),
    )
    op.create_table(
        "transfer_proofs",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["payment_plans.id"], name="fk_transfer_proofs_plan_id_payment_plans"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_transfer_proofs"),
    )
    op.create_index("ix_transfer_proofs_plan_id", "transfer_proofs", ["plan_id"])


def downgrade() -> None:
    op.drop_table("transfer_proofs")
    op.drop_table("collections")
