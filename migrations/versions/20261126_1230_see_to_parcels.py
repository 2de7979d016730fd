"""Keep what is wrong with parcels, what is turned back, and codes they are fetched with.

Revision ID: 0123_parcel_care
Revises: 0111_shipping_tax
"""

import sqlalchemy as sa
from alembic import op

revision = "0123_parcel_care"
down_revision = "0111_shipping_tax"
branch_labels = None
depends_on = None

KINDS = ("delayed", "lost", "refused", "returning")
STATES = ("asked", "accepted", "refused")


def upgrade() -> None:
    now = sa.text("now()")
    op.create_table(
        "parcel_exceptions",
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Enum(*KINDS, native_enum=False, length=32), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("resolved_by", sa.String(length=128), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.CheckConstraint(
            "(resolved_at IS NULL) = (resolved_by IS NULL)",
            name="ck_parcel_exceptions_resolved_by_somebody",
        ),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipments.id"], name="fk_parcel_exceptions_shipment_id_shipments"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_parcel_exceptions"),
    )
    op.create_index("ix_parcel_exceptions_shipment_id", "parcel_exceptions", ["shipment_id"])
    op.create_index(
        "uq_parcel_exceptions_open",
        "parcel_exceptions",
        ["shipment_id", "kind"],
        unique=True,
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.create_table(
        "parcel_intercepts",
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("request_number", sa.String(length=64), nullable=False),
        sa.Column("adapter", sa.String(length=64), nullable=False),
        sa.Column("state", sa.Enum(*STATES, native_enum=False, length=32), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("answer", sa.String(length=500), nullable=True),
        sa.Column("asked_by", sa.String(length=128), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.CheckConstraint(
            "(state = 'asked') = (settled_at IS NULL)", name="ck_parcel_intercepts_settled_when"
        ),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipments.id"], name="fk_parcel_intercepts_shipment_id_shipments"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_parcel_intercepts"),
        sa.UniqueConstraint("request_number", name="uq_parcel_intercepts_request_number"),
    )
    op.create_index("ix_parcel_intercepts_shipment_id", "parcel_intercepts", ["shipment_id"])
    op.create_index(
        "uq_parcel_intercepts_live",
        "parcel_intercepts",
        ["shipment_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('asked', 'accepted')"),
    )
    op.create_table(
        "pickup_codes",
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_by", sa.String(length=128), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.CheckConstraint(
            "(used_at IS NULL) = (used_by IS NULL)", name="ck_pickup_codes_used_by_somebody"
        ),
        sa.CheckConstraint(
            "used_at IS NULL OR replaced_at IS NULL", name="ck_pickup_codes_used_or_replaced"
        ),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipments.id"], name="fk_pickup_codes_shipment_id_shipments"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_pickup_codes"),
    )
    op.create_index(
        "uq_pickup_codes_current",
        "pickup_codes",
        ["shipment_id"],
        unique=True,
        postgresql_where=sa.text("replaced_at IS NULL"),
    )


def downgrade() -> None:
    for table in ("pickup_codes", "parcel_intercepts", "parcel_exceptions"):
        op.drop_table(table)
