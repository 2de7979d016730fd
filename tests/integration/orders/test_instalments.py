"""Instalments over HTTP: staff say what an account offers, shoppers choose, staff see the fee."""

from typing import Any

import pytest

from app.core.enums.payments import FeeBearer
from app.core.enums.scopes import Scope
from app.core.ids import new_id
from app.core.settings import DatabaseSettings, HttpSettings, PaymentSettings, Settings
from app.main import Resources
from app.services.payments.engine.instalments import InstalmentSkills
from tests.factories.members import bearer as member_bearer
from tests.factories.members import make_member
from tests.factories.orders import ADDRESS
from tests.factories.staff import bearer, make_staff
from tests.fakes.gateway import FakeGateway
from tests.integration.orders.conftest import Shopper

THREE = {"count": 3, "fee_bearer": "seller", "currency": "CNY", "min_minor": 100}
HUGE = {"count": 6, "fee_bearer": "payer", "currency": "CNY", "min_minor": 99_999_999}
ABLE = InstalmentSkills(counts=frozenset({3, 6}), currencies=frozenset({"CNY"}))


@pytest.fixture
def settings() -> Settings:
    return Settings(
        database=DatabaseSettings(url="postgresql+asyncpg:///unused"),
        http=HttpSettings(rate_limits_enabled=False),
        payments=PaymentSettings(gateways=["alipay", "wechat"], routing_seconds=0),
    )


@pytest.fixture
def gateways() -> dict[str, FakeGateway]:
    return {"alipay": FakeGateway(skills=ABLE), "wechat": FakeGateway(prefix="w-")}


@pytest.fixture
def resources(settings, sessions, messages, gateways) -> Resources:
    return Resources(
        settings=settings, sessions=sessions, readers=sessions, messages=messages, gateways=gateways
    )


class Desk(Shopper):
    async def put(self, code: str, *plans: Any, version: int = 0):
        return await self.client.put(
            f"/api/v1/admin/gateway-accounts/{code}",
            headers=self.headers | {"If-Match": f'"{version}"'},
            json={"name": code, "is_enabled": True, "instalments": list(plans)},
        )

    async def read(self, path: str) -> Any:
        found = await self.client.get(f"/api/v1/admin{path}", headers=self.headers)
        assert found.status_code == 200, found.text
        return found.json()


@pytest.fixture
async def desk(client, session) -> Desk:
    staff = await make_staff(session, scopes=[Scope.PAYMENTS_READ, Scope.PAYMENTS_WRITE])
    headers = await bearer(session, staff)
    await session.commit()
    return Desk(client, headers)


def gateway(**more: object) -> list[dict[str, object]]:
    return [{"kind": "gateway", "channel": "alipay", **more}]


async def test_staff_offer_what_the_gateway_can_do(desk):
    made = await desk.put("alipay", THREE, HUGE)
    assert (made.status_code, made.json()["version"]) == (200, 1)
    assert made.json()["instalments"] == [THREE, HUGE]
    assert made.json()["can_instalments"] == {
        "counts": [3, 6],
        "fee_bearers": ["payer", "seller"],
        "currencies": ["CNY"],
    }
    same = await desk.put("alipay", THREE, HUGE, version=1)
    assert same.json()["version"] == 1
    assert (await desk.put("alipay", THREE, version=0)).status_code == 412
    for code, plan, version in (
        ("alipay", THREE | {"count": 9}, 1),
        ("alipay", THREE | {"currency": "USD"}, 1),
        ("wechat", THREE, 0),
    ):
        refused = await desk.put(code, plan, version=version)
        assert refused.status_code == 422
        assert refused.json()["type"].endswith("instalments-unsupported")
    twice = await desk.put("alipay", THREE, THREE | {"fee_bearer": "payer"}, version=1)
    assert twice.json()["type"].endswith("invalid-request")
    found = await desk.read("/gateway-accounts/wechat")
    assert (found["instalments"], found["can_instalments"]) == ([], None)
    gone = await desk.put("alipay", version=1)
    assert (gone.json()["version"], gone.json()["instalments"]) == (2, [])


async def test_a_shopper_chooses_what_is_offered_for_the_amount(desk, lin, shop, gateways):
    await desk.put("alipay", THREE, HUGE)
    cart_id = await lin.cart_of((shop.skus[0].id, 1))
    methods = await lin.post(f"/carts/{cart_id}/payment-methods", {"address": ADDRESS})
    [told] = [each for each in methods.json()["items"] if each["method"] == "gateway"]
    scenes = told["instalments"][0].pop("scenes")
    assert told["instalments"] == [{"channel": "alipay", **THREE}]
    assert "page" in scenes
    asked = {"address": ADDRESS, "tenders": gateway(instalments=3)}
    quoted = (await lin.post(f"/carts/{cart_id}/quote", asked)).json()
    [tender] = quoted["payment"]["tenders"]
    assert (tender["instalments"], tender["fee_bearer"]) == (3, "seller")
    assert tender["plans"] == [THREE]
    body = await lin.agreed(cart_id, tenders=gateway())
    body["tenders"] = gateway(instalments=6)
    for refused in (
        await lin.post("/orders", body),
        await lin.post(f"/carts/{cart_id}/quote", {"address": ADDRESS, "tenders": body["tenders"]}),
    ):
        assert refused.status_code == 409
        assert refused.json()["type"].endswith("instalments-not-offered")
        assert refused.json()["plans"] == [THREE]
    placed = await lin.post("/orders", body | {"tenders": gateway(instalments=3)})
    assert placed.status_code == 201, placed.text
    payment = placed.json()["payment"]
    assert payment["attempt"]["instalments"] == payment["tenders"][0]["instalments"] == 3
    [request] = gateways["alipay"].asked.values()
    assert (request.instalments, request.fee_bearer) == (3, FeeBearer.SELLER)
    path = f"/orders/{placed.json()['id']}"
    offered = (await lin.get(f"{path}/instalments")).json()
    assert [each["count"] for each in offered["items"]] == [3]
    assert offered["amount_minor"] == payment["due_minor"]
    refused = await lin.post(f"{path}/payments", {"scene": "page", "instalments": 6})
    assert refused.json()["type"].endswith("instalments-not-offered")
    at_once = await lin.post(f"{path}/payments", {"scene": "page"})
    assert at_once.json()["attempt"]["instalments"] is None
    order = (await lin.get(path)).json()
    assert order["payment"]["tenders"][0]["fee_bearer"] == "seller"
    [plan] = (await desk.read(f"/payments?order_id={placed.json()['id']}"))["items"]
    detail = await desk.read(f"/payments/{plan['id']}")
    assert (detail["tenders"][0]["instalments"], detail["tenders"][0]["fee_minor"]) == (3, None)


async def test_only_the_shopper_asks_and_only_while_something_is_due(
    desk, lin, shop, client, session
):
    placed = await lin.order((shop.skus[0].id, 1), tenders=gateway())
    path = f"/orders/{placed['id']}/instalments"
    assert (await lin.get(path)).json()["items"] == []
    stranger = await make_member(session, id=new_id())
    headers = await member_bearer(session, stranger)
    await session.commit()
    assert (await Shopper(client, headers).get(path)).status_code == 404
    await lin.post(f"/orders/{placed['id']}/cancel", {})
    assert (await lin.get(path)).json()["type"].endswith("not-awaiting-payment")
