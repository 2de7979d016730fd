"""Let staff fill carts for members, at prices they agree on.

Revision ID: 0201_enter_carts
Revises: 0251_stock_alerts
"""

import sqlalchemy as sa
from alembic import op

revision = "0201_enter_carts"
down_revision = "0251_stock_alerts"
branch_labels = None
depends_on = None

CHECKS = {
    "agreed_whole": (
        "num_nulls(agreed_minor, agreed_reason, agreed_by, agreed_alone_bps) IN (0, 4)"
    ),
    "agreed_minor_not_negative": "agreed_minor >= 0",
    "agreed_price_alone": (
        "agreed_minor IS NULL OR (exchange_offer_id IS NULL AND bargain_id IS NULL)"
    ),
    "approved_by_another": "agreed_approver IS NULL OR agreed_approver <> agreed_by",
}


def upgrade() -> None:
    op.create_index(
        "uq_carts_open_entry",
        "carts",
        ["member_id", "channel_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open_entry'"),
    )
    op.add_column("cart_lines", sa.Column("agreed_minor", sa.BigInteger(), nullable=True))
    op.add_column("cart_lines", sa.Column("agreed_reason", sa.String(200), nullable=True))
    op.add_column("cart_lines", sa.Column("agreed_by", sa.String(128), nullable=True))
    op.add_column("cart_lines", sa.Column("agreed_alone_bps", sa.Integer(), nullable=True))
    op.add_column("cart_lines", sa.Column("agreed_approver", sa.String(128), nullable=True))
    for name, check in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_cart_lines_{name}"), "cart_lines", check)
    op.add_column("order_lines", sa.Column("agreed_approver", sa.String(128), nullable=True))
    op.create_check_constraint(
        op.f("ck_order_lines_approved_by_another"),
        "order_lines",
        "agreed_approver IS NULL OR agreed_approver <> agreed_source",
    )


def downgrade() -> None:
    op.drop_column("order_lines", "agreed_approver")
    for name in ("approver", "alone_bps", "by", "reason", "minor"):
        op.drop_column("cart_lines", f"agreed_{name}")
    op.drop_index("uq_carts_open_entry", "carts")
    op.execute("UPDATE carts SET state = 'merged' WHERE state = 'open_entry'")
