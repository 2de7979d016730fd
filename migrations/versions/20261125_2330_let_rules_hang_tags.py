"""Let rules hang tags on products.

Revision ID: 0034_tag_rules
Revises: 0031_check_ins
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0034_tag_rules"
down_revision = "0031_check_ins"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Without a transaction, so that others write while it is made.
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_spus_published_at",
            "spus",
            ["published_at"],
            postgresql_concurrently=True,
            if_not_exists=True,
        )
    op.add_column("tags", sa.Column("rule", postgresql.JSONB(), nullable=True))
    op.add_column("tags", sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("tags", sa.Column("member_count", sa.Integer(), nullable=True))
    op.create_check_constraint(
        op.f("ck_tags_rule_of_a_known_type"),
        "tags",
        "coalesce(rule ->> 'type', '') IN ('new', 'on_promotion', 'top_sellers') OR rule IS NULL",
    )
    op.create_check_constraint(
        op.f("ck_tags_refreshed_by_a_rule"),
        "tags",
        "(refreshed_at IS NULL) = (member_count IS NULL)"
        " AND (rule IS NOT NULL OR refreshed_at IS NULL)",
    )
    op.create_check_constraint(
        op.f("ck_tags_member_count_not_negative"), "tags", "member_count >= 0"
    )
    # A constant default is kept in the catalog: no row is written.
    op.add_column(
        "spu_tags",
        sa.Column("is_by_rule", sa.Boolean(), server_default="false", nullable=False),
    )


def downgrade() -> None:
    op.drop_index("ix_spus_published_at", table_name="spus")
    # Whatever a rule hung would look as if staff had.
    op.execute("DELETE FROM spu_tags WHERE is_by_rule")
    op.drop_column("spu_tags", "is_by_rule")
    for name in ("member_count_not_negative", "refreshed_by_a_rule", "rule_of_a_known_type"):
        op.drop_constraint(op.f(f"ck_tags_{name}"), "tags", type_="check")
    for name in ("member_count", "refreshed_at", "rule"):
        op.drop_column("tags", name)
