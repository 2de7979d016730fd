"""Tax contained in prices and on top of them, from the cart to the order's units, worked by hand.

The shop sells at 100.00, 200.00 and 50.00 with 13 % tax; everything has 10 % off.
"""

import pytest
from sqlalchemy import text

from app.core.enums.catalog import TaxMode
from app.core.enums.pricing import TaxScope
from app.models.pricing import PricePolicy
from tests.factories.catalog import make_channel
from tests.factories.pricing import make_price_list, put_price
from tests.factories.promotions import make_promotion

UNITS = """
    SELECT l.position, u.count, u.net_minor, u.tax_minor FROM order_lines l
    JOIN order_units u ON u.line_id = l.id WHERE l.order_id = :id
    ORDER BY l.position, u.first_index
"""


@pytest.fixture
async def offer(session, shop):
    return await make_promotion(
        session,
        shop.merchant.id,
        stage="item",
        action={"type": "percent_off_unit", "rate_bps": 1_000},
    )


async def ordered(session, lin, shop, *quantities):
    wanted = [(sku_id, n) for sku_id, n in zip(shop.sku_ids, quantities, strict=False) if n]
    placed = await lin.order(*wanted)
    order = (await lin.get(f"/orders/{placed['id']}")).json()
    units = (await session.execute(text(UNITS), {"id": placed["id"]})).all()
    return placed, order, [tuple(row) for row in units]


async def test_tax_that_prices_contain_is_not_added(session, shop, lin, offer):
    """3 x 90.00 hold 31.06 of tax, 45.00 hold 5.18: the units of the first differ by a cent."""
    placed, order, units = await ordered(session, lin, shop, 3, 0, 1)
    assert placed["payable_minor"] == 31_500
    assert order["totals"]["tax_minor"] == 3_106 + 518
    assert units == [(1, 1, 9_000, 1_036), (1, 2, 9_000, 1_035), (2, 1, 4_500, 518)]


async def test_tax_on_top_is_added_to_what_is_payable(session, shop, lin, offer):
    """3 x 90.00 and 45.00 are 315.00; with 35.10 and 5.85 of tax 355.95 are payable."""
    shop.channel.tax_mode = TaxMode.EXCLUSIVE
    await session.commit()
    placed, order, units = await ordered(session, lin, shop, 3, 0, 1)
    assert order["totals"]["tax_minor"] == 3_510 + 585
    assert placed["payable_minor"] == 31_500 + 4_095
    assert order["payment"]["tenders"][0]["amount_minor"] == 35_595
    assert units == [(1, 3, 9_000, 1_170), (2, 1, 4_500, 585)]


@pytest.mark.parametrize(
    ("scope", "taxes"),
    # 0.90 x 13 % = 0.117 and 0.12 each; 2.70 x 13 % = 0.351, so one of the three gets 0.11.
    [(TaxScope.LINE, [12, 12, 12]), (TaxScope.RATE_GROUP, [12, 12, 11])],
)
async def test_a_channel_says_where_tax_is_rounded(session, shop, lin, offer, scope, taxes):
    shop.channel.tax_mode = TaxMode.EXCLUSIVE
    session.add(PricePolicy(channel_id=shop.channel.id, tax_scope=scope))
    await session.execute(text("UPDATE prices SET price_minor = 100"))
    await session.commit()
    placed, order, units = await ordered(session, lin, shop, 1, 1, 1)
    assert [row[3] for row in units] == taxes
    assert order["totals"]["tax_minor"] == sum(taxes)
    assert placed["payable_minor"] == 270 + sum(taxes)


@pytest.mark.parametrize(
    ("currency", "price", "net", "tax"),
    [
        # 995 yen less 10 % (99.5, half up 100) are 895; 895 x 13/113 = 102.96.
        ("JPY", 995, 895, 103),
        # 12.345 dinars less 1.2345 (1.235) are 11.110; x 13/113 = 1.27814.
        ("KWD", 12_345, 11_110, 1_278),
    ],
)
async def test_currencies_with_other_exponents(
    session, shop, lin, offer, currency, price, net, tax
):
    channel = await make_channel(session, currency=currency, tax_rates={"standard": 1_300})
    listed = await make_price_list(session, currency=currency)
    await put_price(session, listed.id, shop.sku_ids[0], price)
    offer.currency = currency
    await session.commit()
    opened = await lin.post("/carts", {"channel": channel.code})
    cart = f"/carts/{opened.json()['id']}"
    await lin.post(f"{cart}/lines", {"sku_id": str(shop.sku_ids[0]), "quantity": 2})
    quote = (await lin.get(cart)).json()["quote"]
    assert quote["currency"] == currency
    assert {unit["net_minor"] for unit in quote["lines"][0]["units"]} == {net}
    assert quote["totals"]["payable_minor"] == 2 * net
    assert quote["totals"]["tax_minor"] in {2 * tax, 2 * tax - 1}
