"""Send invoices to providers, and make them out to somebody else.

Revision ID: 0091_invoice_providers
Revises: 0091_goods_without_money
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0091_invoice_providers"
down_revision = "0091_goods_without_money"
branch_labels = None
depends_on = None

SENT = (
    "state <> 'pending'"
    " OR (provider IS NOT NULL AND request_number IS NOT NULL AND next_try_at IS NOT NULL)"
)


def upgrade() -> None:
    op.add_column("invoices", sa.Column("provider", sa.String(length=64), nullable=True))
    op.add_column("invoices", sa.Column("request_number", sa.String(length=64), nullable=True))
    for name in ("requests", "tries"):
        op.add_column("invoices", sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    stamp = sa.DateTime(timezone=True)
    op.add_column("invoices", sa.Column("next_try_at", stamp, nullable=True))
    op.add_column("invoices", sa.Column("ofd_url", sa.String(length=500), nullable=True))
    op.add_column("invoices", sa.Column("next_title", JSONB(none_as_null=True), nullable=True))
    for name, check in (
        ("ck_invoices_requests_not_negative", "requests >= 0"),
        ("ck_invoices_tries_not_negative", "tries >= 0"),
        ("ck_invoices_sent_to_somebody", SENT),
        ("ck_invoices_next_title_of_red", "next_title IS NULL OR kind = 'red'"),
    ):
        op.create_check_constraint(op.f(name), "invoices", check)
    # Without a transaction, so that others ask for invoices while they are made.
    with op.get_context().autocommit_block():
        op.create_index(
            "uq_invoices_open",
            "invoices",
            ["order_id", "kind"],
            unique=True,
            postgresql_where=sa.text("state IN ('requested', 'pending', 'failed')"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )
        op.create_index(
            "uq_invoices_request_number",
            "invoices",
            ["request_number"],
            unique=True,
            postgresql_concurrently=True,
            if_not_exists=True,
        )
        op.create_index(
            "ix_invoices_due",
            "invoices",
            ["next_try_at"],
            postgresql_where=sa.text("state = 'pending'"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )
        op.drop_index(
            "uq_invoices_requested",
            table_name="invoices",
            postgresql_concurrently=True,
            if_exists=True,
        )


def downgrade() -> None:
    op.execute("UPDATE invoices SET state = 'requested' WHERE state IN ('pending', 'failed')")
    op.drop_index("ix_invoices_due", table_name="invoices")
    op.drop_index("uq_invoices_request_number", table_name="invoices")
    op.drop_index("uq_invoices_open", table_name="invoices")
    op.create_index(
        "uq_invoices_requested",
        "invoices",
        ["order_id", "kind"],
        unique=True,
        postgresql_where=sa.text("state = 'requested'"),
    )
    for name in ("next_title", "ofd_url", "next_try_at", "tries", "requests"):
        op.drop_column("invoices", name)
    op.drop_column("invoices", "request_number")
    op.drop_column("invoices", "provider")
