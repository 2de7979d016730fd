"""Create the tables of payments.

Revision ID: 0012_payments
Revises: 0011_orders
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012_payments"
down_revision = "0011_orders"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "gateway_events",
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("provider_id", sa.String(length=128), nullable=False),
        sa.Column("provider_state", sa.String(length=64), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column(
            "headers",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=64), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_events")),
        sa.UniqueConstraint(
            "channel",
            "kind",
            "provider_id",
            "provider_state",
            name=op.f("uq_gateway_events_channel_kind_provider_id_provider_state"),
        ),
    )
    op.create_index(
        "ix_gateway_events_waiting",
        "gateway_events",
        ["id"],
        unique=False,
        postgresql_where=sa.text("processed_at IS NULL"),
    )
    op.create_table(
        "payment_plans",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("payable_minor", sa.BigInteger(), nullable=False),
        sa.Column("tendered_minor", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "new",
                "awaiting",
                "closing",
                "paid",
                "partly_refunded",
                "refunded",
                "closed",
                "hold_failed",
                name="planstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("in_review", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("review_reason", sa.String(length=200), nullable=True),
        sa.Column("close_reason", sa.String(length=200), nullable=True),
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
        sa.CheckConstraint(
            "payable_minor >= 0", name=op.f("ck_payment_plans_payable_minor_not_negative")
        ),
        sa.CheckConstraint(
            "tendered_minor = payable_minor", name=op.f("ck_payment_plans_tenders_cover_payable")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_plans")),
        sa.UniqueConstraint("order_id", name=op.f("uq_payment_plans_order_id")),
    )
    op.create_index(
        "ix_payment_plans_closing",
        "payment_plans",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'closing'"),
    )
    op.create_table(
        "gift_cards",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("code_tail", sa.String(length=4), nullable=False),
        sa.Column("batch", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("face_minor", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "issued",
                "active",
                "frozen",
                "closed",
                name="giftcardstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
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
        sa.CheckConstraint("face_minor > 0", name=op.f("ck_gift_cards_face_minor_positive")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_gift_cards_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift_cards")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_gift_cards_code_hash")),
    )
    op.create_index(op.f("ix_gift_cards_batch"), "gift_cards", ["batch"], unique=False)
    op.create_index(op.f("ix_gift_cards_member_id"), "gift_cards", ["member_id"], unique=False)
    op.create_table(
        "points_lots",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("source", sa.String(length=128), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("remaining", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), server_default="0", nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_points_lots_quantity_positive")),
        sa.CheckConstraint(
            "remaining + held <= quantity", name=op.f("ck_points_lots_within_quantity")
        ),
        sa.CheckConstraint(
            "remaining >= 0 AND held >= 0", name=op.f("ck_points_lots_not_overspent")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_points_lots_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_lots")),
        sa.UniqueConstraint("source", name=op.f("uq_points_lots_source")),
    )
    op.create_index(
        "ix_points_lots_member_id",
        "points_lots",
        ["member_id", "expires_at"],
        unique=False,
        postgresql_where=sa.text("remaining > 0"),
    )
    op.create_table(
        "refunds",
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending", "succeeded", "failed", name="refundstate", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=True),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=True),
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
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_refunds_amount_minor_positive")),
        sa.ForeignKeyConstraint(["plan_id"], ["payment_plans.id"], name=op.f("fk_refunds_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
        sa.UniqueConstraint("number", name=op.f("uq_refunds_number")),
    )
    op.create_index("ix_refunds_plan_id", "refunds", ["plan_id"], unique=False)
    op.create_table(
        "tenders",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "gift_card",
                "points",
                "balance",
                "gateway",
                name="tenderkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("gift_card_id", sa.Uuid(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.Column("point_value_minor", sa.Integer(), nullable=True),
        sa.Column("channel", sa.String(length=64), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "held",
                "captured",
                "released",
                name="tenderstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("refunded_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(kind = 'points') = (points IS NOT NULL)", name=op.f("ck_tenders_points_when_points")
        ),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_tenders_amount_minor_positive")),
        sa.CheckConstraint(
            "points IS NULL OR points * point_value_minor = amount_minor",
            name=op.f("ck_tenders_points_worth"),
        ),
        sa.CheckConstraint(
            "refunded_minor BETWEEN 0 AND amount_minor",
            name=op.f("ck_tenders_refunded_within_amount"),
        ),
        sa.ForeignKeyConstraint(
            ["gift_card_id"], ["gift_cards.id"], name=op.f("fk_tenders_gift_card_id")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["payment_plans.id"], name=op.f("fk_tenders_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tenders")),
        sa.UniqueConstraint("plan_id", "position", name=op.f("uq_tenders_plan_id_position")),
    )
    op.create_index(
        "uq_tenders_gateway",
        "tenders",
        ["plan_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'gateway'"),
    )
    op.create_table(
        "payment_attempts",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("tender_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("out_trade_no", sa.String(length=64), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "created",
                "pending",
                "failed",
                "closed",
                "succeeded",
                name="attemptstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("action", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_query_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("queries", sa.Integer(), server_default="0", nullable=False),
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
        sa.CheckConstraint(
            "amount_minor > 0", name=op.f("ck_payment_attempts_amount_minor_positive")
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["payment_plans.id"], name=op.f("fk_payment_attempts_plan_id")
        ),
        sa.ForeignKeyConstraint(
            ["tender_id"], ["tenders.id"], name=op.f("fk_payment_attempts_tender_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_attempts")),
        sa.UniqueConstraint("out_trade_no", name=op.f("uq_payment_attempts_out_trade_no")),
    )
    op.create_index(
        "ix_payment_attempts_due",
        "payment_attempts",
        ["next_query_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('created', 'pending')"),
    )
    op.create_index("ix_payment_attempts_plan_id", "payment_attempts", ["plan_id"], unique=False)
    op.create_index(
        "uq_payment_attempts_open",
        "payment_attempts",
        ["plan_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('created', 'pending')"),
    )
    op.create_table(
        "points_uses",
        sa.Column("tender_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("restored", sa.Integer(), server_default="0", nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "held",
                "captured",
                "released",
                name="tenderstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_points_uses_quantity_positive")),
        sa.CheckConstraint(
            "restored BETWEEN 0 AND quantity", name=op.f("ck_points_uses_restored_within_quantity")
        ),
        sa.ForeignKeyConstraint(["lot_id"], ["points_lots.id"], name=op.f("fk_points_uses_lot_id")),
        sa.ForeignKeyConstraint(
            ["tender_id"], ["tenders.id"], name=op.f("fk_points_uses_tender_id")
        ),
        sa.PrimaryKeyConstraint("tender_id", "lot_id", name=op.f("pk_points_uses")),
    )
    op.create_table(
        "payment_receipts",
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("transaction_id", sa.String(length=128), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum("captured", "suspense", name="receiptoutcome", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "amount_minor > 0", name=op.f("ck_payment_receipts_amount_minor_positive")
        ),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["payment_attempts.id"], name=op.f("fk_payment_receipts_attempt_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_receipts")),
        sa.UniqueConstraint(
            "channel", "transaction_id", name=op.f("uq_payment_receipts_channel_transaction_id")
        ),
    )
    op.create_index(
        op.f("ix_payment_receipts_attempt_id"), "payment_receipts", ["attempt_id"], unique=False
    )
    op.create_table(
        "refund_tenders",
        sa.Column("refund_id", sa.Uuid(), nullable=True),
        sa.Column("tender_id", sa.Uuid(), nullable=True),
        sa.Column("receipt_id", sa.Uuid(), nullable=True),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "pending", "succeeded", "failed", name="refundstate", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("channel", sa.String(length=64), nullable=True),
        sa.Column("out_trade_no", sa.String(length=64), nullable=True),
        sa.Column("out_refund_no", sa.String(length=64), nullable=True),
        sa.Column("gateway_refund_id", sa.String(length=128), nullable=True),
        sa.Column("next_query_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("queries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(refund_id IS NULL) = (tender_id IS NULL)",
            name=op.f("ck_refund_tenders_refund_with_tender"),
        ),
        sa.CheckConstraint(
            "amount_minor > 0", name=op.f("ck_refund_tenders_amount_minor_positive")
        ),
        sa.CheckConstraint(
            "num_nonnulls(tender_id, receipt_id) = 1", name=op.f("ck_refund_tenders_one_source")
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id"], ["payment_receipts.id"], name=op.f("fk_refund_tenders_receipt_id")
        ),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refunds.id"], name=op.f("fk_refund_tenders_refund_id")
        ),
        sa.ForeignKeyConstraint(
            ["tender_id"], ["tenders.id"], name=op.f("fk_refund_tenders_tender_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_tenders")),
        sa.UniqueConstraint("out_refund_no", name=op.f("uq_refund_tenders_out_refund_no")),
        sa.UniqueConstraint("receipt_id", name=op.f("uq_refund_tenders_receipt_id")),
        sa.UniqueConstraint(
            "refund_id", "tender_id", name=op.f("uq_refund_tenders_refund_id_tender_id")
        ),
    )
    op.create_index(
        "ix_refund_tenders_due",
        "refund_tenders",
        ["next_query_at"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        op.f("ix_refund_tenders_tender_id"), "refund_tenders", ["tender_id"], unique=False
    )


def downgrade() -> None:
    op.drop_table("refund_tenders")
    op.drop_table("payment_receipts")
    op.drop_table("points_uses")
    op.drop_table("payment_attempts")
    op.drop_table("tenders")
    op.drop_table("refunds")
    op.drop_table("points_lots")
    op.drop_table("gift_cards")
    op.drop_table("payment_plans")
    op.drop_table("gateway_events")
