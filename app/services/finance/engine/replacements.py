"""What goods cost that were sent in place of others. Pure."""

from uuid import UUID

from app.core.enums.ledger import AccountKind
from app.services.ledger.engine import Account, Entry, Journal

REPLACEMENTS = "replacements"


def sent_again(
    minor: int, *, order_id: UUID, member_id: UUID, currency: str, reference: str
) -> Journal | None:
    """The parcel `reference` holds replacements that cost `minor`; None where nobody knows."""
    return _journal("replacement_cost", minor, order_id, member_id, currency, reference)


def came_back(
    minor: int, *, order_id: UUID, member_id: UUID, currency: str, reference: str
) -> Journal | None:
    """Goods worth `minor` can be sold again, by a parcel or a return: those cost nothing."""
    return _journal("replacement_back", -minor, order_id, member_id, currency, reference)


def _journal(
    kind: str, minor: int, order_id: UUID, member_id: UUID, currency: str, reference: str
) -> Journal | None:
    if not minor:
        return None
    cost = Account(AccountKind.AFTER_SALES_COST, REPLACEMENTS, currency=currency)
    clearing = Account(AccountKind.GOODS_CLEARING, currency=currency)
    return Journal(
        key=f"{kind}:{reference}",
        kind=kind,
        entries=(Entry(cost, minor), Entry(clearing, -minor)),
        order_id=order_id,
        member_id=member_id,
    )
