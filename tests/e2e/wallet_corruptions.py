"""Balances that were paid in and out, and what could go wrong with them."""

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
]


async def withdraw(lin):
    """One that was paid out, one that waits, one that was given up, of somebody else."""
    async with unit_of_work(lin.sessions) as session:
        member_id = (await make_member(session)).id
        await give_balance(session, member_id, 900)
        paid, _, cancelled = [
            await payments.ask_withdrawal(
                session,
                member_id,
                payments.AskWithdrawal(
                    currency="CNY", amount_minor=amount, payee="Lin", account="6222000000001234"
                ),
                terms=lin.terms,
            )
            for amount in (100, 200, 300)
        ]
        await payments.cancel_withdrawal(session, cancelled.id, member_id)
        await payments.approve_withdrawal(session, paid.id, version=1, actor=staff())
        await payments.pay_withdrawal(
            session, paid.id, version=2, reference="T1", actor=staff(), terms=lin.terms
        )
