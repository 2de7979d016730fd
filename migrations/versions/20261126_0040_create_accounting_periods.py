"""Create accounting periods, which refuse journals once they are closed.

Revision ID: 0050_periods
Revises: 0043_application_role
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ExcludeConstraint

revision = "0050_periods"
down_revision = "0043_application_role"
branch_labels = None
depends_on = None

# The function looks anew when the entries are in: the transaction has its number by then, so
# either it sees that the period is closing, or whoever closes it sees this transaction and waits.
GUARD = """
    CREATE FUNCTION ledger_journals_period_open() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF EXISTS (
            SELECT FROM accounting_periods p
            WHERE p.state <> 'open' AND p.ends_at > (SELECT min(effective_at) FROM added)
              AND EXISTS (SELECT FROM added j
                          WHERE j.effective_at >= p.starts_at AND j.effective_at < p.ends_at)
        ) THEN
            RAISE EXCEPTION 'the accounting period is closed' USING ERRCODE = 'check_violation',
                CONSTRAINT = 'ledger_journals_period_open';
        END IF;
        RETURN NULL;
    END $$
"""


def _minor(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _stamp(name: str) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def upgrade() -> None:
    op.create_table(
        "accounting_periods",
        sa.Column("name", sa.String(length=7), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "closing", "closed", name="periodstate", native_enum=False, length=32),
            server_default="open",
            nullable=False,
        ),
        sa.Column("closing_after", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=128), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        _stamp("updated_at"),
        sa.Column("id", sa.Uuid(), nullable=False),
        _stamp("created_at"),
        sa.CheckConstraint("ends_at > starts_at", name="ck_accounting_periods_window_forward"),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL)",
            name="ck_accounting_periods_closed_at_of_closed",
        ),
        ExcludeConstraint(
            (sa.text("tstzrange(starts_at, ends_at)"), "&&"), name="ex_accounting_periods_apart"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_accounting_periods"),
        sa.UniqueConstraint("name", name="uq_accounting_periods_name"),
    )
    op.create_index(
        "ix_accounting_periods_shut",
        "accounting_periods",
        ["ends_at"],
        postgresql_where=sa.text("state <> 'open'"),
    )
    op.create_table(
        "period_balances",
        sa.Column("period_id", sa.Uuid(), nullable=False),
        sa.Column("control", sa.String(length=128), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        _minor("opening_minor"),
        _minor("debit_minor"),
        _minor("credit_minor"),
        _minor("closing_minor"),
        sa.CheckConstraint(
            "closing_minor = opening_minor + debit_minor - credit_minor",
            name="ck_period_balances_adds_up",
        ),
        sa.ForeignKeyConstraint(
            ["period_id"],
            ["accounting_periods.id"],
            name="fk_period_balances_period_id_accounting_periods",
        ),
        sa.PrimaryKeyConstraint("period_id", "control", "currency", name="pk_period_balances"),
    )
    op.execute(GUARD)
    op.execute(
        "CREATE TRIGGER ledger_journals_period_open AFTER INSERT ON ledger_journals "
        "REFERENCING NEW TABLE AS added "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_journals_period_open()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER ledger_journals_period_open ON ledger_journals")
    op.execute("DROP FUNCTION ledger_journals_period_open()")
    op.drop_table("period_balances")
    op.drop_table("accounting_periods")
