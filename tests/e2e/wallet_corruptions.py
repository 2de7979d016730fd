"""Balances that were paid in and out, and what could go wrong with them."""

from uuid import UUID

from app.core.db import unit_of_work
from app.services import payments
from tests.factories.members import make_member
from tests.factories.payments import give_balance, staff

WALLET_CORRUPTIONS = [
    (
        "UPDATE withdrawals SET amount_minor = amount_minor + 1 WHERE state = 'paid'",
        "a withdrawal was held once",
    ),
    (
        "UPDATE withdrawals SET state = 'approved' WHERE state = 'cancelled'",
        "a withdrawal was held once",
    ),
    (
        "UPDATE withdrawals SET state = 'rejected' WHERE state = 'requested'",
        "held money equals",
    ),
    (
        "UPDATE withdrawals SET approved_by = NULL WHERE state = 'paid'",
        "names who approved and who paid it",
    ),
    (
        "UPDATE top_ups SET pay_minor = pay_minor + 1 WHERE state = 'awaiting'",
        "by a plan of its own",
    ),
    ("UPDATE top_ups SET state = 'closed' WHERE state = 'awaiting'", "by a plan of its own"),
    ("UPDATE top_ups SET state = 'awaiting' WHERE state = 'paid'", "by a plan of its own"),
    (
        "UPDATE top_ups SET bonus_minor = bonus_minor + 1 WHERE state = 'paid'",
        "a top-up and its bonus came once",
    ),
    ("UPDATE top_ups SET state = 'paid' WHERE state = 'refunded'", "left the balance or is owed"),
    ("UPDATE top_ups SET state = 'refunded' WHERE state = 'paid'", "left the balance or is owed"),
    (
        """UPDATE refunds SET amount_minor = amount_minor - 1
        WHERE order_id IN (SELECT id FROM top_ups)""",
        "left the balance or is owed",
    ),
    (
        """UPDATE top_ups SET bonus_minor = bonus_minor + 1 WHERE state = 'refunded'""",
        "left the balance or is owed",
    ),
    (
        "UPDATE ledger_accounts SET kind = 'balance_debt' WHERE kind = 'revenue'",
        "more of a balance's debt",
    ),
    ("UPDATE package_uses SET used = used + 1", "as often as is counted"),
]


async def withdraw(lin):
    """One that was paid out, one that waits, one that was given up, of somebody else."""
    async with unit_of_work(lin.sessions) as session:
        member_id = (await make_member(session)).id
        await give_balance(session, member_id, 900)
        paid, _, cancelled = [
            await payments.withdrawals.ask_withdrawal(
                session,
                member_id,
                payments.withdrawals.AskWithdrawal(
                    currency="CNY", amount_minor=amount, payee="Lin", account="6222000000001234"
                ),
                terms=lin.terms,
            )
            for amount in (100, 200, 300)
        ]
        await payments.withdrawals.cancel_withdrawal(session, cancelled.id, member_id)
        await payments.withdrawals.approve_withdrawal(session, paid.id, version=1, actor=staff())
        await payments.withdrawals.pay_withdrawal(
            session, paid.id, version=2, reference="T1", actor=staff(), terms=lin.terms
        )


async def top_up(lin):
    """Over the sandbox: one that is paid, one that is given back, one given up, one that waits."""
    async with unit_of_work(lin.sessions) as session:
        terms = payments.recharge_packages.PackageTerms(
            name="100+20", currency="CNY", pay_minor=10_000, bonus_minor=2_000, per_member=3
        )
        package = await payments.recharge_packages.create_package(session, terms, actor=staff())
    body = {"package_id": str(package.id), "channel": "sandbox"}
    _, returned, given_up, _ = begun = [
        await lin.ask("POST", "/me/top-ups", each, status=201)
        for each in (body, body, body, {"amount_minor": 500, "channel": "sandbox"})
    ]
    for each in begun[:2]:
        await lin.at_the_sandbox(each["payment"])
        assert (await lin.ask("GET", f"/me/top-ups/{each['id']}"))["state"] == "paid"
    async with unit_of_work(lin.sessions) as session:
        top_up_id = UUID(returned["id"])
        await payments.top_ups.refund_top_up(session, top_up_id, reason="Asked", actor=staff())
    closed = await lin.ask("POST", f"/me/top-ups/{given_up['id']}/cancel")
    assert closed["state"] == "closed"
