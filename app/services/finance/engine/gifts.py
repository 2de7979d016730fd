"""What is given for nothing costs the shop, when they leave and when they come back. Pure."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from app.core.enums.ledger import AccountKind
from app.services.ledger.engine import Account, Entry, Journal
from app.services.orders.engine.gifts import GivenLine
from app.services.payments.engine.attribution import Span


def cost_of(gifts: Iterable[GivenLine], spans: Iterable[Span]) -> dict[UUID, int]:
    """What the gifts among `spans` cost, by who gave them; nothing where unknown."""
    known = {each.line_id: each for each in gifts if each.unit_cost_minor}
    costs: dict[UUID, int] = {}
    for line_id, _, quantity in spans:
        if line_id is not None and (gift := known.get(line_id)) is not None:
            minor = (gift.unit_cost_minor or 0) * quantity
            costs[gift.giver_id] = costs.get(gift.giver_id, 0) + minor
    return costs


def given(
    costs: Mapping[UUID, int], *, order_id: UUID, member_id: UUID, currency: str, reference: str
) -> Journal | None:
    """Goods that left for nothing cost whoever gave them; None when nothing does."""
    if not costs:
        return None
    return Journal(
        key=f"gift_cost:{reference}",
        kind="gift_cost",
        entries=_entries(costs, currency),
        order_id=order_id,
        member_id=member_id,
    )


def given_back(
    costs: Mapping[UUID, int], *, order_id: UUID, member_id: UUID, currency: str, number: str
) -> Journal | None:
    """Gifts that came back with a refund cost nothing; None when there are none."""
    if not costs:
        return None
    return Journal(
        key=f"gift_cost_back:{number}",
        kind="gift_cost_back",
        entries=_entries({each: -minor for each, minor in costs.items()}, currency),
        order_id=order_id,
        member_id=member_id,
    )


def _entries(costs: Mapping[UUID, int], currency: str) -> tuple[Entry, ...]:
    borne = [
        Entry(Account(AccountKind.GIFT_COST, giver_id, currency=currency), minor)
        for giver_id, minor in sorted(costs.items())
    ]
    clearing = Account(AccountKind.GOODS_CLEARING, currency=currency)
    return (*borne, Entry(clearing, -sum(costs.values())))
