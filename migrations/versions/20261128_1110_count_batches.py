"""Count stock by batch.

Revision ID: 0261_count_batches
Revises: 0260_move_serials
"""

import sqlalchemy as sa
from alembic import op

revision = "0261_count_batches"
down_revision = "0260_move_serials"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stocktake_batches",
        sa.Column("stocktake_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("sku_id", sa.Uuid(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("counted_by", sa.String(length=128), nullable=False),
        sa.CheckConstraint(
            "counted >= 0 AND expected >= 0", name=op.f("ck_stocktake_batches_counts_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["stocktake_id", "sku_id"],
            ["stocktake_lines.stocktake_id", "stocktake_lines.sku_id"],
            name="fk_stocktake_batches_stocktake_id_sku_id",
        ),
        sa.ForeignKeyConstraint(
            ["batch_id", "sku_id"],
            ["stock_batches.id", "stock_batches.sku_id"],
            name="fk_stocktake_batches_batch_id_sku_id",
        ),
        sa.PrimaryKeyConstraint("stocktake_id", "batch_id", name="pk_stocktake_batches"),
    )
    op.add_column("stocktake_counts", sa.Column("batch_id", sa.Uuid(), nullable=True))
    op.execute("""
        ALTER TABLE stocktake_counts ADD CONSTRAINT fk_stocktake_counts_batch_id
        FOREIGN KEY (batch_id) REFERENCES stock_batches (id) NOT VALID
    """)
    op.execute("ALTER TABLE stocktake_counts VALIDATE CONSTRAINT fk_stocktake_counts_batch_id")


def downgrade() -> None:
    op.drop_column("stocktake_counts", "batch_id")
    op.drop_table("stocktake_batches")
