"""Create titles and invoices, blue and red.

Revision ID: 0053_invoices
Revises: 0053_refund_gifts
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0053_invoices"
down_revision = "0053_refund_gifts"
branch_labels = None
depends_on = None


def _stamp(name: str) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
    )


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=32)


def upgrade() -> None:
    op.create_table(
        "invoice_titles",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("kind", _enum("titlekind", "personal", "company"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("tax_number", sa.String(length=20), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        _stamp("updated_at"),
        sa.Column("id", sa.Uuid(), nullable=False),
        _stamp("created_at"),
        sa.CheckConstraint(
            "(kind = 'company') = (tax_number IS NOT NULL)",
            name="ck_invoice_titles_company_has_tax_number",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name="fk_invoice_titles_member_id_members"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_invoice_titles"),
    )
    op.create_index("ix_invoice_titles_member_id", "invoice_titles", ["member_id"])
    op.create_table(
        "invoices",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("kind", _enum("invoicekind", "blue", "red"), nullable=False),
        sa.Column(
            "state",
            _enum("invoicestate", "requested", "issued", "rejected", "withdrawn"),
            server_default="requested",
            nullable=False,
        ),
        sa.Column("reverses_id", sa.Uuid(), nullable=True),
        sa.Column("title", JSONB(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("document_number", sa.String(length=64), nullable=True),
        sa.Column("document_url", sa.String(length=500), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.String(length=128), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        _stamp("updated_at"),
        sa.Column("id", sa.Uuid(), nullable=False),
        _stamp("created_at"),
        sa.CheckConstraint("amount_minor > 0", name="ck_invoices_amount_minor_positive"),
        sa.CheckConstraint("tax_minor BETWEEN 0 AND amount_minor", name="ck_invoices_tax_within"),
        sa.CheckConstraint(
            "(state = 'issued') = (document_number IS NOT NULL)"
            " AND (state = 'issued') = (issued_at IS NOT NULL)",
            name="ck_invoices_number_when_issued",
        ),
        sa.CheckConstraint(
            "(kind = 'red') = (reverses_id IS NOT NULL)", name="ck_invoices_red_of_a_blue"
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_invoices_order_id_orders"),
        sa.ForeignKeyConstraint(
            ["reverses_id"], ["invoices.id"], name="fk_invoices_reverses_id_invoices"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_invoices"),
        sa.UniqueConstraint("document_number", name="uq_invoices_document_number"),
    )
    op.create_index("ix_invoices_order_id", "invoices", ["order_id"])
    op.create_index(
        "uq_invoices_requested",
        "invoices",
        ["order_id", "kind"],
        unique=True,
        postgresql_where=sa.text("state = 'requested'"),
    )
    op.create_index("ix_invoices_member_id", "invoices", ["member_id", "id"])
    op.create_table(
        "invoice_lines",
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_rate_bps", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name="ck_invoice_lines_amount_minor_positive"),
        sa.CheckConstraint(
            "tax_minor BETWEEN 0 AND amount_minor", name="ck_invoice_lines_tax_within"
        ),
        sa.CheckConstraint("quantity >= 0", name="ck_invoice_lines_quantity_not_negative"),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name="fk_invoice_lines_invoice_id_invoices"
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["order_lines.id"], name="fk_invoice_lines_line_id_order_lines"
        ),
        sa.PrimaryKeyConstraint("invoice_id", "position", name="pk_invoice_lines"),
    )


def downgrade() -> None:
    op.drop_table("invoice_lines")
    op.drop_table("invoices")
    op.drop_table("invoice_titles")
