"""Find parcels by number and by what is odd of them, and hours of one kind, without the rest.

Revision ID: 0290_read_parcels
Revises: 0262_tell_pickup_codes
"""

import sqlalchemy as sa
from alembic import op

revision = "0290_read_parcels"
down_revision = "0262_tell_pickup_codes"
branch_labels = None
depends_on = None

INDEXES: tuple[tuple[str, str, list[str], str | None], ...] = (
    ("ix_shipments_state", "shipments", ["state", "id"], "state <> 'delivered'"),
    (
        "ix_shipments_tracking_number",
        "shipments",
        ["tracking_number"],
        "tracking_number IS NOT NULL",
    ),
    ("ix_order_hours_kind", "order_hours", ["kind", "hour_at"], None),
)


def upgrade() -> None:
    # Without a transaction, so that others order while they are made.
    with op.get_context().autocommit_block():
        for name, table, columns, where in INDEXES:
            op.create_index(
                name,
                table,
                columns,
                postgresql_where=None if where is None else sa.text(where),
                postgresql_concurrently=True,
                if_not_exists=True,
            )


def downgrade() -> None:
    for name, table, _, _ in reversed(INDEXES):
        op.drop_index(name, table_name=table)
