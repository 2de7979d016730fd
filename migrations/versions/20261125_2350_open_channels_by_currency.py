"""Let a channel look only at lists of its own currency.

A channel that opened, or changed its currency, had the prices of all goods on any list worked out
anew. In a shop of 92 000 products that took longer than a statement may.

Revision ID: 0038_channels_by_currency
Revises: 0037_lotteries
"""

from alembic import op

revision = "0038_channels_by_currency"
down_revision = "0037_lotteries"
branch_labels = None
depends_on = None

# What it was sold in before counts, too: those prices have to go.
CURRENCY = "AND l.currency IN (NEW.currency, OLD.currency)"

RANGES = """
    CREATE OR REPLACE FUNCTION channels_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM refresh_spu_prices(array_agg(DISTINCT k.spu_id))
        FROM price_lists l JOIN prices p ON p.price_list_id = l.id
        JOIN skus k ON k.id = p.sku_id
        WHERE l.is_active AND l.kind IN ('list', 'channel')
            AND (l.channel_id IS NULL OR l.channel_id = NEW.id) {currency};
        RETURN NULL;
    END $$
"""

SPANS = """
    CREATE OR REPLACE FUNCTION price_spans_of_channels() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM refresh_price_spans(array_agg(DISTINCT p.sku_id))
        FROM price_lists l JOIN prices p ON p.price_list_id = l.id
        WHERE l.is_active AND l.kind IN ('list', 'channel', 'flash')
            AND (l.channel_id IS NULL OR l.channel_id = NEW.id) {currency};
        RETURN NULL;
    END $$
"""


def upgrade() -> None:
    for function in (RANGES, SPANS):
        op.execute(function.format(currency=CURRENCY))


def downgrade() -> None:
    for function in (SPANS, RANGES):
        op.execute(function.format(currency=""))
