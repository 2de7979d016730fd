"""Let each order keep whether its prices contain tax.

Revision ID: 0420_tax_modes
Revises: 0410_webhooks
"""

import sqlalchemy as sa
from alembic import op

revision = "0420_tax_modes"
down_revision = "0410_webhooks"
branch_labels = None
depends_on = None

MODE = sa.Enum("inclusive", "exclusive", name="taxmode", native_enum=False, length=32)

# For processes from before this revision, which do not say it: what is payable does, unless there
# is no tax.
NET = "NEW.list_minor - NEW.price_saving_minor - NEW.discount_minor + NEW.shipping_minor"
TELL = f"""
    CREATE FUNCTION tell_tax_mode_of_order() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.tax_mode := CASE
            WHEN NEW.tax_minor <> 0 AND NEW.payable_minor = {NET} THEN 'inclusive'
            WHEN NEW.tax_minor <> 0 AND NEW.payable_minor = {NET} + NEW.tax_minor THEN 'exclusive'
            ELSE (SELECT c.tax_mode FROM channels c WHERE c.id = NEW.channel_id) END;
        RETURN NEW;
    END $$
"""


def upgrade() -> None:
    # The default is that of the rows that are there, none of which is written; it goes at once.
    op.add_column("orders", sa.Column("tax_mode", MODE, server_default="inclusive", nullable=False))
    op.alter_column("orders", "tax_mode", server_default=None)
    op.execute(
        "ALTER TABLE orders ADD CONSTRAINT ck_orders_tax_mode_known"
        " CHECK (tax_mode IN ('inclusive', 'exclusive')) NOT VALID"
    )
    op.execute(TELL)
    op.execute(
        "CREATE TRIGGER orders_without_tax_mode BEFORE INSERT ON orders"
        " FOR EACH ROW WHEN (NEW.tax_mode IS NULL) EXECUTE FUNCTION tell_tax_mode_of_order()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER orders_without_tax_mode ON orders")
    op.execute("DROP FUNCTION tell_tax_mode_of_order()")
    op.drop_column("orders", "tax_mode")
