"""Batches of gift cards that the worker makes and activates.

Revision ID: 0060_gift_card_batches
Revises: 0054_expiring
"""

import sqlalchemy as sa
from alembic import op

revision = "0060_gift_card_batches"
down_revision = "0054_expiring"
branch_labels = None
depends_on = None

CHECKS = {
    "something_to_make": "count > 0 AND face_minor > 0",
    "made_within_count": "made BETWEEN 0 AND count",
    "activated_within_made": "activated BETWEEN 0 AND made",
    "activated_with_funding": "funding IS NOT NULL OR activated = 0",
    "activating_with_funding": "NOT activating OR funding IS NOT NULL",
}


def _at(name: str, *, default: str | None = None) -> sa.Column[object]:
    return sa.Column(
        name,
        sa.DateTime(timezone=True),
        server_default=sa.text(default) if default else None,
        nullable=default is None,
    )


def upgrade() -> None:
    op.create_table(
        "gift_card_batches",
        sa.Column("batch", sa.String(length=64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("made", sa.Integer(), server_default="0", nullable=False),
        sa.Column("activated", sa.Integer(), server_default="0", nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("face_minor", sa.BigInteger(), nullable=False),
        _at("expires_at"),
        sa.Column("funding", sa.Enum("sold", "given", native_enum=False, length=32), nullable=True),
        sa.Column("activating", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("activated_by", sa.String(length=64), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        _at("exporting_until"),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        _at("updated_at", default="now()"),
        sa.Column("id", sa.Uuid(), nullable=False),
        _at("created_at", default="now()"),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_gift_card_batches_{name}"))
            for name, rule in CHECKS.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift_card_batches")),
        sa.UniqueConstraint("batch", name=op.f("uq_gift_card_batches_batch")),
    )
    op.create_index(
        "ix_gift_card_batches_work",
        "gift_card_batches",
        ["id"],
        postgresql_where=sa.text("made < count OR activating"),
    )


def downgrade() -> None:
    op.drop_table("gift_card_batches")
