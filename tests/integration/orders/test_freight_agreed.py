"""Freight that staff agreed on counts when the order goes elsewhere after that."""

import pytest

from tests.factories.delivery import HERE, make_template
from tests.factories.orders import ADDRESS
from tests.integration.orders.changing import AGREED, BY_SHOP, change, preview
from tests.integration.orders.charging import require_sound
from tests.integration.orders.refunding import BY_BALANCE, ok
from tests.integration.orders.reviewing import HANGZHOU

FAR = HERE | {"code": "far", "name": "Zhejiang", "regions": ["33"], "first_minor": 1_833}
KEPT = {"rules": "frozen"} | AGREED


@pytest.fixture
async def freight(session, shop):
    found = await make_template(session, shop.merchant.id)
    found.zones = [HERE, FAR]
    await session.commit()
    return found


@pytest.mark.parametrize(("first", "then"), [(ADDRESS, HANGZHOU), (HANGZHOU, ADDRESS)])
@pytest.mark.parametrize("way", [{}, {"delivery": {"kind": "standard"}}])
async def test_there_for_what_was_agreed_and_back_again_moves_no_money(
    lin, clerk, shop, freight, purse, session, first, then, way
):
    order = await lin.order((shop.skus[0].id, 2), tenders=BY_BALANCE, address=first)
    await ok(await change(clerk, order, {"address": then} | way | KEPT, BY_SHOP), 201)
    seen = await preview(lin, order, {"address": first})
    assert (seen["refund"], seen["charge"]) == (None, None)
    made = await ok(await change(lin, order, {"address": first}), 201)
    assert (made["refund_minor"], made["charged_minor"]) == (0, 0)
    await require_sound(session)
