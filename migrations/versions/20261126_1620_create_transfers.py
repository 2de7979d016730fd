"""Create transfers of stock between warehouses.

Revision ID: 0162_transfers
Revises: 0191_order_hours
"""

import sqlalchemy as sa
from alembic import op

revision = "0162_transfers"
down_revision = "0191_order_hours"
branch_labels = None
depends_on = None

STATES = ("requested", "in_transit", "closed", "cancelled")
COUNTS = ("shipped", "received", "damaged", "over", "lost")


def _made() -> list[sa.Column[object]]:
    now = sa.text("now()")
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=now, nullable=False),
    ]


def upgrade() -> None:
    _create_transfers()
    op.create_table(
        "stock_transfer_lines",
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("sku_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        *(sa.Column(each, sa.Integer(), server_default="0", nullable=False) for each in COUNTS),
        sa.CheckConstraint("quantity > 0", name="ck_stock_transfer_lines_quantity_positive"),
        sa.CheckConstraint(
            "shipped <= quantity", name="ck_stock_transfer_lines_ships_what_was_asked"
        ),
        sa.CheckConstraint(
            "received + damaged + lost <= shipped",
            name="ck_stock_transfer_lines_accounts_for_what_left",
        ),
        *(
            sa.CheckConstraint(f"{each} >= 0", name=f"ck_stock_transfer_lines_{each}_not_negative")
            for each in COUNTS
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["stock_transfers.id"], name="fk_stock_transfer_lines_transfer_id"
        ),
        sa.ForeignKeyConstraint(["sku_id"], ["skus.id"], name="fk_stock_transfer_lines_sku_id"),
        sa.PrimaryKeyConstraint("transfer_id", "sku_id", name="pk_stock_transfer_lines"),
    )
    op.create_index("ix_stock_transfer_lines_sku_id", "stock_transfer_lines", ["sku_id"])
    came = ("received", "damaged", "over")
    op.create_table(
        "stock_transfer_receipts",
        sa.Column("transfer_id", sa.Uuid(), nullable=False),
        sa.Column("sku_id", sa.Uuid(), nullable=False),
        *(sa.Column(each, sa.Integer(), nullable=False) for each in came),
        sa.Column("received_by", sa.String(length=128), nullable=False),
        *_made(),
        *(
            sa.CheckConstraint(
                f"{each} >= 0", name=f"ck_stock_transfer_receipts_{each}_not_negative"
            )
            for each in came
        ),
        sa.CheckConstraint(
            "received + damaged + over > 0", name="ck_stock_transfer_receipts_something_came"
        ),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["stock_transfers.id"], name="fk_stock_transfer_receipts_transfer_id"
        ),
        sa.ForeignKeyConstraint(["sku_id"], ["skus.id"], name="fk_stock_transfer_receipts_sku_id"),
        sa.PrimaryKeyConstraint("id", name="pk_stock_transfer_receipts"),
    )
    op.create_index(
        "ix_stock_transfer_receipts_transfer_id", "stock_transfer_receipts", ["transfer_id", "id"]
    )
    op.execute(
        "CREATE TRIGGER stock_transfer_receipts_append_only BEFORE UPDATE OR DELETE OR TRUNCATE"
        " ON stock_transfer_receipts FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def _create_transfers() -> None:
    ends = ("from_warehouse_id", "to_warehouse_id")
    op.create_table(
        "stock_transfers",
        sa.Column("number", sa.String(length=32), nullable=False),
        *(sa.Column(each, sa.Uuid(), nullable=False) for each in ends),
        sa.Column(
            "state",
            sa.Enum(*STATES, name="transferstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("requested_by", sa.String(length=128), nullable=False),
        sa.Column("shipped_by", sa.String(length=128), nullable=True),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.String(length=128), nullable=True),
        sa.Column("difference", sa.String(length=500), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        *_made(),
        sa.CheckConstraint(
            "from_warehouse_id <> to_warehouse_id", name="ck_stock_transfers_goes_elsewhere"
        ),
        sa.CheckConstraint(
            "(state IN ('in_transit', 'closed')) ="
            " (shipped_by IS NOT NULL AND shipped_at IS NOT NULL)",
            name="ck_stock_transfers_shipped_by_somebody",
        ),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_by IS NOT NULL)",
            name="ck_stock_transfers_closed_by_somebody",
        ),
        *(
            sa.ForeignKeyConstraint([each], ["warehouses.id"], name=f"fk_stock_transfers_{each}")
            for each in ends
        ),
        sa.PrimaryKeyConstraint("id", name="pk_stock_transfers"),
        sa.UniqueConstraint("number", name="uq_stock_transfers_number"),
    )
    for each in ends:
        op.create_index(f"ix_stock_transfers_{each}", "stock_transfers", [each, "id"])
    op.create_index(
        "ix_stock_transfers_in_transit",
        "stock_transfers",
        ["to_warehouse_id"],
        postgresql_where=sa.text("state = 'in_transit'"),
    )


def downgrade() -> None:
    for table in ("stock_transfer_receipts", "stock_transfer_lines", "stock_transfers"):
        op.drop_table(table)
