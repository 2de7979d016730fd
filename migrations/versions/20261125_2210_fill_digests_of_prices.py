"""Give the spans of prices that were there their digests.

Revision ID: 0023_fill_digests
Revises: 0022_offer_digests
"""

from alembic import op

revision = "0023_fill_digests"
down_revision = "0022_offer_digests"
branch_labels = None
depends_on = None

# A revision of its own, so that no reader waits for the columns' lock meanwhile. What is written
# since has its digest already.
FILL = """
    DO $$
    DECLARE
        ids uuid[];
    BEGIN
        LOOP
            SELECT array_agg(spu_id) INTO ids FROM (
                SELECT DISTINCT spu_id FROM spu_prices WHERE digest IS NULL LIMIT 1000
            ) batch;
            EXIT WHEN ids IS NULL;
            PERFORM refresh_spu_prices(ids);
        END LOOP;
    END $$
"""


def upgrade() -> None:
    op.execute(FILL)
    op.execute("ALTER TABLE spu_prices ALTER digest SET NOT NULL, ALTER has_quotas SET NOT NULL")


def downgrade() -> None:
    op.execute("ALTER TABLE spu_prices ALTER digest DROP NOT NULL, ALTER has_quotas DROP NOT NULL")
