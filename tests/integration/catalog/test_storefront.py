"""What shoppers see: the tree and the list, and what both share with the product page."""

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import now
from app.core.enums.catalog import ProductStatus, SkuStatus
from app.core.enums.pricing import PriceListKind
from app.models.catalog import SpuTag
from app.schemas.catalog.storefront import ProductListOut, ShopCategoriesOut
from tests.factories.catalog import (
    make_brand,
    make_category,
    make_sku,
    make_spu,
    make_tag,
)
from tests.factories.pricing import make_price_list, put_price
from tests.factories.shop import make_shop
from tests.statements import Statements

PRODUCTS = "/api/v1/products"


async def ids(client, **params) -> list[str]:
    response = await client.get(PRODUCTS, params=params)
    assert response.status_code == 200, response.text
    return [item["id"] for item in response.json()["items"]]


async def goods(session: AsyncSession, price_list, *prices: int, **spu) -> list[str]:
    """Products with one SKU each at the prices given, in order of creation."""
    made = []
    for price in prices:
        row = await make_spu(session, **spu)
        sku = await make_sku(session, spu=row)
        await put_price(session, price_list.id, sku.id, price)
        made.append(str(row.id))
    return made


async def test_a_card_shows_the_price_range_and_stock(client, session):
    shop = await make_shop(session)
    await session.commit()
    response = await client.get(PRODUCTS, params={"category": str(shop.root.id)})
    told = response.json()
    assert told["items"][0].pop("offer")["price_minor"] == 5_000  # test_offers has the rest
    assert told == {
        "items": [
            {
                "id": str(shop.spu.id),
                "slug": shop.spu.slug,
                "name": shop.spu.name,
                "subtitle": None,
                "brand": {
                    "id": str(shop.brand.id),
                    "name": shop.brand.name,
                    "slug": shop.brand.slug,
                },
                "image": None,
                "currency": "CNY",
                "min_price_minor": 5_000,
                "max_price_minor": 20_000,
                "in_stock": True,
                "tags": [],
            }
        ],
        "next_after": None,
    }
    ProductListOut.model_validate_json(response.content, strict=True)


@pytest.mark.parametrize(
    ("sort", "order"),
    [("newest", [2, 1, 0]), ("price", [1, 2, 0]), ("-price", [0, 2, 1]), ("name", [0, 1, 2])],
)
async def test_every_sort_pages_without_gaps(client, session, sort, order):
    shop = await make_shop(session)
    tag = await make_tag(session)
    made = []
    for name, price in (("a", 300), ("b", 100), ("c", 200)):
        made += await goods(session, shop.price_list, price, name=name)
    session.add_all(SpuTag(spu_id=each, tag_id=tag.id) for each in made)
    await session.commit()
    seen, after = [], None
    while True:
        params = {"tag": tag.code, "sort": sort, "limit": 1} | ({"after": after} if after else {})
        page = (await client.get(PRODUCTS, params=params)).json()
        seen += [item["id"] for item in page["items"]]
        after = page["next_after"]
        if after is None:
            break
    assert seen == [made[i] for i in order]


async def test_a_cursor_is_bound_to_sort_and_filters(client, session):
    shop = await make_shop(session)
    await goods(session, shop.price_list, 100, 200)
    await session.commit()
    page = (await client.get(PRODUCTS, params={"sort": "price", "limit": 1})).json()
    after = page["next_after"]
    for params in ({"sort": "name"}, {"sort": "price", "brand": "x"}, {"sort": "newest"}):
        response = await client.get(PRODUCTS, params=params | {"after": after})
        assert response.status_code == 422


@pytest.mark.parametrize(
    "params",
    [
        {"sort": "price;DROP TABLE spus"},
        {"sort": "password_hash"},
        {"limit": "0"},
        {"limit": "101"},
        {"limit": "100000000000000000000"},
        {"after": "forged"},
        {"min_price_minor": "-1"},
        {"attr.": "x"},
        {"attr.color": ""},
        {"channel": "no-such-channel"},
    ],
)
async def test_odd_parameters_are_refused(client, session, params):
    await make_shop(session)
    await session.commit()
    assert (await client.get(PRODUCTS, params=params)).status_code == 422


async def test_an_attribute_sent_twice_is_refused(client, session):
    await make_shop(session)
    await session.commit()
    response = await client.get(PRODUCTS + "?attr.color=red&attr.color=blue")
    assert response.status_code == 422


async def test_filters_narrow(client, session):
    shop = await make_shop(session)
    root = await make_category(session)
    leaf = await make_category(session, parent=root)
    brand = await make_brand(session)
    color = [{"code": "color", "name": "Color", "values": [{"code": "red", "name": "Red"}]}]
    (plain,) = await goods(session, shop.price_list, 1_000, category_id=root.id)
    (rich,) = await goods(
        session,
        shop.price_list,
        2_000,
        category_id=leaf.id,
        brand_id=brand.id,
        options=color,
        attributes={"season": ["summer"]},
    )
    await session.commit()
    assert await ids(client, category=root.slug) == [rich, plain]
    assert await ids(client, category=str(leaf.id)) == [rich]
    assert await ids(client, category="nowhere") == []
    assert await ids(client, category=root.slug, brand=brand.slug) == [rich]
    assert await ids(client, category=root.slug, min_price_minor=1_001) == [rich]
    assert await ids(client, category=root.slug, max_price_minor=1_999) == [plain]
    assert await ids(client, category=root.slug, **{"attr.season": "summer"}) == [rich]
    assert await ids(client, category=root.slug, **{"attr.color": "red"}) == [rich]
    assert await ids(client, category=root.slug, **{"attr.color": "blue"}) == []


