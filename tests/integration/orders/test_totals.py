"""The totals of an order, as a receipt shows them: under the quote's names, and adding up."""

import pytest

from app.core.enums.catalog import TaxMode
from tests.factories.delivery import make_template
from tests.factories.promotions import make_promotion
from tests.integration.orders.changing import change
from tests.integration.orders.refunding import lines_of, ok
from tests.integration.orders.test_taking_off import off

TENTH_OFF = {"type": "percent_off_unit", "rate_bps": 1_000}
FOUR_OFF = {"type": "ship_off", "amount_minor": 400}


@pytest.fixture
async def offers(session, shop):
    await make_promotion(session, shop.merchant.id, stage="item", action=TENTH_OFF)
    await make_promotion(session, shop.merchant.id, stage="shipping", action=FOUR_OFF)
    await make_template(session, shop.merchant.id)
    await session.commit()


async def totals(lin, placed):
    """What the order says, which is what its quote says."""
    order = await ok(await lin.get(f"/orders/{placed['id']}"))
    assert order["totals"] == order["quote"]["totals"]
    return order["totals"]


@pytest.mark.parametrize("mode", list(TaxMode))
async def test_an_order_adds_up_as_its_quote_did(lin, shop, session, offers, mode):
    shop.channel.tax_mode = mode
    await session.commit()
    placed = await lin.order((shop.skus[0].id, 2), (shop.skus[1].id, 1))
    found = await totals(lin, placed)
    assert (found["goods_minor"], found["discount_minor"]) == (40_000, 4_000)
    assert (found["net_minor"], found["shipping_minor"]) == (36_000, 600)
    on_top = found["tax_minor"] if mode is TaxMode.EXCLUSIVE else 0
    assert found["payable_minor"] == placed["payable_minor"] == 36_600 + on_top


async def test_with_fewer_pieces_it_adds_up_anew(lin, shop, offers):
    placed = await lin.order((shop.skus[0].id, 2), (shop.skus[1].id, 1))
    line = (await lines_of(lin, placed))[shop.skus[0].code]
    await ok(await change(lin, placed, off((line, 1))), 201)
    found = await totals(lin, placed)
    assert (found["goods_minor"], found["net_minor"]) == (30_000, 27_000)
