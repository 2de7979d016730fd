"""Carts of a group: another cart than the ordinary one, and prices that only it gets."""

import pytest

from app.core.enums.pricing import PriceListKind
from app.core.settings import CheckoutSettings
from app.schemas.orders import OrderOut
from app.services.cart.merge import merge
from tests.factories.members import bearer, make_guest, make_member
from tests.factories.pricing import make_price_list, put_price
from tests.integration.orders.conftest import Shopper


@pytest.fixture(autouse=True)
async def _group_price(session, shop):
    group = await make_price_list(session, kind=PriceListKind.GROUP_BUY)
    await put_price(session, group.id, shop.sku_ids[0], 7_000)
    await session.commit()


@pytest.fixture
async def tea(shop):
    return shop.sku_ids[0]


async def opened(shopper: Shopper, sku_id, **body) -> str:
    cart_id = (await shopper.post("/carts", body)).json()["id"]
    line = {"sku_id": str(sku_id), "quantity": 2}
    assert (await shopper.post(f"/carts/{cart_id}/lines", line)).status_code == 201
    return str(cart_id)


async def payable(shopper: Shopper, cart_id: str) -> int:
    shown = (await shopper.get(f"/carts/{cart_id}")).json()
    return int(shown["quote"]["totals"]["payable_minor"])


async def test_a_cart_of_a_group_is_another_one_and_found_again(lin, tea):
    group = await opened(lin, tea, is_group_buy=True)
    alone = await opened(lin, tea)
    assert group != alone
    assert (await lin.post("/carts", {"is_group_buy": True})).json()["id"] == group
    assert (await lin.post("/carts")).json()["id"] == alone
    assert (await lin.get(f"/carts/{group}")).json()["is_group_buy"] is True
    assert (await lin.get(f"/carts/{alone}")).json()["is_group_buy"] is False


async def test_only_a_cart_of_a_group_gets_prices_for_groups(lin, tea):
    assert await payable(lin, await opened(lin, tea)) == 20_000
    assert await payable(lin, await opened(lin, tea, is_group_buy=True)) == 14_000


async def test_coupons_gifts_and_lines_of_it_change_like_any(lin, tea):
    cart_id = await opened(lin, tea, is_group_buy=True)
    line = (await lin.get(f"/carts/{cart_id}")).json()["lines"][0]["id"]
    base = f"/carts/{cart_id}"
    answers = [
        await lin.send("PUT", f"{base}/coupons", {"codes": ["A"]}),
        await lin.send("PUT", f"{base}/gifts", {"choices": {}}),
        await lin.send("PATCH", f"{base}/lines/{line}", {"quantity": 3}),
        await lin.send("DELETE", f"{base}/lines/{line}"),
    ]
    assert [each.status_code for each in answers] == [200, 204, 200, 204]


async def test_the_order_keeps_that_it_was_a_groups(lin, tea):
    cart_id = await opened(lin, tea, is_group_buy=True)
    body = await lin.agreed(cart_id)
    placed = await lin.post("/orders", body)
    assert placed.status_code == 201, placed.text
    answer = await lin.get(f"/orders/{placed.json()['id']}")
    OrderOut.model_validate_json(answer.content)
    told = answer.json()
    assert (told["is_group_buy"], told["payable_minor"]) == (True, 14_000)
    assert told["lines"][0]["units"][0]["price_kind"] == "group_buy"
    assert (await lin.get("/orders")).json()["items"][0]["is_group_buy"] is True
    alone = await lin.order((tea, 1))
    assert (await lin.get(f"/orders/{alone['id']}")).json()["is_group_buy"] is False
    again = (await lin.post("/carts", {"is_group_buy": True})).json()["id"]
    assert again != cart_id


async def test_agreeing_to_one_kind_of_order_agrees_to_no_other(lin, tea):
    """The other one costs less, and yet it is not what was seen."""
    alone = await lin.agreed(await opened(lin, tea))
    group = await opened(lin, tea, is_group_buy=True)
    refused = await lin.post("/orders", alone | {"cart_id": group})
    assert refused.status_code == 409
    assert refused.json()["type"].endswith("price-changed")


async def test_a_guest_takes_both_carts_along(client, session, shop, tea):
    guest = await make_guest(session)
    visitor = Shopper(client, await bearer(session, guest))
    member = await make_member(session)
    own = Shopper(client, await bearer(session, member))
    await session.commit()
    await opened(visitor, tea, is_group_buy=True)
    await opened(visitor, tea)
    await merge(session, guest_id=guest.id, member_id=member.id, limits=CheckoutSettings())
    await session.commit()
    for is_group_buy, due in ((True, 14_000), (False, 20_000)):
        cart_id = (await own.post("/carts", {"is_group_buy": is_group_buy})).json()["id"]
        assert await payable(own, cart_id) == due
