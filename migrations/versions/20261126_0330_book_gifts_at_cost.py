"""Keep what pieces of an order cost, and which gifts came back.

Revision ID: 0084_gifts_at_cost
Revises: 0080_refund_policies
"""

import sqlalchemy as sa
from alembic import op

revision = "0084_gifts_at_cost"
down_revision = "0080_refund_policies"
branch_labels = None
depends_on = None

CHECK = "ck_order_lines_unit_cost_minor_not_negative"


def upgrade() -> None:
    op.add_column("order_lines", sa.Column("unit_cost_minor", sa.BigInteger(), nullable=True))
    # Checked against what is there in a step that lets others write.
    op.execute(
        f"ALTER TABLE order_lines ADD CONSTRAINT {CHECK} CHECK (unit_cost_minor >= 0) NOT VALID"
    )
    op.execute(f"ALTER TABLE order_lines VALIDATE CONSTRAINT {CHECK}")
    op.create_table(
        "gift_returns",
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("unit_index", sa.Integer(), nullable=False),
        sa.Column("refund_number", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["line_id", "unit_index"],
            ["earned_units.line_id", "earned_units.unit_index"],
            name="fk_gift_returns_line_id_unit_index_earned_units",
        ),
        sa.PrimaryKeyConstraint("line_id", "unit_index", name="pk_gift_returns"),
    )
    op.execute(
        "CREATE TRIGGER gift_returns_append_only BEFORE UPDATE OR DELETE OR TRUNCATE"
        " ON gift_returns FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("gift_returns")
    op.drop_column("order_lines", "unit_cost_minor")
