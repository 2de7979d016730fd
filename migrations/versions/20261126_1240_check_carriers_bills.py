"""Keep what carriers charge, to hold it against what they quoted.

Revision ID: 0124_carrier_bills
Revises: 0123_parcel_care
"""

import sqlalchemy as sa
from alembic import op

revision = "0124_carrier_bills"
down_revision = "0123_parcel_care"
branch_labels = None
depends_on = None


def upgrade() -> None:
    now = sa.text("now()")
    op.create_table(
        "carrier_bills",
        sa.Column("carrier_code", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("imported_by", sa.String(length=128), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.ForeignKeyConstraint(
            ["carrier_code"], ["carriers.code"], name="fk_carrier_bills_carrier_code_carriers"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_carrier_bills"),
        sa.UniqueConstraint("carrier_code", "number", name="uq_carrier_bills_carrier_code_number"),
    )
    op.create_table(
        "carrier_bill_lines",
        sa.Column("bill_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("tracking_number", sa.String(length=64), nullable=False),
        sa.Column("charged_minor", sa.BigInteger(), nullable=False),
        sa.Column("shipment_id", sa.Uuid(), nullable=True),
        sa.Column("quoted_minor", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "charged_minor >= 0", name="ck_carrier_bill_lines_charged_minor_not_negative"
        ),
        sa.CheckConstraint(
            "quoted_minor IS NULL OR shipment_id IS NOT NULL",
            name="ck_carrier_bill_lines_quoted_of_a_parcel",
        ),
        sa.ForeignKeyConstraint(
            ["bill_id"], ["carrier_bills.id"], name="fk_carrier_bill_lines_bill_id_carrier_bills"
        ),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipments.id"], name="fk_carrier_bill_lines_shipment_id_shipments"
        ),
        sa.PrimaryKeyConstraint("bill_id", "position", name="pk_carrier_bill_lines"),
    )
    op.create_index("ix_carrier_bill_lines_shipment_id", "carrier_bill_lines", ["shipment_id"])
    op.execute(
        "CREATE TRIGGER carrier_bill_lines_append_only BEFORE UPDATE OR DELETE OR TRUNCATE"
        " ON carrier_bill_lines FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("carrier_bill_lines")
    op.drop_table("carrier_bills")
