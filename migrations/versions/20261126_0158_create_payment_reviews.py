"""Keep every reason for which people have to look at a payment.

Revision ID: 0070_payment_reviews
Revises: 0066_pending_points
"""

import sqlalchemy as sa
from alembic import op

revision = "0070_payment_reviews"
down_revision = "0066_pending_points"
branch_labels = None
depends_on = None

KINDS = (
    "amount_mismatch",
    "currency_mismatch",
    "unreadable_amount",
    "merchant_mismatch",
    "app_mismatch",
    "contradicted",
    "unanswered",
    "channel_gone",
    "refund_failed",
    "refund_abnormal",
    "refund_unanswered",
    "refunded_twice",
    "transfer_amount_mismatch",
    "transfer_second",
    "transfer_late",
    "not_in_statement",
)

# Plans that wait for people already, each with the one reason that was kept. Ids need an order only
# among those that come later.
KNOWN = """
    INSERT INTO payment_reviews (id, order_id, plan_id, member_id, kind, currency)
    SELECT gen_random_uuid(), order_id, id, member_id, review_reason, currency
    FROM payment_plans WHERE in_review AND review_reason IS NOT NULL
"""


def upgrade() -> None:
    now = sa.text("now()")
    op.create_table(
        "payment_reviews",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Enum(*KINDS, native_enum=False, length=32), nullable=False),
        sa.Column("reference", sa.String(length=128), server_default="", nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "closed", native_enum=False, length=32),
            server_default="open",
            nullable=False,
        ),
        sa.Column("assignee", sa.String(length=64), nullable=True),
        sa.Column("closed_by", sa.String(length=64), nullable=True),
        sa.Column("closed_for", sa.String(length=200), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.CheckConstraint(
            "(state = 'open') = (closed_at IS NULL)",
            name=op.f("ck_payment_reviews_closed_at_when_closed"),
        ),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (closed_by IS NULL)"
            " AND (closed_at IS NULL) = (closed_for IS NULL)",
            name=op.f("ck_payment_reviews_closed_by_somebody_for_something"),
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["payment_plans.id"], name=op.f("fk_payment_reviews_plan_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_reviews")),
    )
    is_open = sa.text("state = 'open'")
    op.create_index(
        "uq_payment_reviews_open",
        "payment_reviews",
        ["plan_id", "kind", "reference"],
        unique=True,
        postgresql_where=is_open,
    )
    op.create_index("ix_payment_reviews_open", "payment_reviews", ["id"], postgresql_where=is_open)
    op.create_index("ix_payment_reviews_plan_id", "payment_reviews", ["plan_id"])
    op.execute(KNOWN)


def downgrade() -> None:
    op.drop_table("payment_reviews")
