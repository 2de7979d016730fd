"""Tell of pieces that came beyond what was sent how many are broken.

Revision ID: 0422_over_damaged
Revises: 0421_fill_tax_modes
"""

import sqlalchemy as sa
from alembic import op

revision = "0422_over_damaged"
down_revision = "0421_fill_tax_modes"
branch_labels = None
depends_on = None

TABLES = ("stock_transfer_lines", "stock_transfer_receipts")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(
            table, sa.Column("over_damaged", sa.Integer(), server_default="0", nullable=False)
        )
        op.execute(
            f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_breaks_what_is_over"
            " CHECK (over_damaged BETWEEN 0 AND over) NOT VALID"
        )
    with op.get_context().autocommit_block():
        for table in TABLES:
            op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT ck_{table}_breaks_what_is_over")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_column(table, "over_damaged")
