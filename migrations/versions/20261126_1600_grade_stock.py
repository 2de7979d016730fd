"""Grade stock: damaged and frozen pieces lie beside those for sale.

Revision ID: 0160_grades
Revises: 0092_limit_points
"""

import sqlalchemy as sa
from alembic import op

revision = "0160_grades"
down_revision = "0092_limit_points"
branch_labels = None
depends_on = None

OLD_SIGN = (
    "(kind IN ('receipt','return') AND quantity > 0) OR "
    "(kind = 'shipment' AND quantity < 0) OR kind = 'adjustment'"
)
RULES = {
    "sign_follows_kind": (
        "(kind IN ('receipt','return','transfer_in') AND quantity > 0) OR "
        "(kind IN ('shipment','transfer_out') AND quantity < 0) OR "
        "kind IN ('adjustment','stocktake','regrade')"
    ),
    "balance_not_negative": "on_hand_after >= 0",
    "only_sellable_leaves": "kind NOT IN ('shipment','transfer_out') OR grade = 'sellable'",
}
GRADES = ("damaged", "frozen")


def upgrade() -> None:
    for grade in GRADES:
        op.add_column("stock", sa.Column(grade, sa.Integer(), server_default="0", nullable=False))
        op.execute(
            f"ALTER TABLE stock ADD CONSTRAINT ck_stock_{grade}_not_negative"
            f" CHECK ({grade} >= 0) NOT VALID"
        )
    op.add_column(
        "stock_movements",
        sa.Column(
            "grade",
            sa.Enum("sellable", *GRADES, name="stockgrade", native_enum=False, length=32),
            server_default="sellable",
            nullable=False,
        ),
    )
    op.execute("ALTER TABLE stock_movements DROP CONSTRAINT ck_stock_movements_sign_follows_kind")
    for name, rule in RULES.items():
        op.execute(
            f"ALTER TABLE stock_movements ADD CONSTRAINT ck_stock_movements_{name}"
            f" CHECK ({rule}) NOT VALID"
        )
    # Without a transaction, so that others write meanwhile.
    with op.get_context().autocommit_block():
        for grade in GRADES:
            op.execute(f"ALTER TABLE stock VALIDATE CONSTRAINT ck_stock_{grade}_not_negative")
        for name in RULES:
            op.execute(f"ALTER TABLE stock_movements VALIDATE CONSTRAINT ck_stock_movements_{name}")


def downgrade() -> None:
    for name in RULES:
        op.execute(f"ALTER TABLE stock_movements DROP CONSTRAINT ck_stock_movements_{name}")
    op.execute(
        "ALTER TABLE stock_movements ADD CONSTRAINT ck_stock_movements_sign_follows_kind"
        f" CHECK ({OLD_SIGN}) NOT VALID"
    )
    op.drop_column("stock_movements", "grade")
    for grade in GRADES:
        op.drop_column("stock", grade)
