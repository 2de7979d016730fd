"""Keep what staff put right of orders that were sent in, and codes of marketplaces.

Revision ID: 0295_mend_intakes
Revises: 0294_group_transfers
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0295_mend_intakes"
down_revision = "0294_group_transfers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("order_intakes", sa.Column("mended", postgresql.JSONB(), nullable=True))
    op.create_table(
        "intake_goods",
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("sku_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("channel_id", "code", name="pk_intake_goods"),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name="fk_intake_goods_channel_id"),
        sa.ForeignKeyConstraint(["sku_id"], ["skus.id"], name="fk_intake_goods_sku_id"),
    )


def downgrade() -> None:
    op.drop_table("intake_goods")
    op.drop_column("order_intakes", "mended")
