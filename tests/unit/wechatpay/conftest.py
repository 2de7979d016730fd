"""A gateway over a simulated platform, without a network between them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.adapters.wechatpay import WechatPayGateway
from app.core import clock
from app.core.enums.payments import Scene
from app.core.ids import new_id
from app.services.payments.ports import CreatePayment, RefundPayment, RefundQuery
from tests.simulators.wechatpay import Platform
from tests.simulators.wechatpay.account import make_account, make_platform

NOTIFY = "https://shop.test/api/v1/webhooks/wechat"


def payment(scene: Scene = Scene.QR, **other: Any) -> CreatePayment:
    said: dict[str, Any] = {
        "out_trade_no": new_id().hex,
        "amount_minor": 1_234,
        "currency": "CNY",
        "expires_at": clock.now() + timedelta(minutes=15),
        "subject": "山海小店 O261126-ABCDEFGH",
        "notify_url": NOTIFY,
        "scene": scene,
        "payer_id": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
        "client_ip": "203.0.113.7",
    }
    return CreatePayment(**said | other)


@dataclass
class Bench:
    platform: Platform
    gateway: WechatPayGateway
    ordered_at: datetime = field(default_factory=clock.now)

    async def paid(self, **other: Any) -> str:
        """The number of a payment that has been made."""
        request = payment(**other)
        await self.gateway.create(request)
        self.platform.pay(request.out_trade_no)
        return request.out_trade_no

    def refund(self, number: str, refund_number: str, **other: Any) -> RefundPayment:
        said: dict[str, Any] = {
            "out_trade_no": number,
            "out_refund_no": refund_number,
            "amount_minor": 234,
            "total_minor": 1_234,
            "currency": "CNY",
            "ordered_at": self.ordered_at,
            "notify_url": NOTIFY,
            "transaction_id": self.platform.payments[number].transaction_id,
            "reason": "退货",
        }
        return RefundPayment(**said | other)

    def question(self, number: str, refund_number: str) -> RefundQuery:
        return RefundQuery(
            out_trade_no=number, out_refund_no=refund_number, ordered_at=self.ordered_at
        )


def make_bench(*, with_public_key: bool = True, **account: Any) -> Bench:
    platform = make_platform(with_public_key=with_public_key)
    gateway = WechatPayGateway(
        make_account(platform, **account), timeout_seconds=1, transport=platform.transport
    )
    return Bench(platform, gateway)


@pytest.fixture(params=["public key", "certificates"])
async def bench(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    """Both ways in which the platform signs."""
    made = make_bench(with_public_key=request.param == "public key")
    yield made
    await made.gateway.aclose()
