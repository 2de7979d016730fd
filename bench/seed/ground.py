"""What a shop stands on: a merchant, a channel, a tax rate, a warehouse."""

from uuid import UUID

import asyncpg

from app.core.ids import new_id
from bench.seed.rows import put


async def make_ground(connection: asyncpg.Connection) -> tuple[UUID, UUID, UUID]:
    """The ids of the channel, the merchant and the warehouse."""
    channel_id, merchant_id, warehouse_id = new_id(), new_id(), new_id()
    await put(
        connection,
        "merchants",
        [{"id": merchant_id, "code": "platform", "name": "Platform", "is_platform": True}],
    )
    await put(
        connection,
        "channels",
        [
            {
                "id": channel_id,
                "code": "web",
                "name": "Web shop",
                "kind": "storefront",
                "currency": "CNY",
                "country": "CN",
                "tax_mode": "inclusive",
                "is_default": True,
            }
        ],
    )
    await put(
        connection,
        "tax_rates",
        [{"channel_id": channel_id, "tax_class": "standard", "rate_bps": 1_300}],
    )
    await put(
        connection,
        "warehouses",
        [
            {
                "id": warehouse_id,
                "merchant_id": merchant_id,
                "code": "WH-1",
                "name": "Main warehouse",
                "country": "CN",
            }
        ],
    )
    return channel_id, merchant_id, warehouse_id
