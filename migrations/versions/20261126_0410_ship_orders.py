"""Let orders leave in parcels, in parts, and arrive.

Revision ID: 0100_shipping
Revises: 0091_invoice_providers
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0100_shipping"
down_revision = "0091_invoice_providers"
branch_labels = None
depends_on = None

STATES = (
    "prepared",
    "shipped",
    "in_transit",
    "out_for_delivery",
    "awaiting_pickup",
    "delivered",
    "refused",
    "lost",
    "returning",
    "returned",
    "void",
)
SOURCES = ("staff", "merchant", "carrier")
HOLDS = ("review", "payment", "change", "exception", "manual")
UNDER_WAY = (
    "state IN ('shipped', 'in_transit', 'out_for_delivery', 'awaiting_pickup', 'refused',"
    " 'returning')"
)
# Columns that count pieces, and the rules they keep.
COUNTED = {
    "reservations": (
        ("shipped", "freed"),
        {"leaves_what_is_promised": "shipped + freed <= quantity"},
    ),
    "fulfilment_lines": (
        ("cancelled", "packed", "shipped"),
        {
            "packs_what_is_wanted": "packed + cancelled <= quantity",
            "ships_what_is_packed": "shipped <= packed",
        },
    ),
}
ON_THE_WAY = ("arrival_due_at", "received_at", "completes_at", "completed_at")


def upgrade() -> None:
    for table, (columns, rules) in COUNTED.items():
        for column in columns:
            op.add_column(
                table, sa.Column(column, sa.Integer(), server_default="0", nullable=False)
            )
        found = rules | {f"{column}_not_negative": f"{column} >= 0" for column in columns}
        for name, rule in found.items():
            op.execute(
                f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({rule}) NOT VALID"
            )
    op.add_column("fulfilments", sa.Column("picking_at", sa.DateTime(timezone=True)))
    for column in ON_THE_WAY:
        op.add_column("orders", sa.Column(column, sa.DateTime(timezone=True)))
    # What was cancelled before is not wanted any more.
    op.execute("""
        UPDATE fulfilment_lines x SET cancelled = x.quantity
        FROM fulfilments f WHERE f.id = x.fulfilment_id AND f.status = 'cancelled'
    """)
    _create_shipments()
    _create_holds()
    # Without a transaction, so that others write meanwhile.
    with op.get_context().autocommit_block():
        for table, (_, rules) in COUNTED.items():
            columns = COUNTED[table][0]
            for name in (*rules, *(f"{column}_not_negative" for column in columns)):
                op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_{name}")
        _index("ix_fulfilments_order_id", "fulfilments", ["order_id"])
        waiting = "status IN ('unfulfilled', 'picking', 'partly_shipped')"
        _index("ix_fulfilments_waiting", "fulfilments", ["warehouse_id", "id"], waiting)
        receivable = "state = 'open' AND arrival_due_at IS NOT NULL AND received_at IS NULL"
        _index("ix_orders_receivable", "orders", ["arrival_due_at"], receivable)
        completable = "state = 'open' AND completes_at IS NOT NULL"
        _index("ix_orders_completable", "orders", ["completes_at"], completable)
        op.drop_index(
            "uq_fulfilments_order_id", "fulfilments", postgresql_concurrently=True, if_exists=True
        )


def downgrade() -> None:
    op.create_index(
        "uq_fulfilments_order_id", "fulfilments", ["order_id", "warehouse_id"], unique=True
    )
    for name, table in (
        ("ix_orders_completable", "orders"),
        ("ix_orders_receivable", "orders"),
        ("ix_fulfilments_waiting", "fulfilments"),
        ("ix_fulfilments_order_id", "fulfilments"),
    ):
        op.drop_index(name, table_name=table)
    for table in ("order_holds", "shipment_events", "shipment_lines", "shipments"):
        op.drop_table(table)
    for column in ON_THE_WAY:
        op.drop_column("orders", column)
    op.drop_column("fulfilments", "picking_at")
    for table, (columns, _) in COUNTED.items():
        for column in columns:
            op.drop_column(table, column)


def _index(name: str, table: str, columns: list[str], where: str | None = None) -> None:
    op.create_index(
        name,
        table,
        columns,
        postgresql_where=sa.text(where) if where else None,
        postgresql_concurrently=True,
        if_not_exists=True,
    )


def _create_shipments() -> None:
    now = sa.text("now()")
    op.create_table(
        "shipments",
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("fulfilment_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("warehouse_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Enum(*STATES, native_enum=False, length=32), nullable=False),
        sa.Column("carrier_code", sa.String(length=64), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=True),
        sa.Column("tracking_number", sa.String(length=64), nullable=True),
        sa.Column("weight_grams", sa.Integer(), nullable=True),
        sa.Column("cost_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("estimated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.CheckConstraint("weight_grams > 0", name="ck_shipments_weight_positive"),
        sa.CheckConstraint("cost_minor >= 0", name="ck_shipments_cost_not_negative"),
        sa.CheckConstraint(
            "(state IN ('prepared', 'void')) = (shipped_at IS NULL)",
            name="ck_shipments_shipped_at_when_left",
        ),
        sa.CheckConstraint(
            "(state = 'delivered') = (delivered_at IS NOT NULL)",
            name="ck_shipments_delivered_at_when_there",
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_shipments_order_id"),
        sa.ForeignKeyConstraint(
            ["fulfilment_id"], ["fulfilments.id"], name="fk_shipments_fulfilment_id"
        ),
        sa.ForeignKeyConstraint(["merchant_id"], ["merchants.id"], name="fk_shipments_merchant_id"),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouses.id"], name="fk_shipments_warehouse_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_shipments"),
        sa.UniqueConstraint("number", name="uq_shipments_number"),
    )
    op.create_index(
        "uq_shipments_tracking",
        "shipments",
        ["carrier_code", "tracking_number"],
        unique=True,
        postgresql_where=sa.text("tracking_number IS NOT NULL AND state <> 'void'"),
    )
    op.create_index("ix_shipments_order_id", "shipments", ["order_id"])
    op.create_index("ix_shipments_fulfilment_id", "shipments", ["fulfilment_id"])
    op.create_index(
        "ix_shipments_under_way", "shipments", ["shipped_at"], postgresql_where=sa.text(UNDER_WAY)
    )
    op.create_table(
        "shipment_lines",
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("order_line_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name="ck_shipment_lines_quantity_positive"),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipments.id"], name="fk_shipment_lines_shipment_id"
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_lines.id"], name="fk_shipment_lines_order_line_id"
        ),
        sa.PrimaryKeyConstraint("shipment_id", "order_line_id", name="pk_shipment_lines"),
    )
    op.create_index("ix_shipment_lines_order_line_id", "shipment_lines", ["order_line_id"])
    op.create_table(
        "shipment_events",
        sa.Column("shipment_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("state", sa.Enum(*STATES, native_enum=False, length=32), nullable=True),
        sa.Column("source", sa.Enum(*SOURCES, native_enum=False, length=32), nullable=False),
        sa.Column("provider_id", sa.String(length=128), nullable=True),
        sa.Column("location", sa.String(length=200), nullable=True),
        sa.Column("description", sa.String(length=500), nullable=True),
        sa.Column("actor", sa.String(length=128), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipments.id"], name="fk_shipment_events_shipment_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_shipment_events"),
    )
    op.create_index(
        "uq_shipment_events_provider_id",
        "shipment_events",
        ["shipment_id", "provider_id"],
        unique=True,
    )
    op.execute(
        "CREATE TRIGGER shipment_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE"
        " ON shipment_events FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def _create_holds() -> None:
    op.create_table(
        "order_holds",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Enum(*HOLDS, native_enum=False, length=32), nullable=False),
        sa.Column("reference", sa.String(length=128), server_default="", nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("data", JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("held_by", sa.String(length=128), nullable=False),
        sa.Column("lifted_by", sa.String(length=128), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(lifted_at IS NULL) = (lifted_by IS NULL)", name="ck_order_holds_lifted_by_somebody"
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name="fk_order_holds_order_id"),
        sa.PrimaryKeyConstraint("id", name="pk_order_holds"),
    )
    op.create_index(
        "uq_order_holds_open",
        "order_holds",
        ["order_id", "kind", "reference"],
        unique=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
