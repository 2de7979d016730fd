"""Orders that are paid by hand, and the people who take the money."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app.core.actor import Actor
from app.core.db import unit_of_work
from app.core.enums.ledger import AccountKind
from app.core.enums.payments import TenderKind
from app.services import ledger, payments
from app.services.payments import PlanView, TenderRequest
from tests.factories.payments import TERMS, Counter, staff

CASH = TenderRequest(kind=TenderKind.CASH_ON_DELIVERY)
TRANSFER = TenderRequest(kind=TenderKind.BANK_TRANSFER)
DRIVER, CASHIER = staff(), staff()


def by_hand(counter: Counter) -> Counter:
    """The counter, with both ways to pay by hand."""
    patience = {TenderKind.CASH_ON_DELIVERY: 86_400, TenderKind.BANK_TRANSFER: 86_400}
    counter.terms = replace(TERMS, patience_seconds=patience)
    return counter


async def collect(
    counter: Counter,
    plan: PlanView,
    amount_minor: int,
    reference: str = "r-1",
    actor: Actor = DRIVER,
) -> Row[Any]:
    command = payments.RecordCollection(
        plan_id=plan.id, amount_minor=amount_minor, reference=reference
    )
    async with unit_of_work(counter.sessions) as session:
        return await payments.record_collection(session, command, actor=actor, owner=counter.orders)


async def confirm(counter: Counter, row: Row[Any], actor: Actor = CASHIER) -> Row[Any]:
    async with unit_of_work(counter.sessions) as session:
        return await payments.confirm_collection(
            session, row.id, version=row.version, actor=actor, owner=counter.orders
        )


async def reject(counter: Counter, row: Row[Any], actor: Actor = CASHIER) -> Row[Any]:
    async with unit_of_work(counter.sessions) as session:
        return await payments.reject_collection(
            session,
            row.id,
            version=row.version,
            reason="not there",
            actor=actor,
            owner=counter.orders,
        )


async def send_back(counter: Counter, row: Row[Any], actor: Actor = DRIVER) -> Row[Any]:
    async with unit_of_work(counter.sessions) as session:
        return await payments.return_collection(
            session,
            row.id,
            version=row.version,
            reference="back-1",
            actor=actor,
            owner=counter.orders,
        )


async def balances_of(counter: Counter, order_id: UUID) -> dict[str, int]:
    """What bank, way, suspense and prepaid hold, where not nothing."""
    accounts = {
        "cash": ledger.Account(AccountKind.BANK, "cash", currency="CNY"),
        "transfers": ledger.Account(AccountKind.BANK, "transfers", currency="CNY"),
        "refunds": ledger.Account(AccountKind.BANK, "refunds", currency="CNY"),
        "way": ledger.Account(AccountKind.GATEWAY_CLEARING, "cash_on_delivery", currency="CNY"),
        "suspense": ledger.Account(AccountKind.SUSPENSE, "bank_transfer", currency="CNY"),
        "prepaid": ledger.Account(AccountKind.ORDER_PREPAID, order_id, currency="CNY"),
        "payable": ledger.Account(AccountKind.REFUND_PAYABLE, order_id, currency="CNY"),
    }
    async with unit_of_work(counter.sessions) as session:
        found = await ledger.balances(session, accounts.values())
    return {name: found[account] for name, account in accounts.items() if found[account]}
