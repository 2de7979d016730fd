"""Create budgets of cost centres and the warnings of what they were passed by.

Revision ID: 0085_cost_budgets
Revises: 0084_gifts_at_cost
"""

import sqlalchemy as sa
from alembic import op

revision = "0085_cost_budgets"
down_revision = "0084_gifts_at_cost"
branch_labels = None
depends_on = None


def upgrade() -> None:
    now = sa.text("now()")
    op.create_table(
        "cost_budgets",
        sa.Column("centre", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("warn_bps", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_cost_budgets_amount_minor_positive")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_cost_budgets_window_forward")),
        sa.CheckConstraint(
            "warn_bps BETWEEN 1 AND 10000", name=op.f("ck_cost_budgets_warn_within")
        ),
        sa.ForeignKeyConstraint(
            ["centre"], ["cost_centres.code"], name=op.f("fk_cost_budgets_centre_cost_centres")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cost_budgets")),
        sa.UniqueConstraint(
            "centre",
            "kind",
            "currency",
            "starts_at",
            "ends_at",
            name=op.f("uq_cost_budgets_once"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index("ix_cost_budgets_ends_at", "cost_budgets", ["ends_at"])
    op.create_table(
        "cost_budget_warnings",
        sa.Column("budget_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(length=32), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("spent_minor", sa.BigInteger(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.ForeignKeyConstraint(
            ["budget_id"],
            ["cost_budgets.id"],
            name=op.f("fk_cost_budget_warnings_budget_id_cost_budgets"),
        ),
        sa.PrimaryKeyConstraint(
            "budget_id", "version", "level", name=op.f("pk_cost_budget_warnings")
        ),
    )
    op.execute(
        "CREATE TRIGGER cost_budget_warnings_append_only BEFORE UPDATE OR DELETE OR TRUNCATE"
        " ON cost_budget_warnings FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    # Without a transaction, so that others write while it is made.
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_cost_bookings_centre_booked_at",
            "cost_bookings",
            ["centre", "booked_at"],
            postgresql_include=["kind", "currency", "amount_minor"],
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    op.drop_index("ix_cost_bookings_centre_booked_at", table_name="cost_bookings")
    op.drop_table("cost_budget_warnings")
    op.drop_table("cost_budgets")
