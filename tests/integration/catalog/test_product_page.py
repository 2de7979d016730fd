"""One product as shoppers see it: complete, with the price and the stock that count."""

from app.core.enums.catalog import MediaKind
from app.core.enums.pricing import PriceListKind
from app.models.catalog import Media, SpuTag
from app.schemas.catalog.storefront import ProductPageOut
from tests.factories.catalog import (
    make_tag,
)
from tests.factories.inventory import make_warehouse, put_stock
from tests.factories.pricing import make_price_list, put_price
from tests.factories.shop import make_shop

PRODUCTS = "/api/v1/products"


async def test_the_product_page_is_complete(client, session):
    shop = await make_shop(session, quantity=3)
    tag = await make_tag(session)
    session.add(SpuTag(spu_id=shop.spu.id, tag_id=tag.id))
    session.add(
        Media(spu_id=shop.spu.id, kind=MediaKind.IMAGE, url="https://img.test/1.jpg", position=0)
    )
    shop.spu.attributes = {"season": ["summer"]}
    await put_price(session, shop.price_list.id, shop.skus[0].id, 9_000, min_quantity=3)
    await session.commit()
    response = await client.get(f"{PRODUCTS}/{shop.spu.slug}")
    assert response.status_code == 200
    page = response.json()
    ProductPageOut.model_validate_json(response.content, strict=True)
    assert set(page) == set(ProductPageOut.model_fields)
    assert [each["name"] for each in page["category_path"]] == [
        shop.root.name,
        shop.category.name,
    ]
    assert page["attributes"] == [
        {"code": "season", "name": "season", "unit": None, "values": ["summer"]}
    ]
    assert page["tags"] == [{"code": tag.code, "name": tag.name}]
    assert page["media"][0]["url"] == "https://img.test/1.jpg"
    first = page["skus"][0]
    assert first["price_minor"] == first["list_price_minor"] == 10_000
    assert first["quantity_prices"] == [{"min_quantity": 3, "price_minor": 9_000}]
    assert (first["stock_state"], first["pieces_left"]) == ("low", 3)
    assert (page["min_price_minor"], page["max_price_minor"]) == (5_000, 20_000)
    assert page["promotions"] == []
    by_id = await client.get(f"{PRODUCTS}/{shop.spu.id}")
    assert by_id.content == response.content


async def test_a_flash_price_counts_while_units_are_left(client, session):
    shop = await make_shop(session)
    flash = await make_price_list(session, kind=PriceListKind.FLASH)
    row = await put_price(session, flash.id, shop.skus[0].id, 4_000, quota=1)
    await session.commit()
    page = (await client.get(f"{PRODUCTS}/{shop.spu.slug}")).json()
    assert (page["skus"][0]["price_minor"], page["skus"][0]["price_kind"]) == (4_000, "flash")
    row.sold = 1
    await session.commit()
    page = (await client.get(f"{PRODUCTS}/{shop.spu.slug}")).json()
    assert page["skus"][0]["price_minor"] == 10_000


async def test_stock_of_warehouses_that_do_not_serve_is_not_shown(client, session):
    shop = await make_shop(session, quantity=0)
    closed = await make_warehouse(session, shop.merchant.id, is_active=False)
    await put_stock(session, shop.skus[0].id, closed.id, 50)
    await session.commit()
    page = (await client.get(f"{PRODUCTS}/{shop.spu.slug}")).json()
    assert {each["stock_state"] for each in page["skus"]} == {"out_of_stock"}
    assert (await client.get(PRODUCTS)).json()["items"][0]["in_stock"] is False
