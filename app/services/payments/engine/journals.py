"""Journal templates (payments specification 3.2). Keys are natural: one fact, one journal."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from app.core.enums.ledger import AccountKind
from app.core.enums.payments import TenderKind
from app.services.ledger.engine import (
    AVAILABLE,
    HELD,
    POINTS,
    Account,
    Entry,
    Journal,
    transfer,
)
from app.services.payments.engine.types import Plan, Tender

_KINDS = {
    TenderKind.GIFT_CARD: AccountKind.GIFT_CARD,
    TenderKind.POINTS: AccountKind.POINTS_LIABILITY,
    TenderKind.BALANCE: AccountKind.BALANCE,
}
OUTSTANDING = Account(AccountKind.POINTS_AWARD_COST, currency=POINTS)
"""Counterpart of every points quantity: what members hold together."""


def gift_card(card_id: UUID, purpose: str, currency: str) -> Account:
    return Account(AccountKind.GIFT_CARD, card_id, purpose, currency)


def points(member_id: UUID, purpose: str, currency: str) -> Account:
    return Account(AccountKind.POINTS_LIABILITY, member_id, purpose, currency)


def balance(member_id: UUID, purpose: str, currency: str) -> Account:
    return Account(AccountKind.BALANCE, member_id, purpose, currency)


def clearing(channel: str, currency: str) -> Account:
    return Account(AccountKind.GATEWAY_CLEARING, channel, currency=currency)


def suspense(channel: str, currency: str) -> Account:
    return Account(AccountKind.SUSPENSE, channel, currency=currency)


def prepaid(plan: Plan) -> Account:
    return Account(AccountKind.ORDER_PREPAID, plan.order_id, currency=plan.currency)


def refund_payable(order_id: UUID, currency: str) -> Account:
    return Account(AccountKind.REFUND_PAYABLE, order_id, currency=currency)


def own_account(plan: Plan, tender: Tender, purpose: str) -> Account:
    """The customer's account an internal tender draws on."""
    owner = tender.gift_card_id if tender.kind is TenderKind.GIFT_CARD else plan.member_id
    return Account(_KINDS[tender.kind], owner, purpose, plan.currency)


def hold(plan: Plan) -> Journal | None:
    """Available to held for all internal tenders, in one journal; None without any."""
    return _between(plan, f"hold:{plan.id}", "hold", (AVAILABLE, HELD))


def release(plan: Plan) -> Journal | None:
    return _between(plan, f"release:{plan.id}", "release", (HELD, AVAILABLE))


def lessen(plan: Plan, less: Sequence[tuple[Tender, int, int]], reference: str) -> Journal | None:
    """Held to available of what internal tenders pay less: minor units, and points of them."""
    entries: list[Entry] = []
    for tender, minor, quantity in less:
        held, free = (own_account(plan, tender, side) for side in (HELD, AVAILABLE))
        entries += transfer(held, free, minor)
        if quantity:
            held, free = (points(plan.member_id, side, POINTS) for side in (HELD, AVAILABLE))
            entries += transfer(held, free, quantity)
    key = f"lessen:{plan.id}:{reference}"
    return plan_journal(plan, key, "release", entries) if entries else None


def capture(plan: Plan, received: Account | None) -> Journal:
    """Everything held, and what was `received` from outside, becomes the order's prepaid money.

    An order that costs nothing gets a journal without entries.
    """
    entries: list[Entry] = []
    if plan.outside is not None and received is not None:
        entries.append(Entry(received, plan.outside.amount_minor))
    entries += [
        Entry(own_account(plan, tender, HELD), tender.amount_minor) for tender in plan.internal
    ]
    for quantity in _quantities(plan.internal):
        entries += transfer(points(plan.member_id, HELD, POINTS), OUTSTANDING, quantity)
    if plan.payable_minor:
        entries.append(Entry(prepaid(plan), -plan.payable_minor))
    kind = "capture" if plan.payable_minor else "nothing_due"
    return plan_journal(plan, f"capture:{plan.id}", kind, entries)


def kept_apart(plan: Plan, channel: str, transaction_id: str, amount: tuple[int, str]) -> Journal:
    """Money that pays nothing here: `amount` is minor units and their currency."""
    minor, currency = amount
    entries = transfer(clearing(channel, currency), suspense(channel, currency), minor)
    return plan_journal(plan, f"suspense:{channel}:{transaction_id}", "suspense", entries)


def given_back(plan: Plan, channel: str, transaction_id: str, amount: tuple[int, str]) -> Journal:
    minor, currency = amount
    key = f"suspense:{channel}:{transaction_id}"
    return Journal(
        key=f"return:{channel}:{transaction_id}",
        kind="suspense_return",
        entries=transfer(suspense(channel, currency), clearing(channel, currency), minor),
        order_id=plan.order_id,
        member_id=plan.member_id,
        reverses_key=key,
    )


def _between(plan: Plan, key: str, kind: str, sides: tuple[str, str]) -> Journal | None:
    source, target = sides
    entries: list[Entry] = []
    for tender in plan.internal:
        entries += transfer(
            own_account(plan, tender, source),
            own_account(plan, tender, target),
            tender.amount_minor,
        )
    for quantity in _quantities(plan.internal):
        entries += transfer(
            points(plan.member_id, source, POINTS), points(plan.member_id, target, POINTS), quantity
        )
    return plan_journal(plan, key, kind, entries) if entries else None


def _quantities(tenders: Iterable[Tender]) -> list[int]:
    return [tender.points for tender in tenders if tender.points]


def plan_journal(
    plan: Plan, key: str, kind: str, entries: Iterable[Entry], reason: str | None = None
) -> Journal:
    """A journal about what a plan pays for and its member."""
    return Journal(
        key=key,
        kind=kind,
        entries=tuple(entries),
        order_id=plan.order_id,
        member_id=plan.member_id,
        reason=reason,
    )
