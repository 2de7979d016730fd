"""Let parcels of several orders travel as one.

Revision ID: 0243_join_parcels
Revises: 0203_handouts
"""

import sqlalchemy as sa
from alembic import op

revision = "0243_join_parcels"
down_revision = "0203_handouts"
branch_labels = None
depends_on = None

CHECKS = {
    "joined_to_another": "joined_to <> id",
    "one_number_for_all": "joined_to IS NULL OR tracking_number IS NULL",
}


def upgrade() -> None:
    op.add_column("shipments", sa.Column("joined_to", sa.Uuid(), nullable=True))
    op.execute(
        "ALTER TABLE shipments ADD CONSTRAINT fk_shipments_joined_to_shipments"
        " FOREIGN KEY (joined_to) REFERENCES shipments (id) NOT VALID"
    )
    for name, rule in CHECKS.items():
        op.execute(
            f"ALTER TABLE shipments ADD CONSTRAINT ck_shipments_{name} CHECK ({rule}) NOT VALID"
        )
    # Without a transaction, so that others write meanwhile.
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE shipments VALIDATE CONSTRAINT fk_shipments_joined_to_shipments")
        for name in CHECKS:
            op.execute(f"ALTER TABLE shipments VALIDATE CONSTRAINT ck_shipments_{name}")
        op.create_index(
            "ix_shipments_joined_to",
            "shipments",
            ["joined_to"],
            postgresql_where=sa.text("joined_to IS NOT NULL"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    op.drop_index("ix_shipments_joined_to", table_name="shipments")
    op.drop_column("shipments", "joined_to")
