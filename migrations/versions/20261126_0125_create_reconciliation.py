"""Create statements of gateways and what comparing them brings.

Revision ID: 0063_reconciliation
Revises: 0062_collections
"""

import sqlalchemy as sa
from alembic import op

revision = "0063_reconciliation"
down_revision = "0062_collections"
branch_labels = None
depends_on = None

_KINDS = ("payment", "refund", "move")
_VERDICTS = (
    "matched",
    "amount_diff",
    "status_diff",
    "missing_local",
    "missing_gateway",
    "duplicate_row",
    "cutoff_pending",
    "not_compared",
)


def _stamp(name: str) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def _entity() -> list[sa.Column[object]]:
    return [sa.Column("id", sa.Uuid(), nullable=False), _stamp("created_at")]


def _versioned() -> list[sa.Column[object]]:
    version = sa.Column("version", sa.Integer(), server_default="1", nullable=False)
    return [version, _stamp("updated_at"), *_entity()]


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=32)


def _text(name: str, length: int, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def _minor(name: str, **more: object) -> sa.Column[object]:
    return sa.Column(name, sa.BigInteger(), nullable=False, **more)  # type: ignore[arg-type]


def upgrade() -> None:
    _files()
    _lines()
    _days()
    _cases()


def _files() -> None:
    op.create_table(
        "statement_files",
        _text("channel", 64),
        sa.Column("day", sa.Date(), nullable=False),
        _text("kind", 64),
        _text("sha256", 64),
        _text("filename", 200),
        sa.Column("lines", sa.Integer(), server_default="0", nullable=False),
        _text("actor", 128, nullable=True),
        *_entity(),
        sa.CheckConstraint("lines >= 0", name="ck_statement_files_lines_not_negative"),
        sa.PrimaryKeyConstraint("id", name="pk_statement_files"),
        sa.UniqueConstraint("channel", "day", "kind", name="uq_statement_files_channel_day_kind"),
    )
    op.create_index(
        "uq_statement_files_content",
        "statement_files",
        ["channel", "sha256"],
        unique=True,
        postgresql_where=sa.text("lines > 0"),
    )


def _lines() -> None:
    op.create_table(
        "statement_lines",
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        _text("channel", 64),
        sa.Column("kind", _enum("reconciledkind", *_KINDS), nullable=False),
        _text("provider_id", 128),
        _text("out_trade_no", 128, nullable=True),
        _text("out_refund_no", 128, nullable=True),
        _minor("amount_minor"),
        _minor("fee_minor"),
        _minor("gross_minor"),
        _text("currency", 3),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", _enum("statedstate", "succeeded", "pending", "failed"), nullable=False),
        sa.Column("verdict", _enum("reconciliationverdict", *_VERDICTS), nullable=False),
        sa.Column("receipt_id", sa.Uuid(), nullable=True),
        sa.Column("refund_part_id", sa.Uuid(), nullable=True),
        sa.Column("is_settled", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "NOT is_settled OR verdict <> 'duplicate_row'", name="ck_statement_lines_settled_once"
        ),
        sa.CheckConstraint(
            "verdict <> 'matched' OR num_nonnulls(receipt_id, refund_part_id) = 1",
            name="ck_statement_lines_matched_with_one",
        ),
        sa.ForeignKeyConstraint(
            ["file_id"], ["statement_files.id"], name="fk_statement_lines_file_id_statement_files"
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id"],
            ["payment_receipts.id"],
            name="fk_statement_lines_receipt_id_payment_receipts",
        ),
        sa.ForeignKeyConstraint(
            ["refund_part_id"],
            ["refund_tenders.id"],
            name="fk_statement_lines_refund_part_id_refund_tenders",
        ),
        sa.PrimaryKeyConstraint("file_id", "line", name="pk_statement_lines"),
    )
    _unique(
        "statement_lines",
        "fact",
        ["channel", "kind", "provider_id"],
        "verdict NOT IN ('duplicate_row', 'not_compared')",
    )
    for name in ("receipt_id", "refund_part_id"):
        _unique("statement_lines", name, [name], f"{name} IS NOT NULL")


def _days() -> None:
    op.create_table(
        "reconciled_days",
        _text("channel", 64),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "state",
            _enum("reconcileddaystate", "open", "signed"),
            server_default="open",
            nullable=False,
        ),
        sa.Column("lines", sa.Integer(), server_default="0", nullable=False),
        sa.Column("matched", sa.Integer(), server_default="0", nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        _text("signed_by", 128, nullable=True),
        *_versioned(),
        sa.CheckConstraint(
            "(state = 'signed') = (signed_at IS NOT NULL)",
            name="ck_reconciled_days_signed_at_of_signed",
        ),
        sa.CheckConstraint(
            "(signed_at IS NULL) = (signed_by IS NULL)",
            name="ck_reconciled_days_signed_by_somebody",
        ),
        sa.CheckConstraint("matched BETWEEN 0 AND lines", name="ck_reconciled_days_matched_within"),
        sa.PrimaryKeyConstraint("id", name="pk_reconciled_days"),
        sa.UniqueConstraint("channel", "day", name="uq_reconciled_days_channel_day"),
    )


def _cases() -> None:
    op.create_table(
        "reconciliation_cases",
        _text("channel", 64),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", _enum("reconciledkind", *_KINDS), nullable=False),
        sa.Column("verdict", _enum("reconciliationverdict", *_VERDICTS), nullable=False),
        sa.Column(
            "state",
            _enum("casestate", "open", "carried", "proposed", "resolved"),
            nullable=False,
        ),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("line", sa.Integer(), nullable=True),
        sa.Column("receipt_id", sa.Uuid(), nullable=True),
        sa.Column("refund_part_id", sa.Uuid(), nullable=True),
        _text("number", 128, nullable=True),
        _text("provider_id", 128, nullable=True),
        _minor("ours_minor", server_default="0"),
        _minor("theirs_minor", server_default="0"),
        _text("currency", 3),
        _text("owner", 128, nullable=True),
        sa.Column(
            "resolution",
            _enum("caseresolution", "matched", "corrected", "dismissed"),
            nullable=True,
        ),
        _text("reason", 500, nullable=True),
        _text("proposed_by", 128, nullable=True),
        _text("resolved_by", 128, nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        *_versioned(),
        *(
            sa.CheckConstraint(check, name=f"ck_reconciliation_cases_{name}")
            for name, check in (
                ("whole_line", "(file_id IS NULL) = (line IS NULL)"),
                (
                    "of_something",
                    "file_id IS NOT NULL OR num_nonnulls(receipt_id, refund_part_id) = 1",
                ),
                ("resolved_somehow", "(state = 'resolved') = (resolution IS NOT NULL)"),
                ("resolved_at", "(resolution IS NULL) = (resolved_at IS NULL)"),
                (
                    "two_people",
                    (
                        "resolution IS DISTINCT FROM 'corrected' OR"
                        " num_nulls(proposed_by, resolved_by) = 0 AND proposed_by <> resolved_by"
                    ),
                ),
                ("proposed_by", "state <> 'proposed' OR proposed_by IS NOT NULL"),
                (
                    "carried_at_the_cut",
                    "(state = 'carried') = (verdict = 'cutoff_pending' AND resolution IS NULL)",
                ),
            )
        ),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["statement_files.id"],
            name="fk_reconciliation_cases_file_id_statement_files",
        ),
        sa.ForeignKeyConstraint(
            ["receipt_id"],
            ["payment_receipts.id"],
            name="fk_reconciliation_cases_receipt_id_payment_receipts",
        ),
        sa.ForeignKeyConstraint(
            ["refund_part_id"],
            ["refund_tenders.id"],
            name="fk_reconciliation_cases_refund_part_id_refund_tenders",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_reconciliation_cases"),
        sa.UniqueConstraint("file_id", "line", name="uq_reconciliation_cases_file_id_line"),
    )
    for name in ("receipt_id", "refund_part_id"):
        _unique("reconciliation_cases", name, [name], f"{name} IS NOT NULL AND file_id IS NULL")
    op.create_index("ix_reconciliation_cases_day", "reconciliation_cases", ["channel", "day"])
    op.create_index(
        "ix_reconciliation_cases_open",
        "reconciliation_cases",
        ["channel"],
        postgresql_where=sa.text("state <> 'resolved'"),
    )
    op.create_table(
        "reconciliation_notes",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        _text("actor", 128),
        _text("note", 2_000),
        *_entity(),
        sa.ForeignKeyConstraint(
            ["case_id"],
            ["reconciliation_cases.id"],
            name="fk_reconciliation_notes_case_id_reconciliation_cases",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_reconciliation_notes"),
    )
    op.create_index("ix_reconciliation_notes_case_id", "reconciliation_notes", ["case_id"])
    op.execute(
        "CREATE TRIGGER reconciliation_notes_append_only BEFORE UPDATE OR DELETE OR TRUNCATE"
        " ON reconciliation_notes FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def _unique(table: str, name: str, columns: list[str], where: str) -> None:
    op.create_index(
        f"uq_{table}_{name}", table, columns, unique=True, postgresql_where=sa.text(where)
    )


def downgrade() -> None:
    for name in (
        "reconciliation_notes",
        "reconciliation_cases",
        "reconciled_days",
        "statement_lines",
        "statement_files",
    ):
        op.drop_table(name)
