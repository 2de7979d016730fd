"""A grocer's shop: what its customers put into baskets, at the price of the shelf."""

from dataclasses import dataclass, replace
from random import Random
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pyarrow.parquet as pq
from sqlalchemy.ext.asyncio import AsyncSession

from app.cli.imports.volume_data import folder, shelf_prices
from app.core.enums.catalog import ProductStatus, SkuStatus
from app.core.ids import new_id
from app.models.catalog import Sku, Spu
from app.models.inventory import Stock, StockMovement
from app.models.pricing import Price
from app.services import promotions
from bench.engine.baskets import baskets
from tests.factories.promotions import make_promotion
from tests.factories.shop import make_shop

SHIPPING_MINOR = 599
ON_HAND = 1_000_000
MOST_LINES, MOST_PIECES = 8, 6

Basket = list[tuple[UUID, int]]


@dataclass(frozen=True, slots=True)
class Grocer:
    """`baskets` are what is bought, by SKU and pieces; prices hold 13 % tax."""

    baskets: list[Basket]


async def make_grocer(session: AsyncSession, lots: Random, orders: int) -> Grocer:
    """Stock what `orders` baskets hold, and run promotions that others pay for in part."""
    data = folder()
    prices = shelf_prices(data)
    products = pq.read_table(data / "products.parquet", columns=["product_id"])
    known = set(prices) & set(products["product_id"].to_pylist())
    drawn = baskets(data, lots, orders, known)
    bought = [
        [(name, min(pieces, MOST_PIECES)) for name, pieces in lots.sample(each, MOST_LINES)]
        if len(each) > MOST_LINES
        else [(name, min(pieces, MOST_PIECES)) for name, pieces in each]
        for each in drawn
    ]
    shop = await make_shop(session)
    names = sorted({name for basket in bought for name, _ in basket})
    sku_ids, spu_ids = ({name: new_id() for name in names} for _ in range(2))
    session.add_all(
        Spu(
            id=spu_ids[name],
            merchant_id=shop.merchant.id,
            category_id=shop.category.id,
            brand_id=shop.brand.id,
            code=f"CJ-{name}",
            slug=f"cj-{name}",
            name=f"Product {name}",
            status=ProductStatus.ON_SALE,
            options=[],
        )
        for name in names
    )
    await session.flush()
    session.add_all(
        Sku(
            id=sku_ids[name],
            spu_id=spu_ids[name],
            merchant_id=shop.merchant.id,
            code=f"CJ-{name}",
            options={},
            option_key="",
            status=SkuStatus.ACTIVE,
            weight_grams=200,
        )
        for name in names
    )
    await session.flush()
    session.add_all(_goods(shop.price_list.id, shop.warehouse.id, sku_ids, prices))
    await session.flush()
    await make_promotion(
        session,
        shop.merchant.id,
        stage="item",
        action={"type": "percent_off_unit", "rate_bps": 500},
        funding={"merchant_bps": 4_667, "platform_bps": 3_333, "supplier_bps": 2_000},
    )
    return Grocer([[(sku_ids[name], pieces) for name, pieces in basket] for basket in bought])


def _goods(
    list_id: UUID, warehouse_id: UUID, sku_ids: dict[int, UUID], prices: dict[int, int]
) -> list[Any]:
    rows: list[Any] = []
    for name, sku_id in sku_ids.items():
        rows += [
            Price(
                sku_id=sku_id,
                price_list_id=list_id,
                min_quantity=1,
                price_minor=prices[name],
                sold=0,
            ),
            Stock(sku_id=sku_id, warehouse_id=warehouse_id, on_hand=ON_HAND),
            StockMovement(
                id=new_id(),
                sku_id=sku_id,
                warehouse_id=warehouse_id,
                kind="receipt",
                quantity=ON_HAND,
                on_hand_after=ON_HAND,
                cause="delivery",
            ),
        ]
    return rows


def shipping_costs(fee_minor: int = SHIPPING_MINOR) -> Any:
    """While it is entered, orders cost freight: the shop has no rule for it yet."""
    plain = promotions.quote

    async def quote(session: AsyncSession, request: promotions.QuoteRequest) -> promotions.Quoted:
        return await plain(session, replace(request, shipping_minor=fee_minor))

    return patch.object(promotions, "quote", quote)
