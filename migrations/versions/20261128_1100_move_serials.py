"""Let serials travel between warehouses, and say which ones tills sold.

Revision ID: 0260_move_serials
Revises: 0256_make_kits
"""

import sqlalchemy as sa
from alembic import op

revision = "0260_move_serials"
down_revision = "0256_make_kits"
branch_labels = None
depends_on = None

LIES = (
    "stock_serials",
    "lies_or_left",
    "(state IN ('in_stock', 'packed')) = (warehouse_id IS NOT NULL)",
)
LAY = ("stock_serials", "lies_or_was_sent", "(state = 'sent') = (warehouse_id IS NULL)")
CHECKS = (
    ("pos_sale_lines", "unfit_of_taken", "unfit BETWEEN 0 AND quantity - short"),
    ("pos_sale_lines", "serial_of_a_piece", "cardinality(serials) <= quantity"),
    ("pos_sales", "unfit_only_offline", "NOT is_unfit OR is_offline"),
)


def _check(table: str, name: str, rule: str) -> None:
    """Checked against what is there in a step that lets others write."""
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({rule}) NOT VALID")
    op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_{name}")


def upgrade() -> None:
    # The convention named it a second time when the table was made.
    op.drop_constraint(op.f(f"ck_stock_serials_ck_stock_serials_{LAY[1]}"), "stock_serials")
    _check(*LIES)
    op.add_column(
        "pos_sales",
        sa.Column("is_unfit", sa.Boolean(), server_default="false", nullable=False),
    )
    op.add_column(
        "pos_sale_lines", sa.Column("unfit", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column(
        "pos_sale_lines",
        sa.Column("serials", sa.ARRAY(sa.String(length=64)), server_default="{}", nullable=False),
    )
    for each in CHECKS:
        _check(*each)
    with op.get_context().autocommit_block():
        for name, table, columns, where in (
            ("ix_stock_serials_document", "stock_serials", ["document"], None),
            ("ix_pos_sales_unfit", "pos_sales", ["id"], "is_unfit"),
        ):
            op.create_index(
                name,
                table,
                columns,
                postgresql_where=None if where is None else sa.text(where),
                postgresql_concurrently=True,
                if_not_exists=True,
            )
        op.drop_index("ix_stock_serials_packed", postgresql_concurrently=True, if_exists=True)


def downgrade() -> None:
    op.create_index(
        "ix_stock_serials_packed",
        "stock_serials",
        ["document"],
        postgresql_where=sa.text("state = 'packed'"),
    )
    op.drop_index("ix_pos_sales_unfit", "pos_sales")
    op.drop_index("ix_stock_serials_document", "stock_serials")
    for column in ("serials", "unfit"):
        op.drop_column("pos_sale_lines", column)
    op.drop_column("pos_sales", "is_unfit")
    op.drop_constraint(op.f("ck_stock_serials_lies_or_left"), "stock_serials")
    # What travelled or is gone was known as sent to nobody before.
    op.execute("""
        UPDATE stock_serials SET state = 'sent', owner = document
         WHERE state IN ('in_transit', 'gone')
    """)
    _check(LAY[0], f"ck_stock_serials_{LAY[1]}", LAY[2])
