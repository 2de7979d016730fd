"""Stored value to pay with, and a counter to pay at."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.actor import Actor, Audience
from app.core.db import Sessions, unit_of_work
from app.core.enums.ledger import AccountKind
from app.core.enums.payments import (
    CardFunding,
    FallbackKind,
    FeeBearer,
    PlanState,
    RefundKind,
    RefundReason,
    TenderKind,
)
from app.core.ids import new_id, random_code
from app.services import ledger, payments
from app.services.ledger import AVAILABLE, HELD, POINTS, Account
from app.services.payments import (
    NewRefund,
    PaymentTerms,
    PlanView,
    Span,
    Take,
    TenderRequest,
)
from app.services.payments.engine.instalments import InstalmentPlan
from app.services.payments.engine.routing import Routing
from app.services.payments.ports import GatewayPayment, NoticeKind
from tests.fakes.gateway import FakeGateway
from tests.fakes.orders import FakeOrders

THREE = InstalmentPlan(count=3, fee_bearer=FeeBearer.PAYER, currency="CNY")
TERMS = PaymentTerms(
    channels=frozenset({"alipay", "wechat"}),
    query_after_seconds=0,
    routing=Routing(instalments={"alipay": (THREE,)}),
)
GATEWAY = TenderRequest(kind=TenderKind.GATEWAY, channel="alipay")
POINTS_TENDER = TenderRequest(kind=TenderKind.POINTS)
BALANCE_TENDER = TenderRequest(kind=TenderKind.BALANCE)


def staff() -> Actor:
    return Actor(audience=Audience.ADMIN, id=new_id())


async def make_gift_card(
    session: AsyncSession,
    face_minor: int,
    *,
    member_id: UUID | None = None,
    currency: str = "CNY",
    expires_at: datetime | None = None,
    terms: PaymentTerms = TERMS,
) -> payments.IssuedCard:
    """An active card; bound if a member is given."""
    command = payments.IssueGiftCards(
        batch=random_code(10),
        count=1,
        currency=currency,
        face_minor=face_minor,
        expires_at=expires_at,
    )
    (card,) = await payments.issue_gift_cards(session, command, actor=staff(), terms=terms)
    await payments.activate_gift_cards(
        session, funding=CardFunding.SOLD, actor=staff(), ids=[card.id]
    )
    if member_id is not None:
        from app.repositories.payments.gift_cards import GiftCardRepository  # noqa: PLC0415

        await GiftCardRepository(session).bind(terms.code_hash(card.code), member_id)
    return card


async def give_points(
    session: AsyncSession,
    member_id: UUID,
    quantity: int,
    *,
    source: str | None = None,
    expires_at: datetime | None = None,
    terms: PaymentTerms = TERMS,
) -> UUID:
    command = payments.GrantPoints(
        member_id=member_id,
        quantity=quantity,
        source=source or random_code(10),
        currency="CNY",
        expires_at=expires_at,
    )
    lot = await payments.grant_points(session, command, terms=terms)
    return UUID(str(lot.id))


async def give_balance(session: AsyncSession, member_id: UUID, amount_minor: int) -> None:
    command = payments.AdjustBalance(
        member_id=member_id,
        currency="CNY",
        amount_minor=amount_minor,
        kind=payments.Adjustment.TOP_UP,
        reason="opening",
    )
    await payments.adjust_balance(session, command, actor=staff())


async def funds(session: AsyncSession, member_id: UUID, *cards: UUID) -> dict[str, int]:
    """Everything a member owns, available and held, in money and in points, by name."""
    accounts = {
        f"{name}:{purpose}": Account(kind, owner, purpose, unit)
        for purpose in (AVAILABLE, HELD)
        for name, kind, owner, unit in (
            ("points", AccountKind.POINTS_LIABILITY, member_id, "CNY"),
            ("pts", AccountKind.POINTS_LIABILITY, member_id, POINTS),
            ("balance", AccountKind.BALANCE, member_id, "CNY"),
            *((f"card{i}", AccountKind.GIFT_CARD, card, "CNY") for i, card in enumerate(cards)),
        )
    }
    found = await ledger.balances(session, accounts.values())
    return {name: found[account] for name, account in accounts.items() if found[account]}


async def system_balances(
    session: AsyncSession, order_id: UUID, channel: str = "alipay", currency: str = "CNY"
) -> dict[str, int]:
    """Clearing, suspense, prepaid and refund payable, where not zero."""
    accounts = {
        "clearing": Account(AccountKind.GATEWAY_CLEARING, channel, currency=currency),
        "suspense": Account(AccountKind.SUSPENSE, channel, currency=currency),
        "prepaid": Account(AccountKind.ORDER_PREPAID, order_id, currency=currency),
        "payable": Account(AccountKind.REFUND_PAYABLE, order_id, currency=currency),
    }
    found = await ledger.balances(session, accounts.values())
    return {name: found[account] for name, account in accounts.items() if found[account]}


@dataclass
class Counter:
    """The saga's doors over fakes: what the edge wires up in the application."""

    sessions: Sessions
    orders: FakeOrders = field(default_factory=FakeOrders)
    gateway: FakeGateway = field(default_factory=FakeGateway)
    second: FakeGateway = field(default_factory=lambda: FakeGateway(prefix="w-"))
    terms: PaymentTerms = TERMS

    @property
    def gateways(self) -> dict[str, FakeGateway]:
        return {"alipay": self.gateway, "wechat": self.second}

    async def open(
        self,
        member_id: UUID,
        payable_minor: int,
        *requests: TenderRequest,
        order_id: UUID | None = None,
        minutes: int = 15,
    ) -> PlanView:
        async with unit_of_work(self.sessions) as session:
            plan = await payments.open_plan(
                session,
                order_id=order_id or new_id(),
                member_id=member_id,
                currency="CNY",
                payable_minor=payable_minor,
                requests=requests,
                expires_at=clock.now() + timedelta(minutes=minutes),
                terms=self.terms,
            )
            if plan.state is PlanState.PAID:
                await self.orders.paid(session, plan.order_id)
            return plan

    async def start(self, plan: PlanView) -> PlanView:
        return await payments.start_attempt(
            self.sessions, self.gateways, self.orders, plan, terms=self.terms
        )

    async def notify(
        self,
        payment: GatewayPayment,
        channel: str = "alipay",
        *,
        merchant_id: str | None = None,
        kind: NoticeKind = NoticeKind.PAYMENT,
    ) -> str:
        gateway = self.gateways[channel]
        headers, body = gateway.notice(payment, merchant_id=merchant_id, kind=kind)
        reply = await payments.receive_notice(
            self.sessions,
            self.gateways,
            self.orders,
            channel,
            headers,
            body,
            at=clock.now(),
            terms=self.terms,
        )
        return reply.outcome

    async def begin_close(self, plan: PlanView, reason: str = "expired") -> PlanView:
        async with unit_of_work(self.sessions) as session:
            return await payments.begin_close(session, plan.order_id, reason, owner=self.orders)

    async def finish_close(self, plan: PlanView) -> PlanView:
        return await payments.finish_close(
            self.sessions, self.gateways, self.orders, plan.id, terms=self.terms
        )

    async def refund_all(self, plan: PlanView, number: str | None = None) -> payments.RefundView:
        async with unit_of_work(self.sessions) as session:
            return await payments.refund_all(
                session,
                plan.order_id,
                reason="cancelled",
                actor=None,
                owner=self.orders,
                number=number,
            )

    async def refund(
        self,
        plan: PlanView,
        *takes: Take,
        units: Sequence[Span] = (),
        number: str | None = None,
        actor: Actor | None = None,
        **command: Any,
    ) -> payments.RefundView:
        """Give back what `takes` say, with `units`; of an amount unless it says otherwise."""
        values: dict[str, Any] = {
            "kind": RefundKind.UNITS if units else RefundKind.AMOUNT,
            "reason_code": RefundReason.OTHER,
            "reason": "asked for",
        }
        wanted = NewRefund(takes=takes, units=tuple(units), number=number, **values | command)
        async with unit_of_work(self.sessions) as session:
            found = await payments.locked_standing(session, plan.order_id, owner=self.orders)
            return await payments.record_refund(
                session, found, wanted, owner=self.orders, actor=actor
            )

    async def standing(self, plan: PlanView) -> payments.OrderStanding:
        async with unit_of_work(self.sessions) as session:
            return await payments.read_standing(session, plan.order_id, owner=self.orders)

    async def refunds(self, plan: PlanView) -> tuple[payments.RefundView, ...]:
        async with unit_of_work(self.sessions) as session:
            return await payments.list_refunds_of(session, plan.order_id)

    async def approve(self, refund: payments.RefundView, actor: Actor) -> payments.RefundView:
        async with unit_of_work(self.sessions) as session:
            return await payments.approve_refund(
                session, refund.id, version=refund.version, actor=actor, owner=self.orders
            )

    async def reject(self, refund: payments.RefundView, actor: Actor) -> payments.RefundView:
        async with unit_of_work(self.sessions) as session:
            return await payments.reject_refund(
                session,
                refund.id,
                version=refund.version,
                reason="no",
                actor=actor,
                owner=self.orders,
            )

    async def retry_part(self, part_id: UUID) -> None:
        await payments.refund_rescue.retry_part(
            self.sessions, part_id, actor=staff(), owner=self.orders
        )

    async def fall_back(
        self,
        part_id: UUID,
        kind: FallbackKind = FallbackKind.BALANCE,
        reference: str | None = None,
        *,
        actor: Actor | None = None,
    ) -> None:
        command = payments.refund_rescue.FallBack(
            kind=kind, consent="by phone", reference=reference
        )
        await payments.refund_rescue.fall_back(
            self.sessions,
            self.gateways,
            part_id,
            command,
            actor=actor or staff(),
            owner=self.orders,
            terms=self.terms,
        )

    async def approve_fallback(self, part_id: UUID, actor: Actor) -> None:
        await payments.refund_rescue.approve_fallback(
            self.sessions,
            self.gateways,
            part_id,
            actor=actor,
            owner=self.orders,
            terms=self.terms,
        )

    async def push(self) -> payments.Pushed:
        return await payments.push_refunds(
            self.sessions, self.gateways, self.orders, limit=50, terms=self.terms
        )

    async def janitor(self) -> payments.Swept:
        return await payments.janitor(
            self.sessions, self.gateways, self.orders, limit=50, terms=self.terms
        )

    async def read(self, plan: PlanView) -> PlanView:
        async with unit_of_work(self.sessions) as session:
            return await payments.read_plan(session, plan.order_id)

    async def retry(self, plan: PlanView, channel: str) -> PlanView:
        return await payments.new_attempt(
            self.sessions, self.gateways, self.orders, plan.order_id, channel, terms=self.terms
        )

    def pay(self, plan: PlanView, **facts: object) -> GatewayPayment:
        assert plan.attempt is not None
        gateway = self.gateways[plan.attempt.channel]
        return gateway.pay(plan.attempt.out_trade_no, **facts)  # type: ignore[arg-type]
