"""Orders from before they kept their tax mode get it from what they cost."""

import asyncio

import asyncpg
from alembic import command

from tests.integration.test_migrating import plain
from tests.integration.test_migrations import config

# Three kinds in turn: with tax in their prices, with tax on top, and free of tax.
BEFORE = """
    INSERT INTO orders (id, number, cart_id, member_id, channel_id, currency, list_minor,
        price_saving_minor, discount_minor, shipping_minor, tax_minor, payable_minor, quote_hash,
        quote, expires_at)
    SELECT gen_random_uuid(), 'O' || n, gen_random_uuid(), gen_random_uuid(), channel_id, 'CNY',
        1000, 100, 50, 10, tax, 860 + CASE n % 3 WHEN 1 THEN tax ELSE 0 END, '', '{}', now()
    FROM generate_series(0, 5999) n, LATERAL (SELECT CASE n % 3 WHEN 2 THEN 0 ELSE 99 END AS tax) t
"""
CHANNEL = """
    INSERT INTO channels (id, code, name, kind, currency, country, tax_mode)
    VALUES (gen_random_uuid(), 'old', 'Old', 'storefront', 'CNY', 'CN', $1) RETURNING id
"""


async def test_orders_from_before_get_the_mode_they_were_priced_with(fresh_url: str) -> None:
    """More of them than are filled at a time; where nothing is taxed the channel says it."""
    await asyncio.to_thread(command.downgrade, config(fresh_url), "0410_webhooks")
    connection = await asyncpg.connect(plain(fresh_url))
    try:
        channel_id = await connection.fetchval(CHANNEL, "exclusive")
        await connection.execute("SET session_replication_role = replica")
        await connection.execute(BEFORE.replace("channel_id, 'CNY'", f"'{channel_id}', 'CNY'"))
        await asyncio.to_thread(command.upgrade, config(fresh_url), "head")
        found = await connection.fetch(
            "SELECT substr(number, 2)::int % 3, tax_mode, count(*) FROM orders GROUP BY 1, 2"
        )
        assert sorted(map(tuple, found)) == [
            (0, "inclusive", 2_000),
            (1, "exclusive", 2_000),
            (2, "exclusive", 2_000),
        ]
    finally:
        await connection.close()
