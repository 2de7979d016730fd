"""Rules about ways to pay: kept by staff, told to shoppers before, kept to when they order."""

import pytest

from app.core.enums.scopes import Scope
from app.core.settings import DatabaseSettings, HttpSettings, PaymentSettings, Settings
from tests.factories.orders import ADDRESS
from tests.factories.staff import bearer, make_staff
from tests.integration.orders.conftest import Shopper

BY_CASH = [{"kind": "cash_on_delivery"}]


@pytest.fixture
def settings() -> Settings:
    return Settings(
        database=DatabaseSettings(url="postgresql+asyncpg:///unused"),
        http=HttpSettings(rate_limits_enabled=False),
        payments=PaymentSettings(gateways=["alipay"], cash_on_delivery=True, routing_seconds=0),
    )


class Desk(Shopper):
    async def write(self, method: str, path: str = "", body: object = None, version: int = 0):
        return await self.client.request(
            method,
            f"/api/v1/admin/payment-method-rules{path}",
            headers=self.headers | {"If-Match": f'"{version}"'},
            json=body,
        )

    async def rule(self, **said: object) -> dict:
        body = {"name": "Not there", "method": "cash_on_delivery", "effect": "refuse"} | said
        made = await self.write("POST", body=body)
        assert made.status_code == 201, made.text
        return made.json()


@pytest.fixture
async def desk(client, session) -> Desk:
    staff = await make_staff(session, scopes=[Scope.PAYMENTS_READ, Scope.PAYMENTS_WRITE])
    headers = await bearer(session, staff)
    await session.commit()
    return Desk(client, headers)


async def methods_of(lin, cart_id: str, **more: object) -> dict[str, dict]:
    asked = await lin.post(f"/carts/{cart_id}/payment-methods", {"address": ADDRESS} | more)
    assert asked.status_code == 200, asked.text
    return {each["method"]: each for each in asked.json()["items"]}


async def test_every_method_is_told_with_its_reasons(desk, lin, shop):
    """C30: each method may be chosen or says why not."""
    cart_id = await lin.cart_of((shop.skus[0].id, 1))
    found = await methods_of(lin, cart_id)
    assert [name for name, each in found.items() if each["is_allowed"]] == [
        "gift_card",
        "points",
        "balance",
        "gateway",
        "cash_on_delivery",
    ]
    assert found["gateway"]["channels"] == ["alipay"]
    assert [each["code"] for each in found["bank_transfer"]["reasons"]] == ["not_offered"]
    rule = await desk.rule(conditions={"regions": [f"CN/{ADDRESS['province']}"]})
    [reason] = (await methods_of(lin, cart_id))["cash_on_delivery"]["reasons"]
    assert reason == {
        "code": "rule",
        "rule_id": rule["id"],
        "name": "Not there",
        "effect": "refuse",
        "because": ["region"],
    }
    elsewhere = ADDRESS | {
        "province": "北京市",
        "city": "北京市",
        "district": "东城区",
        "region_code": None,
    }
    assert (await methods_of(lin, cart_id, address=elsewhere))["cash_on_delivery"]["is_allowed"]


async def test_an_order_that_may_not_is_refused_with_the_reason(desk, lin, shop, session):
    cart_id = await lin.cart_of((shop.skus[0].id, 1))
    body = await lin.agreed(cart_id, tenders=BY_CASH)
    conditions = {"category_ids": [str(shop.merchant.id)], "tiers": ["gold"]}
    rule = await desk.rule(effect="only", conditions=conditions)
    refused = await lin.post("/orders", body)
    assert refused.status_code == 409
    said = refused.json()
    assert said["type"].endswith("payment-method-refused")
    assert said["method"] == "cash_on_delivery"
    assert [each["because"] for each in said["reasons"]] == [["tier", "category"]]
    quoted = await lin.post(f"/carts/{cart_id}/quote", {"address": ADDRESS, "tenders": BY_CASH})
    assert quoted.json()["type"].endswith("payment-method-refused")
    off = {"name": "Off", "method": "cash_on_delivery", "effect": "only", "is_enabled": False}
    edited = await desk.write("PUT", f"/{rule['id']}", off | {"conditions": conditions}, 1)
    assert (edited.status_code, edited.json()["version"]) == (200, 2)
    assert (await lin.post("/orders", body)).status_code == 201


async def test_amounts_categories_delivery_currency_and_channel(desk, lin, shop):
    cart_id = await lin.cart_of((shop.skus[0].id, 1))
    payable = (await lin.agreed(cart_id))["quote_hash"]
    assert payable
    for conditions, because in (
        ({"min_minor": 1, "currency": "CNY"}, ["amount", "currency"]),
        ({"deliveries": ["standard"]}, ["delivery"]),
        ({"channel_ids": [str(shop.channel.id)]}, ["channel"]),
    ):
        rule = await desk.rule(conditions=conditions)
        [reason] = (await methods_of(lin, cart_id))["cash_on_delivery"]["reasons"]
        assert reason["because"] == because
        assert (await desk.write("DELETE", f"/{rule['id']}", version=1)).status_code == 204
    assert (await methods_of(lin, cart_id))["cash_on_delivery"]["is_allowed"]


@pytest.mark.parametrize(
    "conditions",
    [
        {"min_minor": 1},
        {"min_minor": 2, "max_minor": 1, "currency": "CNY"},
        {"regions": ["china"]},
        {"colour": "red"},
    ],
)
async def test_conditions_have_to_make_sense(desk, conditions):
    body = {"name": "x", "method": "points", "effect": "refuse", "conditions": conditions}
    assert (await desk.write("POST", body=body)).status_code == 422


async def test_a_rule_is_changed_as_it_was_read(desk):
    rule = await desk.rule()
    body = {"name": "New", "method": "points", "effect": "only"}
    assert (await desk.write("PUT", f"/{rule['id']}", body, 7)).status_code == 412
    shown = await desk.get(f"/admin/payment-method-rules/{rule['id']}")
    assert shown.json()["name"] == "Not there"
    listed = await desk.get("/admin/payment-method-rules")
    assert [each["id"] for each in listed.json()["items"]] == [rule["id"]]
