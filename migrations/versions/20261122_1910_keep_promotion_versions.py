"""Keep who drafted a promotion, why it was sent back, and the terms as they were approved.

Revision ID: 0015_promotion_versions
Revises: 0014_order_gifts
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015_promotion_versions"
down_revision = "0014_order_gifts"
branch_labels = None
depends_on = None

# What was approved before counts as its first version. Drafts were perhaps approved, too, but
# nobody knows on which terms.
FIRST_VERSIONS = """
    INSERT INTO promotion_versions (promotion_id, number, terms, approved_by, approved_at)
    SELECT p.id, 1, jsonb_build_object(
               'name', p.name, 'stage', p.stage, 'currency', p.currency, 'priority', p.priority,
               'channel_ids', to_jsonb(p.channel_ids), 'starts_at', p.starts_at,
               'ends_at', p.ends_at, 'needs_coupon', p.needs_coupon, 'scope', p.scope,
               'condition', p.condition, 'action', p.action, 'stack', p.stack,
               'limits', p.limits, 'funding', p.funding, 'refund', p.refund,
               'total_uses', q.total_uses, 'uses_per_member', q.uses_per_member,
               'budget_minor', q.budget_minor),
           'service', p.updated_at
      FROM promotions p JOIN promotion_quotas q ON q.promotion_id = p.id
     WHERE p.status <> 'draft'
"""


def upgrade() -> None:
    op.add_column("promotions", sa.Column("drafted_by", sa.String(length=128), nullable=True))
    op.add_column("promotions", sa.Column("edited_by", sa.String(length=128), nullable=True))
    op.add_column("promotions", sa.Column("rejection", sa.String(length=500), nullable=True))
    op.add_column("promotions", sa.Column("approved_number", sa.Integer(), nullable=True))
    op.create_table(
        "promotion_versions",
        sa.Column("promotion_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("approved_by", sa.String(length=128), nullable=False),
        sa.Column(
            "approved_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["promotion_id"], ["promotions.id"], name=op.f("fk_promotion_versions_promotion_id")
        ),
        sa.PrimaryKeyConstraint("promotion_id", "number", name=op.f("pk_promotion_versions")),
    )
    op.execute(FIRST_VERSIONS)
    op.execute("UPDATE promotions SET approved_number = 1 WHERE status <> 'draft'")
    op.execute(
        "CREATE TRIGGER promotion_versions_append_only BEFORE UPDATE OR DELETE OR TRUNCATE "
        "ON promotion_versions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("promotion_versions")
    # There was no such status: what waits for approval becomes what it was made from.
    op.execute("UPDATE promotions SET status = 'draft' WHERE status = 'submitted'")
    for column in ("approved_number", "rejection", "edited_by", "drafted_by"):
        op.drop_column("promotions", column)
