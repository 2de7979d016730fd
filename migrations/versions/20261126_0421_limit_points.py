"""Let rules limit what points pay of some goods.

Revision ID: 0092_limit_points
Revises: 0101_manual_journals
"""

import sqlalchemy as sa
from alembic import op

revision = "0092_limit_points"
down_revision = "0101_manual_journals"
branch_labels = None
depends_on = None

TABLE = "payment_method_rules"
# As revision 0064 came to name it: the convention was applied to a name that had it.
OLD = "ck_payment_method_rules_ck_payment_method_rules_known_effect"
KNOWN, LIMIT = "ck_payment_method_rules_known_effect", "ck_payment_method_rules_limit_of_points"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("limit_bps", sa.Integer(), nullable=True))
    op.drop_constraint(op.f(OLD), TABLE, type_="check")
    op.create_check_constraint(op.f(KNOWN), TABLE, "effect IN ('refuse', 'only', 'limit')")
    op.create_check_constraint(
        op.f(LIMIT),
        TABLE,
        "CASE WHEN effect = 'limit'"
        " THEN method = 'points' AND coalesce(limit_bps BETWEEN 0 AND 10000, false)"
        " ELSE limit_bps IS NULL END",
    )


def downgrade() -> None:
    op.execute(f"DELETE FROM {TABLE} WHERE effect = 'limit'")
    op.drop_constraint(op.f(LIMIT), TABLE, type_="check")
    op.drop_constraint(op.f(KNOWN), TABLE, type_="check")
    op.create_check_constraint(op.f(OLD), TABLE, "effect IN ('refuse', 'only')")
    op.drop_column(TABLE, "limit_bps")
