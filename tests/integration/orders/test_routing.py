"""Accounts and routes: kept by staff, followed by checkouts, without a secret anywhere."""

import pytest

from app.core.enums.payments import Scene
from app.core.enums.scopes import Scope
from app.core.ids import new_id
from app.core.settings import DatabaseSettings, HttpSettings, PaymentSettings, Settings
from app.main import Resources
from tests.factories.orders import ADDRESS
from tests.factories.staff import bearer, make_staff
from tests.fakes.gateway import FakeGateway
from tests.integration.orders.conftest import Shopper
from tests.simulators.wechatpay.account import API_KEY, make_account, make_platform

WECHAT = [{"kind": "gateway", "channel": "wechatpay", "scene": "qr"}]


@pytest.fixture
def settings() -> Settings:
    account = make_account(make_platform())
    return Settings(
        database=DatabaseSettings(url="postgresql+asyncpg:///unused"),
        http=HttpSettings(rate_limits_enabled=False),
        payments=PaymentSettings(
            gateways=["main", "shops", "alipay"],
            accounts={"main": account, "shops": account, "old": account},
            routing_seconds=0,
        ),
    )


@pytest.fixture
def gateways() -> dict[str, FakeGateway]:
    return {code: FakeGateway(prefix=code) for code in ("main", "shops", "old", "alipay")}


@pytest.fixture
def resources(settings, sessions, messages, gateways) -> Resources:
    return Resources(
        settings=settings, sessions=sessions, readers=sessions, messages=messages, gateways=gateways
    )


class Desk(Shopper):
    """Staff who look after payments."""

    async def write(self, method: str, path: str, body: object = None, version: int | None = None):
        tag = {} if version is None else {"If-Match": f'"{version}"'}
        return await self.client.request(
            method, f"/api/v1/admin{path}", headers=self.headers | tag, json=body
        )

    async def read(self, path: str, **params: object):
        return await self.client.get(f"/api/v1/admin{path}", headers=self.headers, params=params)

    async def route(self, **said: object) -> dict:
        made = await self.write("POST", "/payment-routes", {"method": "wechatpay"} | said)
        assert made.status_code == 201, made.text
        assert made.headers["etag"] == '"1"'
        return made.json()


@pytest.fixture
async def desk(client, session) -> Desk:
    staff = await make_staff(session, scopes=[Scope.PAYMENTS_READ, Scope.PAYMENTS_WRITE])
    headers = await bearer(session, staff)
    await session.commit()
    return Desk(client, headers)


async def account_of(lin, shop, **more: object) -> str:
    placed = await lin.order((shop.skus[0].id, 1), **{"tenders": WECHAT, **more})
    return placed["payment"]["attempt"]["channel"]


async def test_payments_follow_the_best_route_that_holds(desk, lin, shop, gateways):
    channel, merchant = str(shop.channel.id), str(shop.merchant.id)
    await desk.route(account="main", priority=50)
    shops = await desk.route(account="shops", priority=10, merchant_id=merchant, scene="qr")
    assert await account_of(lin, shop) == "shops"
    assert len(gateways["shops"].books) == 1
    edited = await desk.write(
        "PUT",
        f"/payment-routes/{shops['id']}",
        {"method": "wechatpay", "account": "shops", "priority": 10, "merchant_id": None}
        | {"channel_id": channel, "currency": "USD"},
        shops["version"],
    )
    assert edited.status_code == 200
    assert await account_of(lin, shop) == "main"
    gone = await desk.write("DELETE", f"/payment-routes/{shops['id']}", version=2)
    assert gone.status_code == 204


async def test_an_attempt_stays_where_it_is_and_the_next_one_goes_elsewhere(desk, lin, shop):
    route = await desk.route(account="main")
    placed = await lin.order((shop.skus[0].id, 1), tenders=WECHAT)
    path = f"/orders/{placed['id']}/payments"
    same = await lin.post(path, {"channel": "wechatpay"})
    assert same.json()["attempt"]["id"] == placed["payment"]["attempt"]["id"]
    said = {"method": "wechatpay", "account": "shops"}
    await desk.write("PUT", f"/payment-routes/{route['id']}", said, 1)
    moved = await lin.post(path, {"channel": "wechatpay"})
    assert moved.json()["attempt"]["channel"] == "shops"


async def test_an_order_names_what_was_chosen_and_the_account_that_takes_it(desk, lin, shop):
    """Who names the account or nothing goes on as was chosen; another method is another try."""
    for method in ("wechatpay", "unionpay"):
        await desk.route(account="main", method=method)
    placed = await lin.order((shop.skus[0].id, 1), tenders=WECHAT)
    first = placed["payment"]["attempt"]
    assert (first["method"], first["channel"]) == ("wechatpay", "main")
    path = f"/orders/{placed['id']}/payments"
    for said in ({"channel": "wechatpay"}, {"channel": "main"}, {}):
        assert (await lin.post(path, said)).json()["attempt"] == first
    other = (await lin.post(path, {"channel": "unionpay"})).json()["attempt"]
    assert (other["method"], other["channel"]) == ("unionpay", "main")
    paid = (await lin.get(f"/orders/{placed['id']}")).json()["payment"]
    assert [(each["method"], each["state"]) for each in paid["attempts"]] == [
        ("wechatpay", "closed"),
        ("unionpay", "pending"),
    ]
    [tender] = paid["tenders"]
    assert (tender["method"], tender["channel"]) == ("unionpay", "main")


