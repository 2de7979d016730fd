"""Create payment links.

Revision ID: 0202_payment_links
Revises: 0201_enter_carts
"""

import sqlalchemy as sa
from alembic import op

revision = "0202_payment_links"
down_revision = "0201_enter_carts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payment_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(128), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.String(128), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_payment_links"),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_payment_links_order_id"),
        sa.UniqueConstraint("token_hash", name="uq_payment_links_token_hash"),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revoked_by IS NULL)",
            name=op.f("ck_payment_links_revoked_by_somebody"),
        ),
    )
    op.create_index(
        "uq_payment_links_live",
        "payment_links",
        ["order_id"],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_index("ix_payment_links_order_id", "payment_links", ["order_id", "id"])


def downgrade() -> None:
    op.drop_table("payment_links")
