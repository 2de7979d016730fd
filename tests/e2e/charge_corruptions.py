"""Orders that were asked for more, and what could go wrong with the rows of that."""

from uuid import UUID

from app.core.db import unit_of_work
from app.core.enums.orders import ChargeKind
from app.core.settings import CheckoutSettings
from app.services import finance, orders, payments
from tests.e2e.conftest import BY_SANDBOX
from tests.factories.orders import shopper
from tests.factories.payments import give_balance, staff
from tests.integration.orders.sending import send

_PAID = "state = 'paid' AND change IS NOT NULL"
_FALLEN_CHARGES = (
    "(SELECT g.id FROM order_charges g JOIN orders o ON o.id = g.order_id"
    " WHERE o.state = 'cancelled')"
)

CHARGE_CORRUPTIONS = [
    ("UPDATE order_charges SET state = 'awaiting' WHERE state = 'due'", "as far as its payment"),
    (f"UPDATE order_charges SET state = 'closed' WHERE {_PAID}", "as far as its payment"),
    ("UPDATE order_charges SET amount_minor = amount_minor + 1", "pays what it asks"),
    (
        "UPDATE order_holds SET lifted_at = now() WHERE kind = 'change'",
        "a charge holds its order",
    ),
    ("UPDATE order_charges SET settled_at = now() WHERE state = 'due'", "a charge holds its order"),
    (
        f"UPDATE payment_plans SET state = 'paid' WHERE order_id IN {_FALLEN_CHARGES}",
        "a charge of a cancelled order",
    ),
    ("UPDATE order_changes SET charge_id = NULL WHERE charge_id IS NOT NULL", "in the history"),
    (f"UPDATE order_charges SET state = 'due' WHERE {_PAID}", "in the history"),
    (
        "UPDATE order_charges SET earned_minor = NULL WHERE earned_minor > 0",
        "what a charge earned",
    ),
    ("UPDATE order_charges SET kind = 'goods'", "what a charge earned"),
]


async def charge(lin):
    """One order charged for a change and sent, one that is asked for more, and one that fell."""
    async with unit_of_work(lin.sessions) as session:
        await give_balance(session, lin.shop.member.id, 100_000)
    sent, asked, fallen = [await _bought(lin) for _ in range(3)]
    note = {"after": {"note": "dearer"}, "is_by_staff": True}
    await _pay(lin, await _ask(lin, sent, change=note))
    async with unit_of_work(lin.sessions) as session:
        await send(session, sent)
    async with unit_of_work(lin.sessions) as session:
        await finance.recognise_shipment(session, await _parcel(session, sent))
        await finance.recognise_charges(session, {"order_id": str(sent)})
    await _ask(lin, asked)
    await _pay(lin, await _ask(lin, fallen))
    async with unit_of_work(lin.sessions) as session:
        await orders.begin_cancel(session, fallen, actor=staff(), reason="No")
    async with unit_of_work(lin.sessions) as session:
        await orders.charges.follow_cancelled(session, {"order_id": str(fallen)})


async def _bought(lin):
    placed = await lin.order(await lin.fill((0, 1)), BY_SANDBOX)
    await lin.at_the_sandbox(placed["payment"])
    return UUID(placed["id"])


async def _parcel(session, order_id):
    (parcel,) = await orders.shipping.sent(session, order_id)
    return {
        "order_id": str(order_id),
        "shipment_number": parcel["number"],
        "line_ids": list(parcel["units"]),
        "quantities": list(parcel["units"].values()),
    }


async def _ask(lin, order_id, **more):
    new = orders.charges.NewCharge(
        order_id=order_id, kind=ChargeKind.FREIGHT, amount_minor=500, reason="farther", **more
    )
    async with unit_of_work(lin.sessions) as session:
        return (await orders.charges.ask_charge(session, new, actor=staff()))["id"]


async def _pay(lin, charge_id):
    async with unit_of_work(lin.sessions) as session:
        await orders.charges.pay_charge(
            session,
            charge_id,
            [payments.TenderRequest(kind="balance")],
            actor=shopper(lin.shop.member.id),
            limits=CheckoutSettings(),
            terms=lin.terms,
        )
    async with unit_of_work(lin.sessions) as session:
        await orders.changes.follow_charge(session, {"charge_id": str(charge_id)})
