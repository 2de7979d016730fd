"""Let carriers' systems make labels of parcels.

Revision ID: 0121_labels
Revises: 0120_carriers
"""

import sqlalchemy as sa
from alembic import op

revision = "0121_labels"
down_revision = "0120_carriers"
branch_labels = None
depends_on = None

STATES = ("asked", "made", "refused", "cancelled", "kept")


def upgrade() -> None:
    now = sa.text("now()")
    op.add_column("carriers", sa.Column("adapter", sa.String(length=64), nullable=True))
    op.create_table(
        "shipment_labels",
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("request_number", sa.String(length=64), nullable=False),
        sa.Column("adapter", sa.String(length=64), nullable=False),
        sa.Column("state", sa.Enum(*STATES, native_enum=False, length=32), nullable=False),
        sa.Column("tracking_number", sa.String(length=64), nullable=True),
        sa.Column("url", sa.String(length=2000), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("media_type", sa.String(length=64), nullable=True),
        sa.Column("quoted_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("asked_by", sa.String(length=128), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="1", nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.CheckConstraint(
            "state NOT IN ('made', 'kept') OR tracking_number IS NOT NULL",
            name="ck_shipment_labels_made_has_number",
        ),
        sa.CheckConstraint(
            "(quoted_minor IS NULL) = (currency IS NULL)",
            name="ck_shipment_labels_quoted_in_currency",
        ),
        sa.CheckConstraint(
            "quoted_minor >= 0", name="ck_shipment_labels_quoted_minor_not_negative"
        ),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipments.id"], name="fk_shipment_labels_shipment_id_shipments"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_shipment_labels"),
        sa.UniqueConstraint("request_number", name="uq_shipment_labels_request_number"),
    )
    op.create_index("ix_shipment_labels_shipment_id", "shipment_labels", ["shipment_id"])
    op.create_index(
        "uq_shipment_labels_live",
        "shipment_labels",
        ["shipment_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('asked', 'made')"),
    )
    op.create_index(
        "ix_shipment_labels_asked",
        "shipment_labels",
        ["next_try_at"],
        postgresql_where=sa.text("state = 'asked'"),
    )


def downgrade() -> None:
    op.drop_table("shipment_labels")
    op.drop_column("carriers", "adapter")