async def test_a_disabled_account_takes_nothing_new(desk, lin, shop, gateways):
    await desk.route(account="main")
    before = await desk.read("/gateway-accounts/main")
    assert before.headers["etag"] == '"0"'
    body = {"name": "WeChat Pay, head office", "is_enabled": False}
    off = await desk.write("PUT", "/gateway-accounts/main", body, 0)
    assert (off.status_code, off.json()["is_enabled"], off.headers["etag"]) == (200, False, '"1"')
    refused = await lin.post(
        f"/carts/{await lin.cart_of((shop.skus[0].id, 1))}/quote",
        {"address": ADDRESS, "tenders": WECHAT},
    )
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/unknown-channel")
    assert refused.json()["channels"] == ["alipay", "shops"]
    stale = await desk.write("PUT", "/gateway-accounts/main", body, 0)
    assert stale.status_code == 412
    on = await desk.write("PUT", "/gateway-accounts/main", body | {"is_enabled": True}, 1)
    assert on.json()["version"] == 2
    assert await account_of(lin, shop) == "main"


async def test_accounts_are_shown_without_their_secrets(desk):
    answer = await desk.read("/gateway-accounts")
    assert [each["code"] for each in answer.json()["items"]] == ["alipay", "main", "old", "shops"]
    old = answer.json()["items"][2]
    assert (old["kind"], old["is_offered"], old["is_enabled"]) == ("wechatpay", False, True)
    assert set(old["scenes"]) == set(Scene)
    shown = answer.text
    assert API_KEY not in shown
    assert "KEY" not in shown.replace("PUB_KEY", "")
    assert (await desk.read("/gateway-accounts/nobody")).status_code == 404


@pytest.mark.parametrize(
    ("said", "status", "problem"),
    [
        ({"account": "nobody"}, 422, "invalid-reference"),
        ({"account": "main", "channel_id": str(new_id())}, 422, "invalid-reference"),
        ({"account": "main", "merchant_id": str(new_id())}, 422, "invalid-reference"),
        ({"account": "main", "priority": 1_001}, 422, "invalid-request"),
        ({"account": "main", "currency": "yuan"}, 422, "invalid-request"),
        ({"account": "main", "scene": "telepathy"}, 422, "invalid-request"),
        ({"account": "main", "private_key": "x"}, 422, "invalid-request"),
    ],
)
async def test_a_route_to_nowhere_is_refused(desk, said, status, problem):
    refused = await desk.write("POST", "/payment-routes", {"method": "wechatpay"} | said)
    assert refused.status_code == status
    assert problem in refused.json()["type"]


async def test_the_same_route_twice_is_refused(desk):
    first = await desk.route(account="main", scene="qr")
    again = await desk.write(
        "POST", "/payment-routes", {"method": "wechatpay", "account": "main", "scene": "qr"}
    )
    assert (again.status_code, again.json()["type"]) == (409, "/problems/already-exists")
    other = await desk.route(account="shops", scene="qr")
    same = {"method": "wechatpay", "account": "main", "scene": "qr"}
    clash = await desk.write("PUT", f"/payment-routes/{other['id']}", same, 1)
    assert clash.status_code == 409
    page = await desk.read("/payment-routes", limit=1)
    assert [each["id"] for each in page.json()["items"]] == [other["id"]]
    rest = await desk.read("/payment-routes", limit=1, after=page.json()["next_after"])
    assert [each["id"] for each in rest.json()["items"]] == [first["id"]]
    one = await desk.read(f"/payment-routes/{first['id']}")
    assert one.json() == first
    unseen = await desk.write("DELETE", f"/payment-routes/{first['id']}")
    assert unseen.status_code == 428
    stale = await desk.write("DELETE", f"/payment-routes/{first['id']}", version=7)
    assert stale.status_code == 412
    for method, body in (("DELETE", None), ("PUT", same)):
        missing = await desk.write(method, f"/payment-routes/{new_id()}", body, 1)
        assert missing.status_code == 404


async def test_who_may_only_look_changes_nothing(client, session):
    staff = await make_staff(session, scopes=[Scope.PAYMENTS_READ])
    headers = await bearer(session, staff)
    await session.commit()
    looker = Desk(client, headers)
    assert (await looker.read("/payment-routes")).status_code == 200
    made = await looker.write("POST", "/payment-routes", {"method": "w", "account": "main"})
    assert made.status_code == 403
    body = {"name": "x", "is_enabled": False}
    assert (await looker.write("PUT", "/gateway-accounts/main", body, 0)).status_code == 403
