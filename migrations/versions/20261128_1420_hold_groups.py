"""Let rows of group orders name prices, hold goods together, and tell how far placing is.

Revision ID: 0293_hold_groups
Revises: 0292_converted_carts
"""

import sqlalchemy as sa
from alembic import op

revision = "0293_hold_groups"
down_revision = "0292_converted_carts"
branch_labels = None
depends_on = None

CHECKS = (
    ("group_orders", "rows_below_bps_is_a_share", "rows_below_bps BETWEEN 0 AND 10000"),
    ("group_orders", "holds_for_a_time", "(hold_id IS NULL) = (held_until IS NULL)"),
    (
        "group_order_rows",
        "holds_for_orders_to_come",
        "NOT is_held OR state IN ('ready', 'failed', 'queued')",
    ),
)


def upgrade() -> None:
    op.add_column(
        "group_orders",
        sa.Column("rows_below_bps", sa.Integer(), server_default="0", nullable=False),
    )
    op.add_column("group_orders", sa.Column("hold_id", sa.Uuid(), nullable=True))
    for name in ("held_until", "queued_at"):
        op.add_column("group_orders", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "group_order_rows",
        sa.Column("is_held", sa.Boolean(), server_default="false", nullable=False),
    )
    op.add_column(
        "group_order_rows", sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True)
    )
    for table, name, check in CHECKS:
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, check)


def downgrade() -> None:
    for table, name, _ in reversed(CHECKS):
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
    for name in ("settled_at", "is_held"):
        op.drop_column("group_order_rows", name)
    for name in ("queued_at", "held_until", "hold_id", "rows_below_bps"):
        op.drop_column("group_orders", name)
