"""Sell goods before they are there: terms, and what waits.

Revision ID: 0242_backorders
Revises: 0202_payment_links
"""

import sqlalchemy as sa
from alembic import op

revision = "0242_backorders"
down_revision = "0202_payment_links"
branch_labels = None
depends_on = None

NOW = sa.func.now()
OPEN = sa.text("filled + freed < quantity")


def _at(name: str, *, is_set: bool = False) -> sa.Column[object]:
    default = NOW if is_set else None
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=not is_set)


def upgrade() -> None:
    op.create_table(
        "backorder_terms",
        sa.Column("id", sa.Uuid(), nullable=False),
        _at("created_at", is_set=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        _at("updated_at", is_set=True),
        sa.Column("sku_id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=True),
        sa.Column("warehouse_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("ships_at", sa.DateTime(timezone=True), nullable=False),
        _at("until"),
        sa.Column("allows_partial", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default="true", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_backorder_terms"),
        sa.ForeignKeyConstraint(["sku_id"], ["skus.id"], name="fk_backorder_terms_sku_id"),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channels.id"], name="fk_backorder_terms_channel_id"
        ),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouses.id"], name="fk_backorder_terms_warehouse_id"
        ),
        sa.CheckConstraint("most > 0", name=op.f("ck_backorder_terms_most_positive")),
    )
    op.create_index(
        "uq_backorder_terms_sku",
        "backorder_terms",
        ["sku_id", "channel_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=sa.text("is_active"),
    )
    op.create_table(
        "backorders",
        sa.Column("id", sa.Uuid(), nullable=False),
        _at("created_at", is_set=True),
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("sku_id", sa.Uuid(), nullable=False),
        sa.Column("warehouse_id", sa.Uuid(), nullable=False),
        sa.Column("terms_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("ships_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("allows_partial", sa.Boolean(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("filled", sa.Integer(), server_default="0", nullable=False),
        sa.Column("freed", sa.Integer(), server_default="0", nullable=False),
        _at("expires_at"),
        _at("changed_at", is_set=True),
        sa.PrimaryKeyConstraint("id", name="pk_backorders"),
        sa.ForeignKeyConstraint(["sku_id"], ["skus.id"], name="fk_backorders_sku_id"),
        sa.ForeignKeyConstraint(
            ["warehouse_id"], ["warehouses.id"], name="fk_backorders_warehouse_id"
        ),
        sa.ForeignKeyConstraint(
            ["terms_id"], ["backorder_terms.id"], name="fk_backorders_terms_id"
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_backorders_quantity_positive")),
        sa.CheckConstraint(
            "filled + freed <= quantity", name=op.f("ck_backorders_fills_what_waits")
        ),
        *(
            sa.CheckConstraint(f"{each} >= 0", name=op.f(f"ck_backorders_{each}_not_negative"))
            for each in ("filled", "freed")
        ),
    )
    op.create_index(
        "uq_backorders_owner", "backorders", ["owner", "sku_id", "warehouse_id"], unique=True
    )
    op.create_index(
        "ix_backorders_open",
        "backorders",
        ["sku_id", "warehouse_id", "id"],
        postgresql_where=OPEN,
    )
    op.create_index("ix_backorders_waiting", "backorders", ["id"], postgresql_where=OPEN)
    op.add_column("stock", sa.Column("waiting", sa.Integer(), server_default="0", nullable=False))
    op.execute(
        "ALTER TABLE stock ADD CONSTRAINT ck_stock_waiting_not_negative"
        " CHECK (waiting >= 0) NOT VALID"
    )
    # Without a transaction, so that others write meanwhile.
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE stock VALIDATE CONSTRAINT ck_stock_waiting_not_negative")
        op.create_index(
            "ix_stock_waiting",
            "stock",
            ["sku_id", "warehouse_id"],
            postgresql_where=sa.text("waiting > 0"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    op.drop_index("ix_stock_waiting", table_name="stock")
    op.drop_column("stock", "waiting")
    op.drop_table("backorders")
    op.drop_table("backorder_terms")
