"""Give entries the instant they count at, and journals their place.

Revision ID: 0040_ledger_time
Revises: 0040_group_carts
"""

import sqlalchemy as sa
from alembic import op

revision = "0040_ledger_time"
down_revision = "0040_group_carts"
branch_labels = None
depends_on = None

# A journal's place is the number of the transaction that wrote it: what is below the oldest
# transaction under way is complete, and nobody waits to find that out. The zero is added to by
# whoever moves the books to another server, whose transactions count from the start again.
FUNCTIONS = (
    """
    CREATE FUNCTION ledger_position() RETURNS bigint LANGUAGE sql VOLATILE AS
    $$ SELECT pg_current_xact_id()::text::bigint + 0 $$
    """,
    """
    CREATE FUNCTION ledger_horizon() RETURNS bigint LANGUAGE sql STABLE AS
    $$ SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint + 0 $$
    """,
)

BALANCE = """
CREATE OR REPLACE FUNCTION ledger_entries_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM added GROUP BY journal_id, currency HAVING sum(amount_minor) <> 0
    ) THEN
        RAISE EXCEPTION 'entries do not sum to zero' USING ERRCODE = 'check_violation',
            CONSTRAINT = 'ledger_entries_balance';
    END IF;{more}
    RETURN NULL;
END $$
"""

# Entries belong to a journal of their own transaction and count when it does: nothing is added to
# one that others have read, and no entry slips into another period than its journal.
COMPLETE = """
    IF EXISTS (
        SELECT FROM added e JOIN ledger_journals j ON j.id = e.journal_id
        WHERE j.effective_at <> e.effective_at OR j.position <> ledger_position()
    ) THEN
        RAISE EXCEPTION 'entries are added to a journal that is complete, or at another time'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_entries_complete';
    END IF;"""


def upgrade() -> None:
    for function in FUNCTIONS:
        op.execute(function)
    # What is there already has place 0: written before places were kept.
    op.add_column(
        "ledger_journals",
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
    )
    op.alter_column("ledger_journals", "position", server_default=sa.text("ledger_position()"))
    op.add_column("ledger_journals", sa.Column("concerns", sa.String(length=7), nullable=True))
    op.execute(
        "ALTER TABLE ledger_journals ADD CONSTRAINT ck_ledger_journals_not_ahead"
        " CHECK (effective_at <= posted_at) NOT VALID"
    )
    op.execute("ALTER TABLE ledger_journals VALIDATE CONSTRAINT ck_ledger_journals_not_ahead")
    op.add_column(
        "ledger_entries", sa.Column("effective_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.alter_column("ledger_entries", "effective_at", server_default=sa.text("now()"))
    op.execute("ALTER TABLE ledger_entries DISABLE TRIGGER ledger_entries_append_only")
    op.execute(
        "UPDATE ledger_entries e SET effective_at = j.effective_at FROM ledger_journals j"
        " WHERE j.id = e.journal_id AND e.effective_at IS NULL"
    )
    op.execute("ALTER TABLE ledger_entries ENABLE TRIGGER ledger_entries_append_only")
    op.alter_column("ledger_entries", "effective_at", nullable=False)
    op.execute(BALANCE.format(more=COMPLETE))
    op.create_table(
        "ledger_turnovers",
        sa.Column("control", sa.String(length=128), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("hour_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("debit_minor", sa.BigInteger(), nullable=False),
        sa.Column("credit_minor", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("entries > 0", name="ck_ledger_turnovers_entries_positive"),
        sa.CheckConstraint("debit_minor >= 0", name="ck_ledger_turnovers_debit_minor_not_negative"),
        sa.CheckConstraint(
            "credit_minor >= 0", name="ck_ledger_turnovers_credit_minor_not_negative"
        ),
        sa.PrimaryKeyConstraint("control", "currency", "hour_at", name="pk_ledger_turnovers"),
    )
    op.create_table(
        "ledger_marks",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("journal_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_ledger_marks"),
    )
    op.execute(
        "INSERT INTO ledger_marks (name, position, journal_id)"
        " VALUES ('turnovers', -1, '00000000-0000-0000-0000-000000000000')"
    )


def downgrade() -> None:
    op.drop_table("ledger_marks")
    op.drop_table("ledger_turnovers")
    op.execute(BALANCE.format(more=""))
    op.drop_column("ledger_entries", "effective_at")
    op.drop_column("ledger_journals", "concerns")
    op.drop_column("ledger_journals", "position")
    op.execute("ALTER TABLE ledger_journals DROP CONSTRAINT ck_ledger_journals_not_ahead")
    op.execute("DROP FUNCTION ledger_horizon()")
    op.execute("DROP FUNCTION ledger_position()")
