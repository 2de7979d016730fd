"""Say of orders that are there whether their tax came on top.

Revision ID: 0421_fill_tax_modes
Revises: 0420_tax_modes
"""

from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0421_fill_tax_modes"
down_revision = "0420_tax_modes"
branch_labels = None
depends_on = None

BATCH = 1_000

# What is payable says it, unless there is no tax. Those with tax in their prices stay as they are.
NET = "o.list_minor - o.price_saving_minor - o.discount_minor + o.shipping_minor"
FILL = sa.text(f"""
    WITH found AS (
        SELECT o.id FROM orders o JOIN channels c ON c.id = o.channel_id
        WHERE o.id > :after AND o.tax_mode = 'inclusive' AND CASE
              WHEN o.tax_minor <> 0 AND o.payable_minor = {NET} THEN false
              WHEN o.tax_minor <> 0 AND o.payable_minor = {NET} + o.tax_minor THEN true
              ELSE c.tax_mode = 'exclusive' END
        ORDER BY o.id LIMIT {BATCH}),
    filled AS (
        UPDATE orders o SET tax_mode = 'exclusive' FROM found WHERE o.id = found.id)
    SELECT id FROM found ORDER BY id DESC LIMIT 1
""")


def upgrade() -> None:
    # Without a transaction, and some at a time, so that others order and pay meanwhile. It may be
    # cut short and begin again.
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE orders VALIDATE CONSTRAINT ck_orders_tax_mode_known")
        last: UUID | None = UUID(int=0)
        while last is not None:
            last = op.get_bind().scalar(FILL, {"after": last})


def downgrade() -> None:
    pass
