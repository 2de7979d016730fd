"""Orders over HTTP, paid at Alipay and UnionPay as they are on the wire, and given back."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.adapters.alipay import AlipayGateway
from app.adapters.unionpay import UnionPayGateway
from app.core.settings import DatabaseSettings, HttpSettings, PaymentSettings, Settings
from tests.e2e.conftest import Journey
from tests.simulators.alipay import AlipaySimulator
from tests.simulators.unionpay import UnionPaySimulator
from tests.unit.alipay.conftest import ACCOUNT
from tests.unit.unionpay.conftest import make_account

FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def settings(fresh_url: str) -> Settings:
    return Settings(
        database=DatabaseSettings(url=fresh_url),
        http=HttpSettings(rate_limits_enabled=False, public_url="http://test"),
        payments=PaymentSettings(
            gateways=["sandbox", "alipay", "unionpay"],
            accounts={"alipay": ACCOUNT, "unionpay": make_account()},
            query_after_seconds=0,
        ),
    )


class Street:
    """A shopper and both gateways."""

    def __init__(self, journey: Journey, alipay: AlipaySimulator, unionpay: UnionPaySimulator):
        self.journey, self.alipay, self.unionpay = journey, alipay, unionpay

    async def buy(self, channel: str, scene: str = "page") -> Any:
        by = {"kind": "gateway", "channel": channel, "scene": scene}
        return await self.journey.order(await self.journey.fill((0, 1)), by)

    async def tell(self, channel: str, body: bytes) -> tuple[int, str]:
        answer = await self.journey.client.post(
            f"/api/v1/webhooks/{channel}", content=body, headers=FORM
        )
        return answer.status_code, answer.text

    def is_addressed(self, order: Any, channel: str) -> bool:
        """Whether the gateway was told to send its notices to our own address."""
        fields = order["payment"]["attempt"]["action"]["fields"]
        url = fields["notify_url" if channel == "alipay" else "backUrl"]
        return str(url) == f"http://test/api/v1/webhooks/{channel}"


@pytest.fixture
async def street(lin: Journey) -> AsyncIterator[Street]:
    alipay, unionpay = AlipaySimulator(), UnionPaySimulator()
    ports: dict[str, Any] = {
        "alipay": AlipayGateway(ACCOUNT, transport=alipay.transport()),
        "unionpay": UnionPayGateway(make_account(), transport=unionpay.transport()),
    }
    lin.resources.gateways.update(ports)  # type: ignore[attr-defined]
    yield Street(lin, alipay, unionpay)
    for port in ports.values():
        await port.aclose()


async def test_paid_at_alipay_told_twice_and_given_back(street: Street) -> None:
    lin, alipay = street.journey, street.alipay
    before = await lin.world()
    order = await street.buy("alipay")
    assert street.is_addressed(order, "alipay")
    trade = alipay.opened(order["payment"]["attempt"]["action"])
    body = alipay.notice(alipay.pay(trade.out_trade_no))
    assert (await street.tell("alipay", alipay.notice(trade, key_name="mallory")))[0] == 401
    assert await lin.axes(order["id"]) == ("open", "awaiting", "unfulfilled")
    for _ in range(2):
        assert await street.tell("alipay", body) == (200, "success")
    assert await lin.axes(order["id"]) == ("open", "paid", "unfulfilled")
    await lin.ask("POST", f"/orders/{order['id']}/cancel", {"reason": "不想要了"})
    await lin.work()
    assert await lin.axes(order["id"]) == ("cancelled", "refunded", "cancelled")
    assert str(trade.refunded) == trade.total == "100.00"
    assert await lin.world() == before


async def test_paid_at_unionpay_and_given_back_when_it_says_so(street: Street) -> None:
    lin, unionpay = street.journey, street.unionpay
    before = await lin.world()
    order = await street.buy("unionpay")
    assert street.is_addressed(order, "unionpay")
    number = unionpay.submitted(order["payment"]["attempt"]["action"]).number
    assert (await street.tell("unionpay", unionpay.notice(unionpay.pay(number))))[0] == 200
    assert await lin.axes(order["id"]) == ("open", "paid", "unfulfilled")
    await lin.ask("POST", f"/orders/{order['id']}/cancel", {"reason": "不想要了"})
    await lin.work()
    assert await lin.axes(order["id"]) == ("cancelled", "refunded", "cancelled")
    assert await lin.world() == before


async def test_a_code_at_alipay_given_up_and_one_at_unionpay_paid_meanwhile(
    street: Street,
) -> None:
    lin = street.journey
    before = await lin.world()
    order = await street.buy("alipay", "qr")
    assert order["payment"]["attempt"]["action"]["kind"] == "qr"
    await lin.ask("POST", f"/orders/{order['id']}/cancel")
    assert await lin.axes(order["id"]) == ("cancelled", "closed", "cancelled")
    assert [each.status for each in street.alipay.trades.values()] == ["TRADE_CLOSED"]
    assert await lin.world() == before
    order = await street.buy("unionpay", "qr")
    street.unionpay.pay(next(iter(street.unionpay.orders.values())).number)
    await lin.ask("POST", f"/orders/{order['id']}/cancel")  # UnionPay knows better
    await lin.work()
    assert (await lin.axes(order["id"]))[1] == "paid"
