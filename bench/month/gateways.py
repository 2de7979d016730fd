"""Gateways as the month sees them: what they took and gave back stands in books of their own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from random import Random

from typing_extensions import override

from app.core import clock
from app.services.payments.ports import (
    GatewayPayment,
    GatewayRefund,
    GatewayState,
    RefundPayment,
)
from tests.factories import statements
from tests.factories.statements import BEIJING, Fact
from tests.fakes.gateway import FakeGateway

FEE_BPS, WHOLE = 60, 10_000
REFUSED = 0.08
"""How many refunds fail for good when they are ordered first: the account was closed."""

WRITERS: Mapping[str, Callable[[list[Fact], date], bytes]] = {
    "wechatpay": lambda facts, _: statements.wechatpay(facts),
    "alipay": statements.alipay,
    "unionpay": statements.unionpay,
}
"""Channels whose statements are written here; the sandbox writes its own."""

ENDS_EARLY = {"unionpay": timedelta(hours=1)}
SANDBOX = "sandbox"
CHANNELS = (*WRITERS, SANDBOX)


def fee_of(minor: int) -> int:
    return minor * FEE_BPS // WHOLE


@dataclass
class MonthGateway(FakeGateway):
    """`seen` are its own books, in the order of time. `digit` tells its numbers from others'."""

    channel: str = ""
    digit: int = 1
    refuses: bool = True
    lots: Random = field(default_factory=Random)
    seen: list[Fact] = field(default_factory=list)
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    @property
    @override
    def day_ends_early(self) -> timedelta:
        return ENDS_EARLY.get(self.channel, timedelta(0))

    @override
    def pay(
        self,
        out_trade_no: str,
        *,
        amount_minor: int | None = None,
        currency: str | None = None,
        transaction_id: str | None = None,
    ) -> GatewayPayment:
        number = transaction_id or self._number()
        paid = super().pay(
            out_trade_no, amount_minor=amount_minor, currency=currency, transaction_id=number
        )
        minor = paid.amount_minor or 0
        self.seen.append(Fact(number, out_trade_no, minor, clock.now(), fee=fee_of(minor)))
        return paid

    @override
    async def refund(self, request: RefundPayment) -> GatewayRefund:
        known = self.refunds.get(request.out_refund_no)
        if known is not None and known.state is GatewayState.SUCCEEDED:
            return known
        is_refused = known is None and self.refuses and self.lots.random() < REFUSED
        self.refund_state = GatewayState.FAILED if is_refused else GatewayState.SUCCEEDED
        answer = await super().refund(request)
        if answer.state is GatewayState.SUCCEEDED:
            paid = self.books[request.out_trade_no]
            self.seen.append(
                Fact(
                    paid.transaction_id or "",
                    request.out_trade_no,
                    request.amount_minor,
                    clock.now(),
                    refund_no=request.out_refund_no,
                    refund_id=self._number(),
                )
            )
        return answer

    def day_of(self, at: datetime) -> date:
        """The day its statement has a fact on."""
        return (at + self.day_ends_early).astimezone(BEIJING).date()

    def _number(self) -> str:
        return f"{self.digit}{next(self.numbers):019}"


def make_gateways(seed: int) -> dict[str, MonthGateway]:
    return {
        channel: MonthGateway(
            channel=channel, digit=place, merchant=f"M-{channel}", lots=Random(f"{channel}{seed}")
        )
        for place, channel in enumerate(WRITERS, start=1)
    }
