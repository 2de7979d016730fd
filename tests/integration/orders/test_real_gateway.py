"""A shop in production that takes money through a real gateway, over HTTP from end to end."""

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from app.adapters.wechatpay import WechatPayGateway
from app.cli.startup import faults_of_settings
from app.core.settings import Environment, Settings
from app.main import Resources
from app.services import orders, payments
from tests.integration.orders.conftest import Shopper
from tests.simulators.wechatpay import Platform
from tests.simulators.wechatpay.account import make_account, make_platform

BY_CODE = [{"kind": "gateway", "channel": "wechat", "scene": "qr"}]
STRONG = SecretStr("k" * 32)


@pytest.fixture
def platform() -> Platform:
    return make_platform()


@pytest.fixture
def settings(platform) -> Settings:
    made = Settings.model_validate(
        {
            "environment": Environment.PRODUCTION,
            "database": {"url": "postgresql+asyncpg://stoa@db/stoa"},
            "secrets": {"pepper": STRONG},
            "tokens": {"active_key": "k1", "keys": {"k1": STRONG}},
            "http": {"public_url": "https://shop.test"},
            "payments": {
                "gateways": ["wechat"],
                "accounts": {"wechat": make_account(platform)},
                "return_url": "https://shop.test/orders/{order_id}",
                "query_after_seconds": 0,
            },
        }
    )
    assert faults_of_settings(made) == []
    # The tests' own tokens are signed with the key of development.
    return made.model_copy(update={"tokens": Settings().tokens})


@pytest.fixture
async def resources(settings, sessions, messages, platform):
    (account,) = settings.payments.accounts.values()
    gateway = WechatPayGateway(account, timeout_seconds=2, transport=platform.transport)
    yield Resources(
        settings=settings,
        sessions=sessions,
        readers=sessions,
        messages=messages,
        gateways={"wechat": gateway},
    )
    await gateway.aclose()


async def notify(lin: Shopper, said: tuple[dict[str, str], bytes]) -> httpx.Response:
    headers, body = said
    return await lin.client.post("/api/v1/webhooks/wechat", headers=headers, content=body)


async def test_m34_production_takes_real_money_and_no_other(lin, shop, platform, session):
    placed = await lin.order((shop.skus[0].id, 1), tenders=BY_CODE)
    attempt = placed["payment"]["attempt"]
    assert attempt["action"]["content"].startswith("weixin://wxpay/bizpayurl")
    (number,) = platform.payments
    assert platform.payments[number].asked["description"] == f"Stoa {placed['number']}"
    platform.pay(number)
    said = platform.payment_notice(number)
    for outcome in ("paid", "duplicate"):
        answer = await notify(lin, said)
        assert (answer.status_code, answer.json()) == (200, {"outcome": outcome})
    order = (await lin.get(f"/orders/{placed['id']}")).json()
    assert order["payment_status"] == "paid"
    assert (await lin.client.get(f"/sandbox/pay/{number}")).status_code == 404
    assert (await lin.client.post("/api/v1/webhooks/sandbox", content=b"{}")).status_code == 404
    other = await lin.post(f"/carts/{await lin.cart_of((shop.skus[0].id, 1))}/quote", {})
    assert other.status_code == 422


@pytest.mark.parametrize(
    "change",
    [{"wechatpay-signature": "AAAA"}, {"wechatpay-serial": "AB"}, {"wechatpay-timestamp": "1"}],
)
async def test_m26_a_forged_notice_is_401_and_leaves_no_trace(lin, shop, platform, session, change):
    await lin.order((shop.skus[0].id, 1), tenders=BY_CODE)
    (number,) = platform.payments
    platform.pay(number)
    headers, body = platform.payment_notice(number)
    refused = await notify(lin, (headers | change, body))
    assert (refused.status_code, refused.json()["type"]) == (401, "/problems/signature-invalid")
    assert await session.scalar(text("SELECT count(*) FROM gateway_events")) == 0
    assert (await notify(lin, (headers, body))).json() == {"outcome": "paid"}


async def test_cancelling_a_paid_order_gives_back_at_the_gateway(lin, shop, platform, resources):
    placed = await lin.order((shop.skus[0].id, 1), tenders=BY_CODE)
    (number,) = platform.payments
    platform.pay(number)
    await notify(lin, platform.payment_notice(number))
    cancelled = await lin.post(f"/orders/{placed['id']}/cancel", {"reason": "Too slow"})
    assert cancelled.status_code == 200
    terms = payments.PaymentTerms.of(resources.settings)
    await payments.push_refunds(
        resources.sessions, resources.gateways, orders.PAYMENT_OWNER, limit=10, terms=terms
    )
    (refund,) = platform.refunds
    platform.settle(refund, "SUCCESS")
    assert (await notify(lin, platform.refund_notice(refund))).json() == {"outcome": "succeeded"}
    order = (await lin.get(f"/orders/{placed['id']}")).json()
    assert order["payment_status"] == "refunded"


async def test_who_paid_is_forgotten_once_the_payment_is_over(lin, shop, platform, session):
    payer = {"scene": "jsapi", "payer_id": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}
    known = "SELECT count(*) FROM payment_attempts WHERE pay_with ?| '{payer_id,client_ip}'"
    for is_paid in (True, False):
        placed = await lin.order((shop.skus[0].id, 1), tenders=[BY_CODE[0] | payer])
        assert await session.scalar(text(known)) == 1
        if is_paid:
            number = max(platform.payments)
            platform.pay(number)
            await notify(lin, platform.payment_notice(number))
        else:
            await lin.post(f"/orders/{placed['id']}/cancel")
        assert await session.scalar(text(known)) == 0
