"""Let each order keep whether its prices contain tax.

Revision ID: 0420_tax_modes
Revises: 0410_webhooks
"""

from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0420_tax_modes"
down_revision = "0410_webhooks"
branch_labels = None
depends_on = None

MODE = sa.Enum("inclusive", "exclusive", name="taxmode", native_enum=False, length=32)
BATCH = 1_000

# What is payable says by itself whether tax came on top, unless there is none.
NET = "{o}.list_minor - {o}.price_saving_minor - {o}.discount_minor + {o}.shipping_minor"
SAID = f"""
    CASE WHEN {{o}}.tax_minor <> 0 AND {{o}}.payable_minor = {NET} THEN 'inclusive'
         WHEN {{o}}.tax_minor <> 0 AND {{o}}.payable_minor = {NET} + {{o}}.tax_minor THEN 'exclusive'
         ELSE (SELECT c.tax_mode FROM channels c WHERE c.id = {{o}}.channel_id) END
"""
FILL = sa.text(f"""
    WITH found AS (
        SELECT o.id FROM orders o
        WHERE o.id > :after AND o.tax_mode = 'inclusive' AND {SAID.format(o="o")} = 'exclusive'
        ORDER BY o.id LIMIT {BATCH}),
    filled AS (
        UPDATE orders o SET tax_mode = 'exclusive' FROM found WHERE o.id = found.id)
    SELECT id FROM found ORDER BY id DESC LIMIT 1
""")


def upgrade() -> None:
    # The default is that of the rows that are there, none of which is written; it goes at once.
    op.add_column("orders", sa.Column("tax_mode", MODE, server_default="inclusive", nullable=False))
    op.alter_column("orders", "tax_mode", server_default=None)
    op.execute(
        "ALTER TABLE orders ADD CONSTRAINT ck_orders_tax_mode_known"
        " CHECK (tax_mode IN ('inclusive', 'exclusive')) NOT VALID"
    )
    # For processes from before this revision, which do not say it.
    op.execute(f"""
        CREATE FUNCTION tell_tax_mode_of_order() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            NEW.tax_mode := {SAID.format(o="NEW")};
            RETURN NEW;
        END $$
    """)
    op.execute(
        "CREATE TRIGGER orders_without_tax_mode BEFORE INSERT ON orders"
        " FOR EACH ROW WHEN (NEW.tax_mode IS NULL) EXECUTE FUNCTION tell_tax_mode_of_order()"
    )
    # Without a transaction, and some at a time, so that others order and pay meanwhile.
    with op.get_context().autocommit_block():
        op.execute("ALTER TABLE orders VALIDATE CONSTRAINT ck_orders_tax_mode_known")
        last: UUID | None = UUID(int=0)
        while last is not None:
            last = op.get_bind().scalar(FILL, {"after": last})


def downgrade() -> None:
    op.execute("DROP TRIGGER orders_without_tax_mode ON orders")
    op.execute("DROP FUNCTION tell_tax_mode_of_order()")
    op.drop_column("orders", "tax_mode")
