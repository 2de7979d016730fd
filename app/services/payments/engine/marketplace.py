"""Money buyers pay at a marketplace: it owes us that, less what it gives back. Pure."""

from app.core.enums.ledger import AccountKind
from app.core.enums.payments import TenderKind
from app.services.ledger.engine import Account, Journal, transfer
from app.services.payments.engine.journals import plan_journal, refund_payable
from app.services.payments.engine.types import Plan, Tender


def receivable(tender: Tender, currency: str) -> Account:
    """What the marketplace of a sales channel owes us."""
    return Account(AccountKind.MARKETPLACE_RECEIVABLE, tender.channel, currency=currency)


def receivable_of(plan: Plan) -> Account | None:
    """Where the money of a plan is that was paid at a marketplace; None for any other."""
    tender = plan.outside
    if tender is None or tender.kind is not TenderKind.MARKETPLACE:
        return None
    return receivable(tender, plan.currency)


def owed_less(plan: Plan, tender: Tender, number: str, amount_minor: int) -> Journal:
    """The marketplace gives the buyer back what refund `number` decided, out of what it owes us."""
    entries = transfer(
        refund_payable(plan.order_id, plan.currency),
        receivable(tender, plan.currency),
        amount_minor,
    )
    return plan_journal(plan, f"mprefund:{number}", "refund_marketplace", entries)
