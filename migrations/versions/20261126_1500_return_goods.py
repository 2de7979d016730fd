"""Let shoppers ask money back for goods that have left.

Revision ID: 0150_after_sales
Revises: 0140_order_changes
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0150_after_sales"
down_revision = "0140_order_changes"
branch_labels = None
depends_on = None

KINDS = ("refund_only", "return")
STATES = (
    "requested",
    "escalated",
    "awaiting_goods",
    "in_transit",
    "received",
    "accepted",
    "refunding",
    "refunded",
    "rejected",
    "denied",
    "cancelled",
    "closed",
)
ACTIONS = (
    "approve",
    "reject",
    "escalate",
    "cancel",
    "send",
    "receive",
    "inspect",
    "refund",
    "close",
)
REASONS = (
    "cancelled",
    "changed_mind",
    "not_delivered",
    "late",
    "defective",
    "wrong_item",
    "out_of_stock",
    "price_protection",
    "goodwill",
    "chargeback",
    "other",
)
OPEN = (
    "state IN ('requested', 'escalated', 'awaiting_goods', 'in_transit', 'received', 'accepted',"
    " 'refunding')"
)
DUE = "state = 'awaiting_goods'"
NOW = sa.text("now()")


def _kind(*values: str) -> sa.Enum:
    return sa.Enum(*values, native_enum=False, length=32)


def upgrade() -> None:
    op.create_table(
        "order_returns",
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("warehouse_id", sa.Uuid(), nullable=False),
        sa.Column("kind", _kind(*KINDS), nullable=False),
        sa.Column("state", _kind(*STATES), server_default="requested", nullable=False),
        sa.Column("reason_code", _kind(*REASONS), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("media", JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("deducts_gifts", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("claimed_by", sa.String(length=128)),
        sa.Column("carrier_code", sa.String(length=64)),
        sa.Column("tracking_number", sa.String(length=64)),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("refund_id", sa.Uuid()),
        sa.Column("refunds_asked", sa.Integer(), server_default="0", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.CheckConstraint(
            f"({DUE}) = (due_at IS NOT NULL)", name="ck_order_returns_due_while_awaited"
        ),
        sa.CheckConstraint(
            "(state IN ('refunding', 'refunded')) = (refund_id IS NOT NULL)",
            name="ck_order_returns_has_its_refund",
        ),
        sa.CheckConstraint(
            "(carrier_code IS NULL) = (tracking_number IS NULL)",
            name="ck_order_returns_waybill_is_whole",
        ),
        sa.CheckConstraint(
            "refunds_asked >= 0", name="ck_order_returns_refunds_asked_not_negative"
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_order_returns_order_id"),
        sa.ForeignKeyConstraint(
            ["merchant_id"], ["merchants.id"], name="fk_order_returns_merchant_id"
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouses.id"], name="fk_order_returns_warehouse_id"
        ),
        sa.ForeignKeyConstraint(["refund_id"], ["refunds.id"], name="fk_order_returns_refund_id"),
        sa.PrimaryKeyConstraint("id", name="pk_order_returns"),
        sa.UniqueConstraint("number", name="uq_order_returns_number"),
        sa.UniqueConstraint("refund_id", name="uq_order_returns_refund_id"),
    )
    op.create_index("ix_order_returns_order_id", "order_returns", ["order_id"])
    op.create_index("ix_order_returns_member_id", "order_returns", ["member_id", "id"])
    op.create_index("ix_order_returns_merchant_id", "order_returns", ["merchant_id", "id"])
    op.create_index(
        "ix_order_returns_open", "order_returns", ["id"], postgresql_where=sa.text(OPEN)
    )
    op.create_index(
        "ix_order_returns_due", "order_returns", ["due_at"], postgresql_where=sa.text(DUE)
    )
    op.create_table(
        "order_return_lines",
        sa.Column("return_id", sa.Uuid(), nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer()),
        *(
            sa.Column(grade, sa.Integer(), server_default="0", nullable=False)
            for grade in ("resellable", "damaged", "scrap")
        ),
        sa.CheckConstraint("quantity > 0", name="ck_order_return_lines_quantity_positive"),
        sa.CheckConstraint(
            "accepted BETWEEN 0 AND quantity", name="ck_order_return_lines_accepts_what_is_asked"
        ),
        sa.CheckConstraint(
            "resellable + damaged + scrap IN (0, coalesce(accepted, 0))",
            name="ck_order_return_lines_grades_accepted",
        ),
        *(
            sa.CheckConstraint(f"{grade} >= 0", name=f"ck_order_return_lines_{grade}_not_negative")
            for grade in ("resellable", "damaged", "scrap")
        ),
        sa.ForeignKeyConstraint(
            ["return_id"], ["order_returns.id"], name="fk_order_return_lines_return_id"
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_lines.id"], name="fk_order_return_lines_order_line_id"
        ),
        sa.PrimaryKeyConstraint("return_id", "order_line_id", name="pk_order_return_lines"),
    )
    op.create_index("ix_order_return_lines_order_line_id", "order_return_lines", ["order_line_id"])
    op.create_table(
        "order_return_events",
        sa.Column("return_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("action", _kind(*ACTIONS)),
        sa.Column("state", _kind(*STATES), nullable=False),
        sa.Column("note", sa.String(length=500)),
        sa.Column("actor", sa.String(length=128)),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(
            ["return_id"], ["order_returns.id"], name="fk_order_return_events_return_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_order_return_events"),
    )
    op.create_index("ix_order_return_events_return_id", "order_return_events", ["return_id"])
    op.execute(
        "CREATE TRIGGER order_return_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE"
        " ON order_return_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    for table in ("order_return_events", "order_return_lines", "order_returns"):
        op.drop_table(table)