async def test_an_expired_tag_is_gone(client, session):
    shop = await make_shop(session)
    tag = await make_tag(session)
    session.add(SpuTag(spu_id=shop.spu.id, tag_id=tag.id, expires_at=now() - timedelta(seconds=1)))
    await session.commit()
    assert await ids(client, tag=tag.code) == []


@pytest.mark.parametrize("status", [s for s in ProductStatus if s is not ProductStatus.ON_SALE])
async def test_only_products_on_sale_are_seen(client, session, status):
    shop = await make_shop(session)
    (hidden,) = await goods(session, shop.price_list, 100, status=status)
    await session.commit()
    assert hidden not in await ids(client)
    assert (await client.get(f"{PRODUCTS}/{hidden}")).status_code == 404


async def test_prices_follow_every_write(client, session):
    """The projection is kept by triggers: changed, withdrawn and deactivated prices count."""
    shop = await make_shop(session)
    category = await make_category(session)
    spu = await make_spu(session, category_id=category.id)
    cheap, dear = [await make_sku(session, spu=spu) for _ in range(2)]
    await put_price(session, shop.price_list.id, cheap.id, 100)
    price = await put_price(session, shop.price_list.id, dear.id, 200)
    await session.commit()

    async def shown() -> tuple[int, int] | None:
        page = await client.get(PRODUCTS, params={"category": category.slug})
        items = page.json()["items"]
        return (items[0]["min_price_minor"], items[0]["max_price_minor"]) if items else None

    assert await shown() == (100, 200)
    price.price_minor = 300
    await session.commit()
    assert await shown() == (100, 300)
    cheap.status = SkuStatus.INACTIVE
    await session.commit()
    assert await shown() == (300, 300)
    await session.delete(price)
    await session.commit()
    assert await shown() is None


async def test_a_window_opens_and_closes_without_anybody_writing(client, session):
    shop = await make_shop(session)
    category = await make_category(session)
    spu = await make_spu(session, category_id=category.id)
    sku = await make_sku(session, spu=spu)
    await put_price(session, shop.price_list.id, sku.id, 1_000)
    hour = timedelta(hours=1)
    for code, starts, ends, price in (
        ("past", now() - 2 * hour, now() - hour, 100),
        ("now", now() - hour, now() + hour, 700),
        ("future", now() + hour, now() + 2 * hour, 500),
    ):
        offer = await make_price_list(
            session,
            code=f"{code}-{sku.code}",
            kind=PriceListKind.CHANNEL,
            channel_id=shop.channel.id,
            starts_at=starts,
            ends_at=ends,
        )
        await put_price(session, offer.id, sku.id, price)
    await session.commit()
    page = (await client.get(PRODUCTS, params={"category": category.slug})).json()
    assert [item["min_price_minor"] for item in page["items"]] == [700]
    view = (await client.get(f"{PRODUCTS}/{spu.slug}")).json()
    assert view["skus"][0]["price_minor"] == 700
    assert view["skus"][0]["list_price_minor"] == 1_000
    assert view["skus"][0]["price_kind"] == "channel"


async def test_nothing_changed_is_304(client, session):
    shop = await make_shop(session)
    await session.commit()
    for path in (PRODUCTS, f"{PRODUCTS}/{shop.spu.slug}", "/api/v1/categories", "/api/v1/brands"):
        first = await client.get(path)
        again = await client.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
        assert again.headers["cache-control"] == first.headers["cache-control"]


async def test_the_tree_nests_active_categories(client, session):
    root = await make_category(session, name="Root")
    await make_category(session, parent=root, name="Leaf")
    await make_category(session, parent=root, name="Hidden", is_active=False)
    await session.commit()
    response = await client.get("/api/v1/categories")
    ShopCategoriesOut.model_validate_json(response.content, strict=True)
    (found,) = [each for each in response.json()["items"] if each["id"] == str(root.id)]
    assert [child["name"] for child in found["children"]] == ["Leaf"]


async def test_hot_reads_are_one_statement(client, session, engine):
    shop = await make_shop(session)
    await session.commit()
    await client.get(PRODUCTS, params={"category": shop.root.slug})
    await client.get(f"{PRODUCTS}/{shop.spu.slug}")
    with Statements(engine) as sent:
        await client.get(PRODUCTS, params={"category": shop.root.slug, "sort": "price"})
    assert sent.count == 1
    with Statements(engine) as sent:
        await client.get(f"{PRODUCTS}/{shop.spu.slug}")
    assert sent.count == 1
