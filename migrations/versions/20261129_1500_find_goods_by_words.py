"""Find goods on sale by words of what they are called.

`spu_grams` cuts what a product is called into letters and pairs of letters, of any script, so that
a word is found wherever it stands, without a dictionary.

Revision ID: 0400_goods_by_words
Revises: 0261_count_batches
"""

import sqlalchemy as sa
from alembic import op

revision = "0400_goods_by_words"
down_revision = "0261_count_batches"
branch_labels = None
depends_on = None

GRAMS = """
CREATE FUNCTION spu_grams(name varchar, subtitle varchar, keywords varchar) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT substr(w.word, n.at, size)), '{}')
    FROM regexp_split_to_table(
        lower(name || ' ' || coalesce(subtitle, '') || ' ' || coalesce(keywords, '')), '\\s+'
    ) AS w (word)
    CROSS JOIN generate_series(1, length(w.word)) AS n (at)
    CROSS JOIN generate_series(1, 2) AS size
    WHERE n.at + size - 1 <= length(w.word)
$$
"""


def upgrade() -> None:
    op.execute(GRAMS)
    # Without a transaction, so that products are kept and sold while it is made.
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_spus_grams",
            "spus",
            [sa.text("spu_grams(name, subtitle, keywords)")],
            postgresql_using="gin",
            postgresql_where=sa.text("status = 'on_sale'"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    op.drop_index("ix_spus_grams", table_name="spus")
    op.execute("DROP FUNCTION spu_grams(varchar, varchar, varchar)")
