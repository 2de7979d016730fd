"""Make SKUs of other SKUs, keep what promises of them hold, and what came back of them.

Revision ID: 0256_make_kits
Revises: 0273_keep_for_gifts
"""

import sqlalchemy as sa
from alembic import op

revision = "0256_make_kits"
down_revision = "0273_keep_for_gifts"
branch_labels = None
depends_on = None

KEY = "uq_skus_id_merchant_id_is_kit"


def upgrade() -> None:
    kit = sa.Column("is_kit", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    op.add_column("skus", kit)
    # Without a transaction, so that others write meanwhile.
    with op.get_context().autocommit_block():
        op.execute(
            f"CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS {KEY}"
            " ON skus (id, merchant_id, is_kit)"
        )
    op.execute(f"ALTER TABLE skus ADD CONSTRAINT {KEY} UNIQUE USING INDEX {KEY}")
    _components()
    _promises()
    _pieces()
    # After the key of the SKU was looked at, which waits for whoever makes it a kit.
    op.execute("""
        CREATE FUNCTION refuse_stock_of_kits() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (SELECT FROM skus WHERE id = NEW.sku_id AND is_kit) THEN
                RAISE EXCEPTION 'kits do not lie in warehouses' USING ERRCODE = '23514',
                    CONSTRAINT = 'kits_have_no_stock', TABLE = 'stock';
            END IF;
            RETURN NULL;
        END $$
    """)
    op.execute(
        "CREATE TRIGGER stock_of_no_kit AFTER INSERT ON stock"
        " FOR EACH ROW EXECUTE FUNCTION refuse_stock_of_kits()"
    )


def _components() -> None:
    op.create_table(
        "kit_components",
        sa.Column("kit_id", sa.Uuid(), nullable=False),
        sa.Column("sku_id", sa.Uuid(), nullable=False),
        sa.Column("merchant_id", sa.Uuid(), nullable=False),
        sa.Column("is_whole", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("is_part", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("worth", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("quantity > 0", name="ck_kit_components_quantity_positive"),
        sa.CheckConstraint("worth > 0", name="ck_kit_components_worth_positive"),
        sa.CheckConstraint("is_whole", name="ck_kit_components_whole_is_a_kit"),
        sa.CheckConstraint("NOT is_part", name="ck_kit_components_part_is_no_kit"),
        *(
            sa.ForeignKeyConstraint(
                columns,
                ["skus.id", "skus.merchant_id", "skus.is_kit"],
                name=f"fk_kit_components_{'_'.join(columns)}",
            )
            for columns in (
                ["kit_id", "merchant_id", "is_whole"],
                ["sku_id", "merchant_id", "is_part"],
            )
        ),
        sa.PrimaryKeyConstraint("kit_id", "sku_id", name="pk_kit_components"),
    )
    op.create_index("ix_kit_components_sku_id", "kit_components", ["sku_id"])


def _promises() -> None:
    op.create_table(
        "kit_promises",
        sa.Column("owner", sa.String(64), nullable=False),
        sa.Column("kit_id", sa.Uuid(), nullable=False),
        sa.Column("sku_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("worth", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity > 0", name="ck_kit_promises_quantity_positive"),
        sa.CheckConstraint("worth > 0", name="ck_kit_promises_worth_positive"),
        sa.CheckConstraint("kit_id <> sku_id", name="ck_kit_promises_not_of_itself"),
        sa.ForeignKeyConstraint(["kit_id"], ["skus.id"], name="fk_kit_promises_kit_id"),
        sa.ForeignKeyConstraint(["sku_id"], ["skus.id"], name="fk_kit_promises_sku_id"),
        sa.PrimaryKeyConstraint("owner", "kit_id", "sku_id", name="pk_kit_promises"),
    )


def _pieces() -> None:
    line = ["return_id", "order_line_id"]
    op.create_table(
        "order_return_pieces",
        *(sa.Column(name, sa.Uuid(), nullable=False) for name in (*line, "sku_id", "member_id")),
        *(
            sa.Column(grade, sa.Integer(), server_default="0", nullable=False)
            for grade in ("resellable", "damaged", "scrap")
        ),
        *(
            sa.CheckConstraint(f"{grade} >= 0", name=f"ck_order_return_pieces_{grade}_not_negative")
            for grade in ("resellable", "damaged", "scrap")
        ),
        sa.ForeignKeyConstraint(
            line,
            [f"order_return_lines.{each}" for each in line],
            name="fk_order_return_pieces_return_id_order_line_id",
        ),
        sa.ForeignKeyConstraint(["sku_id"], ["skus.id"], name="fk_order_return_pieces_sku_id"),
        sa.PrimaryKeyConstraint(*line, "sku_id", name="pk_order_return_pieces"),
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER stock_of_no_kit ON stock")
    op.execute("DROP FUNCTION refuse_stock_of_kits()")
    for table in ("order_return_pieces", "kit_promises", "kit_components"):
        op.drop_table(table)
    op.execute(f"ALTER TABLE skus DROP CONSTRAINT {KEY}")
    op.drop_column("skus", "is_kit")
