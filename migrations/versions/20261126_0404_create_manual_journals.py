"""Create journals that people write.

Revision ID: 0101_manual_journals
Revises: 0100_shipping
"""

import sqlalchemy as sa
from alembic import op

revision = "0101_manual_journals"
down_revision = "0100_shipping"
branch_labels = None
depends_on = None

# Not `refuse_change`: drafts change, and the application may.
SETTLED = """
    CREATE FUNCTION refuse_settled_journal() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF OLD.state = 'drafted' THEN
                RETURN NEW;
            END IF;
            IF OLD.reversed_at IS NULL
               AND to_jsonb(NEW) - '{reversed_at,version,updated_at}'::text[]
                 = to_jsonb(OLD) - '{reversed_at,version,updated_at}'::text[] THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION 'a journal by hand stays as it was settled'
            USING ERRCODE = 'restrict_violation';
    END $$
"""


def upgrade() -> None:
    now = sa.text("now()")
    op.create_table(
        "manual_journals",
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("manual", "funder_receipt", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum("drafted", "posted", "rejected", native_enum=False, length=32),
            server_default="drafted",
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("attachment", sa.String(length=200), nullable=True),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("concerns", sa.String(length=7), nullable=True),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.Column("drafted_by", sa.String(length=128), nullable=False),
        sa.Column("settled_by", sa.String(length=128), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rejected_for", sa.String(length=500), nullable=True),
        sa.Column("reversed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_manual_journals_{name}"))
            for name, rule in (
                ("settled_by_somebody", "(state = 'drafted') = (settled_by IS NULL)"),
                ("settled_at_some_time", "(state = 'drafted') = (settled_at IS NULL)"),
                ("two_people", "state <> 'posted' OR settled_by <> drafted_by"),
                ("rejected_for", "(state = 'rejected') = (rejected_for IS NOT NULL)"),
                ("reversed_when_posted", "reversed_at IS NULL OR state = 'posted'"),
                ("paid_by_bank", "kind <> 'funder_receipt' OR attachment IS NOT NULL"),
            )
        ),
        sa.ForeignKeyConstraint(
            ["reverses_id"],
            ["manual_journals.id"],
            name=op.f("fk_manual_journals_reverses_id_manual_journals"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manual_journals")),
        sa.UniqueConstraint("number", name=op.f("uq_manual_journals_number")),
    )
    op.create_index(
        "ix_manual_journals_open",
        "manual_journals",
        ["id"],
        postgresql_where=sa.text("state = 'drafted'"),
    )
    op.create_index(
        "uq_manual_journals_reverses_id",
        "manual_journals",
        ["reverses_id"],
        unique=True,
        postgresql_where=sa.text("state <> 'rejected'"),
    )
    op.create_index(
        "uq_manual_journals_receipt",
        "manual_journals",
        ["attachment"],
        unique=True,
        postgresql_where=sa.text(
            "kind = 'funder_receipt' AND state <> 'rejected' AND reverses_id IS NULL"
            " AND reversed_at IS NULL"
        ),
    )
    op.create_table(
        "manual_journal_lines",
        sa.Column("journal_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("account", sa.String(length=128), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "amount_minor <> 0", name=op.f("ck_manual_journal_lines_amount_not_zero")
        ),
        sa.ForeignKeyConstraint(
            ["journal_id"],
            ["manual_journals.id"],
            name=op.f("fk_manual_journal_lines_journal_id_manual_journals"),
        ),
        sa.PrimaryKeyConstraint("journal_id", "position", name=op.f("pk_manual_journal_lines")),
    )
    op.execute(SETTLED)
    op.execute(
        "CREATE TRIGGER manual_journals_settled BEFORE UPDATE OR DELETE ON manual_journals"
        " FOR EACH ROW EXECUTE FUNCTION refuse_settled_journal()"
    )
    op.execute(
        "CREATE TRIGGER manual_journal_lines_append_only BEFORE UPDATE OR DELETE OR TRUNCATE"
        " ON manual_journal_lines FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("manual_journal_lines")
    op.drop_table("manual_journals")
    op.execute("DROP FUNCTION refuse_settled_journal()")
