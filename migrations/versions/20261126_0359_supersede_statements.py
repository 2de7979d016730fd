"""Let a file take the place of another of its day.

Revision ID: 0087_supersede_statements
Revises: 0086_instalments
"""

import sqlalchemy as sa
from alembic import op

revision = "0087_supersede_statements"
down_revision = "0086_instalments"
branch_labels = None
depends_on = None

_FACTS = ("receipt_id", "refund_part_id")


def upgrade() -> None:
    op.add_column("statement_files", sa.Column("replaces_id", sa.Uuid(), nullable=True))
    op.add_column(
        "statement_files", sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.create_foreign_key(
        "fk_statement_files_replaces_id_statement_files",
        "statement_files",
        "statement_files",
        ["replaces_id"],
        ["id"],
    )
    # The new index is there before the old rule goes.
    _unique("statement_files", "current", ["channel", "day", "kind"], "superseded_at IS NULL")
    op.drop_constraint("uq_statement_files_channel_day_kind", "statement_files", type_="unique")
    _content("lines > 0 AND superseded_at IS NULL")
    _unique("statement_files", "replaces_id", ["replaces_id"], "replaces_id IS NOT NULL")
    op.create_table(
        "superseded_lines",
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        _name("kind"),
        sa.Column("provider_id", sa.String(length=128), nullable=False),
        sa.Column("out_trade_no", sa.String(length=128), nullable=True),
        sa.Column("out_refund_no", sa.String(length=128), nullable=True),
        *(sa.Column(f"{each}_minor", sa.BigInteger(), nullable=False) for each in _AMOUNTS),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        _name("state"),
        _name("verdict"),
        sa.Column("receipt_id", sa.Uuid(), nullable=True),
        sa.Column("refund_part_id", sa.Uuid(), nullable=True),
        sa.Column("is_settled", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("raw", sa.Text(), nullable=False),
        _reference("superseded_lines", "file_id", "statement_files"),
        _reference("superseded_lines", "receipt_id", "payment_receipts"),
        _reference("superseded_lines", "refund_part_id", "refund_tenders"),
        sa.PrimaryKeyConstraint("file_id", "line", name="pk_superseded_lines"),
    )
    op.create_table(
        "statement_replacements",
        sa.Column("replaces_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("asked_by", sa.String(length=128), nullable=False),
        sa.Column("approved_by", sa.String(length=128), nullable=True),
        sa.Column("taken_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(taken_id IS NULL) = (approved_by IS NULL)",
            name="ck_statement_replacements_taken_by_somebody",
        ),
        sa.CheckConstraint("approved_by <> asked_by", name="ck_statement_replacements_two_people"),
        _reference("statement_replacements", "replaces_id", "statement_files"),
        _reference("statement_replacements", "taken_id", "statement_files"),
        sa.PrimaryKeyConstraint("id", name="pk_statement_replacements"),
        sa.UniqueConstraint(
            "replaces_id", "sha256", name="uq_statement_replacements_replaces_id_sha256"
        ),
    )
    _unique("statement_replacements", "taken", ["replaces_id"], "taken_id IS NOT NULL")
    _cases("file_id IS NULL AND resolution IS DISTINCT FROM 'matched'")


def downgrade() -> None:
    _cases("file_id IS NULL")
    op.drop_table("statement_replacements")
    op.drop_table("superseded_lines")
    op.drop_index("uq_statement_files_replaces_id", "statement_files")
    _content("lines > 0")
    op.create_unique_constraint(
        "uq_statement_files_channel_day_kind", "statement_files", ["channel", "day", "kind"]
    )
    op.drop_index("uq_statement_files_current", "statement_files")
    op.drop_column("statement_files", "superseded_at")
    op.drop_column("statement_files", "replaces_id")


_AMOUNTS = ("amount", "fee", "gross")


def _name(column: str) -> sa.Column[str]:
    return sa.Column(column, sa.String(length=32), nullable=False)


def _reference(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=f"fk_{table}_{column}_{other}")


def _unique(table: str, name: str, columns: list[str], where: str) -> None:
    op.create_index(
        f"uq_{table}_{name}", table, columns, unique=True, postgresql_where=sa.text(where)
    )


def _content(where: str) -> None:
    op.drop_index("uq_statement_files_content", "statement_files")
    _unique("statement_files", "content", ["channel", "sha256"], where)


def _cases(where: str) -> None:
    """One case without a line of each receipt or part of a refund. Cases are few."""
    for name in _FACTS:
        op.drop_index(f"uq_reconciliation_cases_{name}", "reconciliation_cases")
        _unique("reconciliation_cases", name, [name], f"{name} IS NOT NULL AND {where}")
