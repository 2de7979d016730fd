"""A counter to pay at whose gateway is the Alipay adapter, with the simulator behind it."""

from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override

from app.adapters.alipay import AlipayGateway
from app.core import clock
from app.services import payments
from app.services.payments import PlanView
from app.services.payments.ports import GatewayPort
from tests.factories.payments import Counter
from tests.fakes.transactions import in_transaction
from tests.simulators.alipay import AlipaySimulator, Trade
from tests.unit.alipay.conftest import ACCOUNT


@dataclass
class AlipayCounter(Counter):
    """`inside` lists calls made inside a transaction: it must stay empty (INV-17)."""

    alipay: AlipaySimulator = field(default_factory=AlipaySimulator)
    inside: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.alipay.wrong.watch = self._watch
        self.port = AlipayGateway(ACCOUNT, timeout_seconds=2, transport=self.alipay.transport())

    def _watch(self) -> None:
        if in_transaction():
            self.inside.append(self.alipay.wrong.calls[-1])

    @property
    @override
    def gateways(self) -> dict[str, GatewayPort]:  # type: ignore[override]
        return {"alipay": self.port}

    async def receive(self, body: bytes) -> payments.NoticeReply:
        return await payments.receive_notice(
            self.sessions,
            self.gateways,
            self.orders,
            "alipay",
            {"content-type": "application/x-www-form-urlencoded"},
            body,
            at=clock.now(),
            terms=self.terms,
        )

    def trade_of(self, plan: PlanView) -> Trade:
        """What the payer gets to see: opens the page on the way, as a browser would."""
        assert plan.attempt is not None
        if plan.attempt.out_trade_no not in self.alipay.trades:
            self.alipay.opened(plan.attempt.action)
        return self.alipay.trades[plan.attempt.out_trade_no]

    def paid(self, plan: PlanView, total: str | None = None) -> Trade:
        return self.alipay.pay(self.trade_of(plan).out_trade_no, total)

    async def settle(self, plan: PlanView, **changes: Any) -> str:
        """Pay and notify."""
        return (await self.receive(self.alipay.notice(self.paid(plan), **changes))).outcome
