"""A counter to pay at whose gateway is the WeChat Pay adapter, with the simulator behind it."""

from dataclasses import dataclass, field

from typing_extensions import override

from app.adapters.wechatpay import WechatPayGateway
from app.core import clock
from app.core.enums.payments import Scene, TenderKind
from app.services import payments
from app.services.payments import PlanView, TenderRequest
from app.services.payments.ports import GatewayPort
from tests.factories.payments import Counter
from tests.fakes.transactions import in_transaction
from tests.simulators.wechatpay import Platform
from tests.simulators.wechatpay.account import make_account, make_platform

TERMS = payments.PaymentTerms(
    channels=frozenset({"wechat"}),
    query_after_seconds=0,
    public_url="https://shop.test",
    gateway_timeout_seconds=2,
)
BY_WECHAT = TenderRequest(
    kind=TenderKind.GATEWAY,
    channel="wechat",
    scene=Scene.JSAPI,
    payer_id="oUpF8uMuAJO_M2pxb1Q9zNjWeS6o",
)


@dataclass
class WechatPayCounter(Counter):
    """`inside` lists calls made inside a transaction: it must stay empty (INV-17)."""

    platform: Platform = field(default_factory=make_platform)
    inside: list[str] = field(default_factory=list)
    terms: payments.PaymentTerms = TERMS

    def __post_init__(self) -> None:
        self.platform.on_call = self._watch
        self.port = WechatPayGateway(
            make_account(self.platform), timeout_seconds=2, transport=self.platform.transport
        )

    def _watch(self) -> None:
        if in_transaction():
            self.inside.append(self.platform.calls[-1])

    @property
    @override
    def gateways(self) -> dict[str, GatewayPort]:  # type: ignore[override]
        return {"wechat": self.port}

    async def receive(self, said: tuple[dict[str, str], bytes]) -> str:
        headers, body = said
        reply = await payments.receive_notice(
            self.sessions,
            self.gateways,
            self.orders,
            "wechat",
            headers,
            body,
            at=clock.now(),
            terms=self.terms,
        )
        return reply.outcome

    def number_of(self, plan: PlanView) -> str:
        assert plan.attempt is not None
        return plan.attempt.out_trade_no

    async def paid(self, plan: PlanView) -> PlanView:
        """Paid and notified."""
        number = self.number_of(plan)
        self.platform.pay(number)
        assert await self.receive(self.platform.payment_notice(number)) == "paid"
        return await self.read(plan)

    def net_taken_minor(self) -> int:
        """What the platform's books say it took and has not given back."""
        taken = sum(each.paid_minor or 0 for each in self.platform.payments.values())
        back = sum(
            each.asked["amount"]["refund"]
            for each in self.platform.refunds.values()
            if each.status == "SUCCESS"
        )
        return taken - back
