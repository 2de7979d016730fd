"""Let everything come back of an order that has no money left, or never had any.

Revision ID: 0091_goods_without_money
Revises: 0090_withhold_points
"""

from alembic import op

revision = "0091_goods_without_money"
down_revision = "0090_withhold_points"
branch_labels = None
depends_on = None

NEW = "amount_minor > 0 OR amount_minor = 0 AND kind IN ('units', 'everything')"
OLD = "amount_minor > 0 OR amount_minor = 0 AND kind = 'units'"


def _say(rule: str, validate: str) -> None:
    op.execute("ALTER TABLE refunds DROP CONSTRAINT ck_refunds_amount")
    op.execute(f"ALTER TABLE refunds ADD CONSTRAINT ck_refunds_amount CHECK ({rule}) NOT VALID")
    if validate:
        op.execute(validate)


def upgrade() -> None:
    _say(NEW, "ALTER TABLE refunds VALIDATE CONSTRAINT ck_refunds_amount")


def downgrade() -> None:
    """Refunds of everything without money stay as they are: nothing new of that kind is let in."""
    _say(OLD, "")
