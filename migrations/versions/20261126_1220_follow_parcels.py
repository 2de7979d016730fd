"""Follow parcels: whom we asked about them, and what was told by itself.

Revision ID: 0122_watches
Revises: 0121_labels
"""

import sqlalchemy as sa
from alembic import op

revision = "0122_watches"
down_revision = "0121_labels"
branch_labels = None
depends_on = None


def upgrade() -> None:
    now = sa.text("now()")
    op.create_table(
        "parcel_watches",
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("adapter", sa.String(length=64), nullable=False),
        sa.Column("subscribed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heard_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipments.id"], name="fk_parcel_watches_shipment_id_shipments"
        ),
        sa.PrimaryKeyConstraint("shipment_id", name="pk_parcel_watches"),
    )
    op.create_index("ix_parcel_watches_next_try_at", "parcel_watches", ["next_try_at"])
    op.create_table(
        "carrier_pushes",
        sa.Column("adapter", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("carrier", sa.String(length=64), nullable=False),
        sa.Column("tracking_number", sa.String(length=64), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.CheckConstraint(
            "(outcome IS NULL) = (processed_at IS NULL)",
            name="ck_carrier_pushes_outcome_when_processed",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_carrier_pushes"),
        sa.UniqueConstraint("adapter", "digest", name="uq_carrier_pushes_adapter_digest"),
    )
    op.create_index(
        "ix_carrier_pushes_waiting",
        "carrier_pushes",
        ["id"],
        postgresql_where=sa.text("processed_at IS NULL"),
    )
    op.create_index("ix_carrier_pushes_created_at", "carrier_pushes", ["created_at"])


def downgrade() -> None:
    op.drop_table("carrier_pushes")
    op.drop_table("parcel_watches")
