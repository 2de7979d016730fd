"""Keep for which gift a refund withheld what it withheld.

Revision ID: 0273_keep_for_gifts
Revises: 0272_return_postage
"""

import sqlalchemy as sa
from alembic import op

revision = "0273_keep_for_gifts"
down_revision = "0272_return_postage"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "refund_gifts",
        sa.Column("refund_id", sa.Uuid(), nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("refund_id", "line_id", name="pk_refund_gifts"),
        sa.ForeignKeyConstraint(["refund_id"], ["refunds.id"], name="fk_refund_gifts_refund_id"),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_refund_gifts_amount_minor_positive")),
    )
    # Of orders with one gift it is known which; of others refunds go on as before.
    op.execute("""
        INSERT INTO refund_gifts (refund_id, line_id, member_id, amount_minor)
        SELECT r.id, min(l.id::text)::uuid, r.member_id, r.withheld_minor
        FROM refunds r JOIN order_lines l ON l.order_id = r.order_id AND l.is_gift
        WHERE r.withheld_minor > 0
        GROUP BY r.id, r.member_id, r.withheld_minor HAVING count(*) = 1
    """)


def downgrade() -> None:
    op.drop_table("refund_gifts")
