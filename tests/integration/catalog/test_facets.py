"""What narrows a product list further, and words that find goods."""

import pytest
from sqlalchemy import text

from app.core.enums.catalog import ProductStatus
from app.models.catalog import Attribute, AttributeSet
from app.repositories.catalog import facets
from tests.factories.catalog import make_brand, make_category, make_sku, make_spu
from tests.factories.pricing import make_price_list, put_price
from tests.factories.shop import make_shop
from tests.statements import Statements

COLORS = [{"code": "red", "name": "红色"}, {"code": "blue", "name": "蓝色"}]


@pytest.fixture
async def town(session):
    """Three coats of two brands in a category of their own: name, price, season, colours."""
    await make_shop(session)
    prices = await make_price_list(session)
    category = await make_category(session)
    kinds = AttributeSet(name="Coats")
    session.add(kinds)
    await session.flush()
    session.add(
        Attribute(
            attribute_set_id=kinds.id,
            code="season",
            name="季节",
            kind="descriptive",
            is_filterable=True,
        )
    )
    session.add(Attribute(attribute_set_id=kinds.id, code="care", name="洗涤", kind="descriptive"))
    north, south = [await make_brand(session) for _ in range(2)]
    for brand, name, price, season, colors in (
        (north, "轻羽绒 Down Coat", 50_000, "winter", COLORS),
        (north, "Rain Coat", 20_000, "spring", COLORS[:1]),
        (south, "雨衣 100%", 30_000, "spring", COLORS[1:]),
    ):
        spu = await make_spu(
            session,
            name=name,
            keywords="外套",
            category_id=category.id,
            brand_id=brand.id,
            attribute_set_id=kinds.id,
            attributes={"season": [season], "care": ["cold"]},
            options=[{"code": "color", "name": "颜色", "values": colors}],
        )
        sku = await make_sku(session, spu=spu, options={"color": colors[0]["code"]})
        await put_price(session, prices.id, sku.id, price)
    await session.commit()
    return {"category": category.slug}, north, south


async def told(client, **params):
    response = await client.get("/api/v1/facets", params=params)
    assert response.status_code == 200, response.text
    return response.json()


def values(facet):
    return {each["value"]: each["count"] for each in facet["values"]}


async def names(client, **params):
    response = await client.get("/api/v1/products", params={"sort": "name", **params})
    assert response.status_code == 200, response.text
    return [each["name"] for each in response.json()["items"]]


async def test_a_list_says_by_what_it_can_be_narrowed(client, town):
    here, north, south = town
    found = await told(client, **here)
    assert (found["count"], found["is_exact"], found["currency"]) == (3, True, "CNY")
    assert (found["min_price_minor"], found["max_price_minor"]) == (20_000, 50_000)
    assert [(each["slug"], each["count"]) for each in found["brands"]] == [
        (north.slug, 2),
        (south.slug, 1),
    ]
    color, season = found["attributes"]  # options first; what is not filterable is not told
    assert (color["code"], color["name"], values(color)) == ("color", "颜色", {"red": 2, "blue": 2})
    assert (season["code"], season["name"]) == ("season", "季节")
    assert values(season) == {"spring": 2, "winter": 1}


async def test_what_is_chosen_leaves_its_own_facet_whole_and_narrows_the_others(client, town):
    here, north, south = town
    found = await told(client, **here, brand=north.slug, **{"attr.season": "spring"})
    assert found["count"] == 1
    assert {each["slug"]: each["count"] for each in found["brands"]} == {
        north.slug: 1,
        south.slug: 1,
    }
    color, season = found["attributes"]
    assert values(season) == {"spring": 1, "winter": 1}
    assert values(color) == {"red": 1}
    assert (found["min_price_minor"], found["max_price_minor"]) == (20_000, 20_000)


async def test_a_price_range_leaves_the_range_to_be_seen(client, town):
    here, *_ = town
    found = await told(client, **here, max_price_minor=30_000)
    assert (found["count"], found["max_price_minor"]) == (2, 50_000)
    assert sum(each["count"] for each in found["brands"]) == 2


async def test_facets_are_one_statement_and_count_only_so_many(client, engine, monkeypatch, town):
    here, *_ = town
    await told(client, **here)
    with Statements(engine) as statements:
        assert (await told(client, **here))["is_exact"]
    assert statements.count == 1
    monkeypatch.setattr(facets, "MOST", 2)
    facets._statement.cache_clear()
    found = await told(client, **here)
    facets._statement.cache_clear()
    assert (found["count"], found["is_exact"]) == (2, False)


async def test_facets_of_no_channel_are_refused(client, town):
    response = await client.get("/api/v1/facets", params={"channel": "nowhere"})
    assert response.status_code == 422
    assert response.json()["type"] == "/problems/invalid-reference"


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("coat", ["Rain Coat", "轻羽绒 Down Coat"]),
        ("COAT  rain", ["Rain Coat"]),
        ("雨", ["雨衣 100%"]),
        ("羽绒", ["轻羽绒 Down Coat"]),
        ("外套 雨衣", ["雨衣 100%"]),
        ("100%", ["雨衣 100%"]),
        ("0%0", []),
        ("co_t", []),
        ("羽轻", []),
        ("nothing", []),
    ],
)
async def test_goods_are_found_by_words_of_any_script(client, town, words, found):
    here, *_ = town
    assert await names(client, q=words, **here) == found
    assert (await told(client, q=words, **here))["count"] == len(found)


@pytest.mark.parametrize("words", ["a b c d e f g h i", "\x00", "x" * 201, ""])
async def test_words_that_cannot_be_looked_for_are_refused(client, words):
    for path in ("/api/v1/products", "/api/v1/facets"):
        assert (await client.get(path, params={"q": words})).status_code == 422


async def test_what_is_not_on_sale_is_not_found(client, session, town):
    here, _, _ = town
    await make_spu(session, name="Hidden Coat", status=ProductStatus.DRAFT)
    await session.commit()
    assert "Hidden Coat" not in await names(client, q="coat", **here)


async def test_words_are_looked_up_in_an_index(session, town):
    await session.execute(
        text(
            "INSERT INTO spus (id, merchant_id, category_id, code, slug, name, status)"
            " SELECT gen_random_uuid(), s.merchant_id, s.category_id, 'n-' || n, 'n-' || n,"
            " 'Thing ' || n, 'on_sale' FROM generate_series(1, 2000) n,"
            " LATERAL (SELECT * FROM spus LIMIT 1) s"
        )
    )
    await session.execute(text("ANALYZE spus"))
    rows = await session.execute(
        text(
            "EXPLAIN SELECT s.id FROM spus s WHERE s.status = 'on_sale'"
            " AND spu_grams(s.name, s.subtitle, s.keywords) @> CAST(ARRAY['co', 'oa'] AS text[])"
        )
    )
    assert "ix_spus_grams" in "\n".join(rows.scalars())
