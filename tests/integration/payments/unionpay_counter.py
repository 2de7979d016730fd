"""A counter to pay at whose gateway is the UnionPay adapter, with the simulator behind it."""

from dataclasses import dataclass, field
from uuid import UUID

from typing_extensions import override

from app.adapters.unionpay import UnionPayGateway
from app.core import clock
from app.core.db import unit_of_work
from app.core.enums.payments import TenderKind
from app.core.ids import new_id
from app.services import payments
from app.services.payments import PaymentTerms, PlanView, TenderRequest
from app.services.payments.ports import GatewayPort
from tests.factories.members import make_member
from tests.factories.payments import (
    BALANCE_TENDER,
    Counter,
    give_balance,
    system_balances,
)
from tests.fakes.transactions import in_transaction
from tests.simulators.unionpay import Order, UnionPaySimulator
from tests.unit.unionpay.conftest import make_account

TERMS = PaymentTerms(channels=frozenset({"unionpay"}), query_after_seconds=0)
TENDER = TenderRequest(kind=TenderKind.GATEWAY, channel="unionpay")


@dataclass
class UnionPayCounter(Counter):
    """`inside` lists calls made inside a transaction: it must stay empty (INV-17)."""

    unionpay: UnionPaySimulator = field(default_factory=UnionPaySimulator)
    inside: list[str] = field(default_factory=list)
    terms: PaymentTerms = TERMS

    def __post_init__(self) -> None:
        self.unionpay.wrong.watch = self._watch
        self.port = UnionPayGateway(
            make_account(), timeout_seconds=2, transport=self.unionpay.transport()
        )

    def _watch(self) -> None:
        if in_transaction():
            self.inside.append(self.unionpay.wrong.calls[-1])

    @property
    @override
    def gateways(self) -> dict[str, GatewayPort]:  # type: ignore[override]
        return {"unionpay": self.port}

    async def opened(self) -> PlanView:
        """An order of 60.00 of which 10.00 come from the balance."""
        async with unit_of_work(self.sessions) as session:
            member = await make_member(session, id=new_id())
            await give_balance(session, member.id, 1_000)
        return await self.start(await self.open(member.id, 6_000, BALANCE_TENDER, TENDER))

    async def receive(self, body: bytes) -> str:
        reply = await payments.receive_notice(
            self.sessions,
            self.gateways,
            self.orders,
            "unionpay",
            {"content-type": "application/x-www-form-urlencoded"},
            body,
            at=clock.now(),
            terms=self.terms,
        )
        return reply.outcome

    def paid(self, plan: PlanView, amount: int | None = None) -> Order:
        """The payer opens the page and pays."""
        assert plan.attempt is not None
        self.unionpay.submitted(plan.attempt.action)
        return self.unionpay.pay(plan.attempt.out_trade_no, amount)

    async def books(self, order_id: UUID) -> dict[str, int]:
        async with unit_of_work(self.sessions) as session:
            return await system_balances(session, order_id, "unionpay")
