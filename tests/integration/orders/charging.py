"""Charges of orders over HTTP, and what follows from them, in few words."""

from datetime import UTC, datetime

from sqlalchemy import text

from app.core.settings import WorkerSettings
from app.repositories.reports.audit import AuditRepository
from app.services import payments
from app.services.orders import PLAN_OWNER
from app.services.reports.audit import INVARIANTS
from app.worker.dispatch import deliver_all
from tests.factories.payments import TERMS
from tests.integration.orders.refunding import BY_BALANCE, ok

FREIGHT = {"kind": "freight", "amount_minor": 1_060, "tax_rate_bps": 600, "reason": "farther"}
LATER = datetime(2030, 1, 1, tzinfo=UTC)
ELSEWHERE = "positions go on"
"""What tests in one transaction share with all others."""


async def ask(clerk, order, **more):
    answer = await clerk.post(f"/admin/orders/{order['id']}/charges", FREIGHT | more)
    return await ok(answer, 201)


def path(charge, what=""):
    return f"/orders/{charge['order_id']}/charges/{charge['id']}{what}"


async def pay(lin, charge, tenders=None, *, key=None):
    body = {"tenders": tenders or BY_BALANCE}
    return await lin.post(path(charge, "/pay"), body, key=key)


async def follow(sessions):
    """What others hear of is heard."""
    while await deliver_all(sessions, WorkerSettings()):
        pass


async def told(sessions, gateway, number, **facts):
    """The gateway takes the money and says so."""
    headers, body = gateway.notice(gateway.pay(number, **facts))
    return await payments.receive_notice(
        sessions,
        {"alipay": gateway},
        PLAN_OWNER,
        "alipay",
        headers,
        body,
        at=datetime.now(UTC),
        terms=TERMS,
    )


async def charge_of(lin, charge):
    found = await ok(await lin.get(f"/orders/{charge['order_id']}/charges"))
    return next(each for each in found["items"] if each["id"] == charge["id"])


async def holds(session, order):
    return await session.scalar(
        text(
            "SELECT count(*) FROM order_holds"
            " WHERE order_id = :id AND kind = 'change' AND lifted_at IS NULL"
        ),
        {"id": order["id"]},
    )


async def number_of(session, charge):
    """Our number of its latest attempt at the gateway."""
    return await session.scalar(
        text(
            "SELECT a.out_trade_no FROM payment_attempts a JOIN payment_plans p ON p.id = a.plan_id"
            " WHERE p.order_id = :id ORDER BY a.id DESC LIMIT 1"
        ),
        {"id": charge["id"]},
    )


async def require_sound(session):
    """Every invariant holds."""
    broken = {}
    for each in INVARIANTS:
        if each.name != ELSEWHERE and (rows := await AuditRepository(session).breaches(each)):
            broken[each.name] = rows
    assert not broken, broken
