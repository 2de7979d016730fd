"""Freight that staff agreed on counts when the order goes elsewhere after that."""

import pytest

from tests.factories.delivery import HERE, make_template
from tests.factories.orders import ADDRESS
from tests.integration.orders.changing import AGREED, BY_SHOP, change, preview, propose
from tests.integration.orders.charging import follow, pay, require_sound
from tests.integration.orders.refunding import BY_BALANCE, ok, refused
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


@pytest.mark.parametrize("said", [300, 1_500])
async def test_what_staff_said_is_what_it_costs_until_somebody_says_another(
    lin, clerk, shop, freight, purse, session, sessions, said
):
    order = await lin.order((shop.skus[0].id, 2), tenders=BY_BALANCE)
    wish = {"address": HANGZHOU, "freight_minor": said} | AGREED
    if said > 800:
        await ok(await pay(lin, await ok(await propose(clerk, order, wish, BY_SHOP), 201)))
        await follow(sessions)
    else:
        assert (await ok(await change(clerk, order, wish, BY_SHOP), 201))["refund_minor"] == 500
    for there in (ADDRESS, HANGZHOU):
        made = await ok(await change(lin, order, {"address": there}), 201)
        assert (made["refund_minor"], made["charged_minor"]) == (0, 0)
    # Another one, then elsewhere once more: it is the last that was said.
    wish = {"freight_minor": 200} | AGREED
    back = (await preview(clerk, order, wish, BY_SHOP))["refund"]
    assert back["refund"]["amount_minor"] + back["charges_minor"] == said - 200
    await ok(await change(clerk, order, wish, BY_SHOP), 201)
    seen = await preview(lin, order, {"address": ADDRESS})
    assert (seen["refund"], seen["charge"], seen["differences"]) == (None, None, [])
    assert seen["after"]["delivery"]["said_minor"] == 200
    await require_sound(session)


async def test_the_fee_of_added_goods_pays_for_no_other_way(
    lin, clerk, shop, freight, purse, session
):
    order = await lin.order((shop.skus[0].id, 2), tenders=BY_BALANCE)
    added = {"add": [{"sku_id": str(shop.skus[1].id), "quantity": 1}], "freight_minor": 100}
    path = f"/admin/orders/{order['id']}/changes/preview"
    answer = await clerk.post(path, added | {"address": HANGZHOU} | AGREED)
    assert await refused(answer) == (409, "changes-apart")
