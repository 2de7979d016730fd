"""Offers as a process shows them, and as a cart of one piece would be quoted."""

from typing import Any
from uuid import UUID

import httpx
import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.services.promotions import Quoted
from tests.factories.shop import Shop
from tests.integration.promotions.buying import quote_for

Offer = dict[str, Any]


async def card(client: httpx.AsyncClient, shop: Shop, **headers: str) -> Offer:
    """The offer in the list of the shop's product."""
    response = await client.get(
        "/api/v1/products", params={"brand": str(shop.brand.id)}, headers=headers
    )
    (item,) = response.json()["items"]
    return item["offer"]


async def page(client: httpx.AsyncClient, shop: Shop, **headers: str) -> Any:
    response = await client.get(f"/api/v1/products/{shop.spu.id}", headers=headers)
    assert response.status_code == 200, response.text
    return response.json()


async def sku_offers(client: httpx.AsyncClient, shop: Shop, **headers: str) -> dict[UUID, Offer]:
    """The offers on the shop's product page by SKU."""
    told = await page(client, shop, **headers)
    return {UUID(sku["id"]): sku["offer"] for sku in told["skus"]}


async def prices(client: httpx.AsyncClient, shop: Shop, **headers: str) -> list[int]:
    """What one piece of each SKU costs after promotions, in order of the shop's SKUs."""
    found = await sku_offers(client, shop, **headers)
    assert (
        min(each["price_minor"] for each in found.values())
        == (await card(client, shop, **headers))["price_minor"]
    )
    return [found[sku_id]["price_minor"] for sku_id in shop.sku_ids]


async def epoch(session: AsyncSession) -> int:
    found = await session.scalar(text("SELECT number FROM promotion_epochs"))
    assert found is not None
    return int(found)


async def as_quoted(
    session: AsyncSession, shop: Shop, sku_id: UUID, *, member_id: UUID | None = None
) -> Offer:
    """What an offer says of money, from the quote of a cart with one piece."""
    return _of_quote(await quote_for(session, shop, (sku_id, 1), member_id=member_id))


def _of_quote(quoted: Quoted) -> Offer:
    unit = quoted.quote.lines[0].units[0]
    told = quoted.quote.to_dict()
    return {
        "list_price_minor": unit.list_minor,
        "before_minor": unit.price_minor,
        "price_minor": unit.net_minor,
        "price_kind": str(unit.price_kind),
        "applied": [(each["promotion_id"], each["amount_minor"]) for each in told["applied"]],
        "gifts": told["gifts"],
        "next_tiers": orjson.loads(orjson.dumps(told["next_tiers"])),
    }


def money_of(offer: Offer) -> Offer:
    """The same of an offer that was shown."""
    shown = {name: offer[name] for name in ("list_price_minor", "before_minor", "price_minor")}
    return shown | {
        "price_kind": offer["price_kind"],
        "applied": [(each["promotion_id"], each["amount_minor"]) for each in offer["applied"]],
        "gifts": offer["gifts"],
        "next_tiers": offer["next_tiers"],
    }
