"""A shop counter over real orders and a gateway in memory: what the edge wires up."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.core import clock
from app.core.actor import Actor
from app.core.db import Sessions, unit_of_work
from app.core.enums.payments import TenderKind
from app.services import orders, payments
from app.services.payments import TenderRequest
from tests.factories.orders import axes, place, shopper, world
from tests.factories.payments import (
    BALANCE_TENDER,
    GATEWAY,
    POINTS_TENDER,
    TERMS,
    give_balance,
    give_points,
    make_gift_card,
)
from tests.fakes.gateway import FakeGateway


@dataclass
class OrderCounter:
    """Each verb is one request of the edge: its own transactions, its own commit."""

    sessions: Sessions
    gateway: FakeGateway = field(default_factory=FakeGateway)

    @property
    def gateways(self) -> dict[str, FakeGateway]:
        return {"alipay": self.gateway}

    async def place(
        self, member_id: UUID, lines: Sequence[tuple[UUID, int]], **command: Any
    ) -> orders.PlacedOrder:
        """Place the order and ask the gateway for a payment."""
        async with unit_of_work(self.sessions) as session:
            placed = await place(session, member_id, lines, **command)
        await self.start(placed)
        return placed

    async def start(self, placed: orders.PlacedOrder) -> None:
        """Ask the gateway for a payment of an order that was just placed."""
        await payments.start_attempt(
            self.sessions, self.gateways, orders.PAYMENT_OWNER, placed.plan, terms=TERMS
        )

    async def pay(self, placed: orders.PlacedOrder) -> str:
        """Somebody pays at the gateway, which tells us; the outcome."""
        assert placed.plan.attempt is not None
        payment = self.gateway.pay(placed.plan.attempt.out_trade_no)
        headers, body = self.gateway.notice(payment)
        reply = await payments.receive_notice(
            self.sessions,
            self.gateways,
            orders.PAYMENT_OWNER,
            "alipay",
            headers,
            body,
            at=clock.now(),
            terms=TERMS,
        )
        return reply.outcome

    async def cancel(
        self, placed: orders.PlacedOrder, actor: Actor | None, reason: str = "changed my mind"
    ) -> None:
        await orders.cancel_order(
            self.sessions, self.gateways, placed.id, actor=actor, reason=reason, terms=TERMS
        )

    async def expire(self) -> int:
        return await orders.expire(self.sessions, self.gateways, limit=10, terms=TERMS)

    async def push_refunds(self) -> None:
        await payments.push_refunds(
            self.sessions, self.gateways, orders.PAYMENT_OWNER, limit=10, terms=TERMS
        )

    async def axes(self, placed: orders.PlacedOrder) -> tuple[str, str, str]:
        async with unit_of_work(self.sessions) as session:
            return await axes(session, placed.id)

    async def world(self) -> dict[str, set[tuple[Any, ...]]]:
        async with unit_of_work(self.sessions) as session:
            return await world(session)


async def fill_purse(sessions: Sessions, member_id: UUID) -> tuple[TenderRequest, ...]:
    """Give a member a gift card of 30.00, 500 points and 7.00; tenders that use them all."""
    async with unit_of_work(sessions) as session:
        card = await make_gift_card(session, 3_000)
        await give_points(session, member_id, 300)
        await give_points(session, member_id, 200)
        await give_balance(session, member_id, 700)
    by_card = TenderRequest(kind=TenderKind.GIFT_CARD, code=card.code)
    return (by_card, POINTS_TENDER, BALANCE_TENDER, GATEWAY)


__all__ = ["OrderCounter", "fill_purse", "shopper"]
