"""Keep what the proof of stock added up and found.

Revision ID: 0250_stock_proofs
Revises: 0200_orders_without_carts
"""

import sqlalchemy as sa
from alembic import op

revision = "0250_stock_proofs"
down_revision = "0200_orders_without_carts"
branch_labels = None
depends_on = None

GRADES = sa.Enum("sellable", "damaged", "frozen", name="stockgrade", native_enum=False, length=32)
COUNTS = ("differences", "opened", "resolved")
INDEX = "ix_stock_movements_created_at"


def _at(name: str, *, is_nullable: bool = False) -> sa.Column[object]:
    default = None if is_nullable else sa.text("now()")
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=is_nullable)


def upgrade() -> None:
    op.create_table(
        "stock_folds",
        sa.Column("sku_id", sa.Uuid(), nullable=False),
        sa.Column("warehouse_id", sa.Uuid(), nullable=False),
        sa.Column("grade", GRADES, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sku_id", "warehouse_id", "grade", name="pk_stock_folds"),
    )
    op.create_table(
        "stock_proofs",
        sa.Column("id", sa.Uuid(), nullable=False),
        _at("created_at"),
        sa.Column("folded_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_whole", sa.Boolean(), nullable=False),
        *(sa.Column(each, sa.Integer(), nullable=False) for each in COUNTS),
        *(
            sa.CheckConstraint(f"{each} >= 0", name=f"ck_stock_proofs_{each}_not_negative")
            for each in COUNTS
        ),
        sa.PrimaryKeyConstraint("id", name="pk_stock_proofs"),
    )
    op.create_table(
        "stock_findings",
        sa.Column("id", sa.Uuid(), nullable=False),
        _at("created_at"),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        _at("updated_at"),
        sa.Column(
            "kind",
            sa.Enum(
                "movements",
                "reserved",
                "history",
                name="findingkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("sku_id", sa.Uuid(), nullable=False),
        sa.Column("warehouse_id", sa.Uuid(), nullable=False),
        sa.Column("grade", GRADES, nullable=False),
        sa.Column("expected", sa.BigInteger(), nullable=False),
        sa.Column("found", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "found",
                "explained",
                "resolved",
                name="findingstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("explained_by", sa.String(length=128), nullable=True),
        _at("resolved_at", is_nullable=True),
        sa.CheckConstraint("expected <> found", name="ck_stock_findings_differs"),
        sa.CheckConstraint(
            "state <> 'explained' OR (explained_by IS NOT NULL AND note IS NOT NULL)",
            name="ck_stock_findings_explained_by_somebody",
        ),
        sa.CheckConstraint(
            "(state = 'resolved') = (resolved_at IS NOT NULL)",
            name="ck_stock_findings_resolved_once",
        ),
        sa.ForeignKeyConstraint(["sku_id"], ["skus.id"], name="fk_stock_findings_sku_id"),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouses.id"], name="fk_stock_findings_warehouse_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_stock_findings"),
    )
    is_open = sa.text("state <> 'resolved'")
    op.create_index(
        "uq_stock_findings_open",
        "stock_findings",
        ["kind", "sku_id", "warehouse_id", "grade"],
        unique=True,
        postgresql_where=is_open,
    )
    op.create_index("ix_stock_findings_open", "stock_findings", ["id"], postgresql_where=is_open)
    # Without a transaction, and month by month, so that others move stock meanwhile.
    with op.get_context().autocommit_block():
        how = "USING brin (created_at) WITH (autosummarize = on)"
        op.execute(f"CREATE INDEX IF NOT EXISTS {INDEX} ON ONLY stock_movements {how}")
        months = op.get_bind().scalars(
            sa.text(
                "SELECT inhrelid::regclass::text FROM pg_inherits"
                " WHERE inhparent = 'stock_movements'::regclass"
            )
        )
        for month in months.all():
            name = f"ix_{month}_created_at"
            op.execute(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {month} {how}")
            op.execute(f"ALTER INDEX {INDEX} ATTACH PARTITION {name}")


def downgrade() -> None:
    op.drop_index(INDEX, table_name="stock_movements")
    for table in ("stock_findings", "stock_proofs", "stock_folds"):
        op.drop_table(table)
