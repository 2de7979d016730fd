"""Say until when somebody waits, and keep what was promised and is missing.

Revision ID: 0300_waiting_days
Revises: 0243_join_parcels
"""

import sqlalchemy as sa
from alembic import op

revision = "0300_waiting_days"
down_revision = "0243_join_parcels"
branch_labels = None
depends_on = None

OPEN = sa.text("filled + freed < quantity AND over_at IS NULL")
UNENDED = sa.text("written_off + gone < quantity")


def _at(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def upgrade() -> None:
    op.add_column(
        "backorder_terms",
        sa.Column("wait_days", sa.Integer(), server_default="30", nullable=False),
    )
    op.execute(
        "ALTER TABLE backorder_terms ADD CONSTRAINT ck_backorder_terms_wait_days_not_negative"
        " CHECK (wait_days >= 0) NOT VALID"
    )
    for name in ("last_at", "told_at", "over_at"):
        op.add_column("backorders", _at(name))
    op.alter_column("backorders", "terms_id", nullable=True)
    op.create_table(
        "stock_shortages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
        ),
        sa.Column("sku_id", sa.Uuid(), nullable=False),
        sa.Column("warehouse_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("owner", sa.String(64), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("written_off", sa.Integer(), server_default="0", nullable=False),
        sa.Column("gone", sa.Integer(), server_default="0", nullable=False),
        sa.Column("cause", sa.String(128), nullable=False),
        sa.Column("actor", sa.String(128), nullable=True),
        sa.Column("note", sa.String(500), nullable=True),
        _at("looked_at"),
        sa.PrimaryKeyConstraint("id", name="pk_stock_shortages"),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=f"fk_stock_shortages_{column}")
            for column, table in (
                ("sku_id", "skus"),
                ("warehouse_id", "warehouses"),
                ("batch_id", "stock_batches"),
            )
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_stock_shortages_quantity_positive")),
        sa.CheckConstraint(
            "written_off + gone <= quantity", name=op.f("ck_stock_shortages_ends_what_is_missing")
        ),
        *(
            sa.CheckConstraint(f"{each} >= 0", name=op.f(f"ck_stock_shortages_{each}_not_negative"))
            for each in ("written_off", "gone")
        ),
    )
    op.create_index("ix_stock_shortages_open", "stock_shortages", ["id"], postgresql_where=UNENDED)
    # Without a transaction, so that others write meanwhile.
    with op.get_context().autocommit_block():
        op.execute(
            "ALTER TABLE backorder_terms"
            " VALIDATE CONSTRAINT ck_backorder_terms_wait_days_not_negative"
        )
        op.execute(
            "UPDATE order_holds SET data = data || '{\"last_at\": null}'"
            " WHERE kind = 'backorder' AND lifted_at IS NULL AND NOT data ? 'last_at'"
        )
        op.create_index(
            "ix_backorders_last_at",
            "backorders",
            ["last_at"],
            postgresql_where=OPEN,
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    op.drop_table("stock_shortages")
    op.drop_index("ix_backorders_last_at", table_name="backorders")
    op.execute("DELETE FROM backorders WHERE terms_id IS NULL AND filled + freed = quantity")
    op.alter_column("backorders", "terms_id", nullable=False)
    for name in ("over_at", "told_at", "last_at"):
        op.drop_column("backorders", name)
    op.drop_column("backorder_terms", "wait_days")
