"""Create cost centres and what is booked to them.

Revision ID: 0055_cost_centres
Revises: 0060_gift_card_batches
"""

import sqlalchemy as sa
from alembic import op

revision = "0055_cost_centres"
down_revision = "0060_gift_card_batches"
branch_labels = None
depends_on = None


def upgrade() -> None:
    stamp = sa.text("now()")
    op.create_table(
        "cost_centres",
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("budget_owner", sa.String(length=200), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=stamp, nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_cost_centres"),
    )
    op.execute(
        "INSERT INTO cost_centres (code, name, budget_owner)"
        " VALUES ('unassigned', 'Not assigned yet', '-')"
    )
    op.create_table(
        "cost_assignments",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("centre", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["centre"], ["cost_centres.code"], name="fk_cost_assignments_centre_cost_centres"
        ),
        sa.PrimaryKeyConstraint("kind", "subject", name="pk_cost_assignments"),
    )
    op.create_table(
        "cost_bookings",
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("centre", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), server_default=stamp, nullable=False),
        sa.CheckConstraint("amount_minor <> 0", name="ck_cost_bookings_amount_not_zero"),
        sa.ForeignKeyConstraint(
            ["centre"], ["cost_centres.code"], name="fk_cost_bookings_centre_cost_centres"
        ),
        sa.PrimaryKeyConstraint("key", name="pk_cost_bookings"),
    )
    op.create_index("ix_cost_bookings_booked_at", "cost_bookings", ["booked_at"])
    op.create_index("ix_cost_bookings_order_id", "cost_bookings", ["order_id"])
    op.execute(
        "CREATE TRIGGER cost_bookings_append_only BEFORE UPDATE OR DELETE OR TRUNCATE"
        " ON cost_bookings FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "INSERT INTO ledger_marks (name, position, journal_id)"
        " VALUES ('costs', -1, '00000000-0000-0000-0000-000000000000')"
    )


def downgrade() -> None:
    op.execute("DELETE FROM ledger_marks WHERE name = 'costs'")
    op.drop_table("cost_bookings")
    op.drop_table("cost_assignments")
    op.drop_table("cost_centres")
