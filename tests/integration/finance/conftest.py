"""An order to ship, give back and invoice; people of finance and a gateway."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.adapters.resources import Resources
from app.core.db import Sessions, unit_of_work
from app.core.enums.payments import RefundKind, RefundReason
from app.core.enums.scopes import Scope
from app.core.ids import random_code
from app.core.settings import Settings
from app.repositories.reports.books_invariants import BOOKS
from app.repositories.reports.money_invariants import LEDGER, PAYMENTS
from app.repositories.reports.refund_invariants import REFUNDS
from app.services import finance, ledger, orders, payments
from app.services.finance import Recognise
from app.services.payments import Span
from app.services.payments.engine.refunding import Take
from app.services.payments.refund import NewRefund, record_refund
from app.services.payments.refund_standing import locked_standing
from tests.app import Outbox
from tests.factories.counters import OrderCounter
from tests.factories.payments import staff
from tests.factories.shop import Shop, make_shop
from tests.factories.staff import bearer, make_staff
from tests.fakes.gateway import FakeGateway

ALL = [Scope.FINANCE_READ, Scope.FINANCE_WRITE, Scope.FINANCE_CLOSE]


@dataclass
class Bought:
    """Two pieces at 100.00 and three at 50.00 with 13 % tax in them, and 10.00 of shipping."""

    sessions: Sessions
    counter: OrderCounter
    order_id: UUID
    lines: list[UUID]
    payable: int
    numbers: list[str] = field(default_factory=list)

    async def ship(self, reference: str, *quantities: int, **more: Any) -> Any:
        wanted = dict(zip(self.lines, quantities, strict=False)) if quantities else None
        async with unit_of_work(self.sessions) as session:
            command = Recognise(order_id=self.order_id, reference=reference, units=wanted, **more)
            return await finance.recognise(session, command)

    async def parcel(self, number: str, *quantities: int) -> Any:
        """A parcel of so many pieces by line leaves: what is booked of it."""
        payload = {
            "order_id": str(self.order_id),
            "shipment_number": number,
            "line_ids": [str(each) for each in self.lines[: len(quantities)]],
            "quantities": quantities,
        }
        async with unit_of_work(self.sessions) as session:
            await finance.recognise_shipment(session, payload)
            return (await finance.list_recognitions(session, self.order_id))[-1]

    async def refund(self, line: int, place: int, minor: int, *, returns: bool = True) -> None:
        """Give back a part or all of a unit, or money for the shipping fee with `line` -1."""
        number = random_code(10)
        span = Span(self.lines[line], place, 1) if line >= 0 else payments.SHIPPING
        async with unit_of_work(self.sessions) as session:
            owner = orders.PAYMENT_OWNER
            found = await locked_standing(session, self.order_id, owner=owner)
            command = NewRefund(
                kind=RefundKind.UNITS if returns else RefundKind.AMOUNT,
                reason_code=RefundReason.OTHER,
                reason="No",
                takes=(Take(((span,),), minor),),
                units=(span,) if returns else (),
                number=number,
            )
            await record_refund(session, found, command, owner=owner, actor=None)
        await self.counter.push_refunds()
        payload = {"order_id": str(self.order_id), "number": number}
        for _ in range(2):
            async with unit_of_work(self.sessions) as session:
                await finance.give_back_sponsored(session, payload)
                await finance.follow_refund(session, payload)
                await finance.take_back_gifts(session, payload)

    async def ask(self, span: Span) -> payments.RefundView:
        """Ask for units back, for a second person to decide about."""
        owner = orders.PAYMENT_OWNER
        async with unit_of_work(self.sessions) as session:
            found = await locked_standing(session, self.order_id, owner=owner)
            command = NewRefund(
                kind=RefundKind.UNITS,
                reason_code=RefundReason.OTHER,
                reason="No",
                takes=(Take(((span,),)),),
                units=(span,),
                waits=True,
            )
            return await record_refund(session, found, command, owner=owner, actor=None)

    async def decide(self, refund: payments.RefundView, *, is_agreed: bool) -> None:
        """A second person agrees to what was asked for, or does not."""
        owner, version = orders.PAYMENT_OWNER, refund.version
        who: dict[str, Any] = {"version": version, "actor": staff(), "owner": owner}
        async with unit_of_work(self.sessions) as session:
            if is_agreed:
                await payments.approve_refund(session, refund.id, **who)
            else:
                await payments.reject_refund(session, refund.id, reason="No", **who)
        await self.counter.push_refunds()

    async def books(self) -> dict[str, int]:
        """What the control accounts of selling hold, after every invariant was checked."""
        async with unit_of_work(self.sessions) as session:
            connection = await session.connection()
            for rule in (*LEDGER, *PAYMENTS, *BOOKS, *REFUNDS):
                if rule.name == "positions go on":  # says nothing of one's own transaction
                    continue
                rows = (await connection.exec_driver_sql(rule.sql)).all()
                assert not rows, (rule.name, rows)
            trial = await ledger.trial_balance(session)
        wanted = ("order_prepaid", "revenue", "tax_payable", "sales_returns", "coupon_receivable")
        return {
            line.control: line.balance_minor
            for line in trial
            if line.kind in wanted and line.balance_minor
        }


@pytest.fixture
async def shop(session: AsyncSession) -> Shop:
    return await make_shop(session)


async def buy(sessions: Sessions, session: AsyncSession, shop: Shop) -> Bought:
    await session.commit()
    counter = OrderCounter(sessions)
    placed = await counter.place(shop.member.id, [(shop.sku_ids[0], 2), (shop.sku_ids[2], 3)])
    assert await counter.pay(placed) == "paid"
    lines = await session.scalars(
        text("SELECT id FROM order_lines WHERE order_id = :id ORDER BY position"),
        {"id": placed.id},
    )
    payload = {"order_id": str(placed.id), "member_id": str(shop.member.id)}
    for _ in range(2):
        async with unit_of_work(sessions) as other:
            await finance.sponsor_paid(other, payload)
    return Bought(sessions, counter, placed.id, list(lines), placed.payable_minor)


@pytest.fixture
async def bought(sessions: Sessions, session: AsyncSession, shop: Shop) -> Bought:
    return await buy(sessions, session, shop)


@pytest.fixture
def resources(
    settings: Settings, sessions: Sessions, messages: Outbox, gateway: FakeGateway
) -> Resources:
    return Resources(
        settings=settings,
        sessions=sessions,
        readers=sessions,
        messages=messages,
        gateways={"sandbox": gateway},
    )


@pytest.fixture
def gateway() -> FakeGateway:
    return FakeGateway()


@pytest.fixture
async def clerk(session: AsyncSession) -> dict[str, str]:
    return await bearer(session, await make_staff(session, scopes=ALL))


@pytest.fixture
async def other(session: AsyncSession) -> dict[str, str]:
    return await bearer(session, await make_staff(session, scopes=ALL))
