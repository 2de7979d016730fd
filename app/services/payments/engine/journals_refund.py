"""Journal templates of refunds (payments specification 3.2)."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from app.core.enums.ledger import AccountKind
from app.core.enums.payments import FallbackKind
from app.services.ledger.engine import (
    AVAILABLE,
    POINTS,
    Account,
    Entry,
    Journal,
    transfer,
)
from app.services.payments.engine.journals import (
    OUTSTANDING,
    balance,
    clearing,
    gift_card,
    own_account,
    plan_journal,
    points,
    prepaid,
    refund_payable,
)
from app.services.payments.engine.own_money import RETURN_POSTAGE
from app.services.payments.engine.types import Plan, Tender


class Earned(NamedTuple):
    """What of a refund was revenue already: without tax, and tax by rate."""

    net_minor: int = 0
    taxes: tuple[tuple[int, int], ...] = ()

    @property
    def total_minor(self) -> int:
        return self.net_minor + sum(tax for _, tax in self.taxes)


POSTAGE = "postage"
"""Whose cost of after-sales it is: sending goods back."""


class GoesBack(NamedTuple):
    """What a tender of ours gives back; `card_id` is the card it goes to, if to one."""

    tender: Tender
    amount_minor: int
    points: int | None = None
    card_id: UUID | None = None


def refund_decided(
    plan: Plan, number: str, amount_minor: int, reason: str, earned: Earned
) -> Journal:
    """What is owed to the shopper now comes from what was prepaid, or from revenue and its tax."""
    currency = plan.currency
    debits = [
        (prepaid(plan), amount_minor - earned.total_minor),
        (Account(AccountKind.SALES_RETURNS, currency=currency), earned.net_minor),
        *(
            (Account(AccountKind.TAX_PAYABLE, str(rate), currency=currency), tax)
            for rate, tax in earned.taxes
        ),
    ]
    entries = [Entry(account, minor) for account, minor in debits if minor]
    entries.append(Entry(refund_payable(plan.order_id, currency), -amount_minor))
    return plan_journal(plan, f"refund:{number}", "refund", entries, reason)


def refund_internal(plan: Plan, number: str, back: Iterable[GoesBack]) -> Journal | None:
    """Ours goes to where it came from, points with their quantity; None without any."""
    payable = refund_payable(plan.order_id, plan.currency)
    entries: list[Entry] = []
    for each in back:
        target = (
            gift_card(each.card_id, AVAILABLE, plan.currency)
            if each.card_id is not None
            else own_account(plan, each.tender, AVAILABLE)
        )
        entries += transfer(payable, target, each.amount_minor)
        if each.points:
            entries += transfer(OUTSTANDING, points(plan.member_id, AVAILABLE, POINTS), each.points)
    if not entries:
        return None
    return plan_journal(plan, f"refund_int:{number}", "refund_internal", entries)


def refund_gateway(plan: Plan, channel: str, out_refund_no: str, amount_minor: int) -> Journal:
    payable = refund_payable(plan.order_id, plan.currency)
    entries = transfer(payable, clearing(channel, plan.currency), amount_minor)
    return plan_journal(plan, f"gwrefund:{out_refund_no}", "refund_gateway", entries)


def refund_fallback(
    plan: Plan, fallback: FallbackKind, out_refund_no: str, amount_minor: int
) -> Journal:
    """What the gateway cannot give back goes to the balance, or was sent by the bank."""
    payable = refund_payable(plan.order_id, plan.currency)
    if fallback is FallbackKind.BALANCE:
        target = balance(plan.member_id, AVAILABLE, plan.currency)
    else:
        target = Account(AccountKind.BANK, "refunds", currency=plan.currency)
    entries = transfer(payable, target, amount_minor)
    return plan_journal(plan, f"fallback:{out_refund_no}", "refund_fallback", entries)


def points_clawed_back(
    plan: Plan, number: str, *, taken: int, owed: int, withheld: int, point_value_minor: int
) -> Journal:
    """Points that are no longer earned go: from what there is, the rest becomes a debt.

    Those that are withheld cost their value of what is owed to the shopper; the points themselves
    have been spent, so nobody has fewer of them.
    """
    member_id, currency = plan.member_id, plan.currency
    cost = Account(AccountKind.POINTS_AWARD_COST, currency=currency)
    entries: list[Entry] = []
    for unit, target, each in ((currency, cost, point_value_minor), (POINTS, OUTSTANDING, 1)):
        if taken:
            entries += transfer(points(member_id, AVAILABLE, unit), target, taken * each)
        if owed:
            entries += transfer(points_debt(member_id, unit), target, owed * each)
    if withheld:
        payable = refund_payable(plan.order_id, currency)
        entries += transfer(payable, cost, withheld * point_value_minor)
    return plan_journal(plan, f"clawback:{number}", "points_clawed_back", entries)


def postage_given(plan: Plan, number: str, minor: int) -> Journal:
    """What a shopper laid out to send goods back is his again: own money, on his balance."""
    cost = Account(AccountKind.AFTER_SALES_COST, POSTAGE, currency=plan.currency)
    target = balance(plan.member_id, AVAILABLE, plan.currency)
    return plan_journal(plan, f"postage:{number}", RETURN_POSTAGE, transfer(cost, target, minor))


def postage_kept(plan: Plan, number: str, minor: int) -> Journal:
    """What sending back cost the shop and is the shopper's to pay stays of what he is owed."""
    payable = refund_payable(plan.order_id, plan.currency)
    cost = Account(AccountKind.AFTER_SALES_COST, POSTAGE, currency=plan.currency)
    entries = transfer(payable, cost, minor)
    return plan_journal(plan, f"postage:{number}", "return_postage_kept", entries)


def points_debt(member_id: UUID, unit: str) -> Account:
    """What a member owes in points; in money at their value, in `PTS` their quantity."""
    return Account(AccountKind.POINTS_DEBT, member_id, currency=unit)


def by_rate(taxes: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Amounts of tax summed by rate; rates without any are left out."""
    sums: dict[int, int] = {}
    for rate, tax in taxes:
        sums[rate] = sums.get(rate, 0) + tax
    return tuple((rate, tax) for rate, tax in sorted(sums.items()) if tax)
