"""What platform and suppliers pay of discounts (payments specification 3.2). Pure."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from app.core.enums.ledger import AccountKind
from app.services.finance.engine.recognition import Sponsored, tax_account
from app.services.ledger.engine import Account, Entry, Journal
from app.services.orders.engine.discounts import DiscountedUnits
from app.services.pricing.engine import TaxMode, tax_minor
from app.services.promotions.engine.funding import MERCHANT, shares_of


def sponsored(
    units: Iterable[DiscountedUnits], funding: Mapping[UUID, Mapping[str, int]]
) -> tuple[Sponsored, ...]:
    """What each funder but the merchant pays of each unit, by the shares promotions state.

    It is part of the price the merchant gets, so tax of the line's rate is in it.
    """
    found: list[Sponsored] = []
    for run in units:
        shares: dict[str, int] = {}
        for promotion_id, amount in run.discounts:
            for funder, part in shares_of(amount, funding.get(promotion_id, {})).items():
                shares[funder] = shares.get(funder, 0) + part
        line_id, first, quantity = run.span
        for funder, amount in shares.items():
            if funder == MERCHANT or not amount or line_id is None:
                continue
            tax = tax_minor(amount, run.tax_rate_bps, TaxMode.INCLUSIVE)
            found += [
                Sponsored(line_id, place, funder, amount, tax, run.tax_rate_bps)
                for place in range(first, first + quantity)
            ]
    return tuple(found)


def booked(
    units: Iterable[Sponsored], *, order_id: UUID, member_id: UUID, currency: str
) -> Journal:
    """Funders owe their part; with what the shopper pays it is the price of the goods."""
    owed = _by_funder(units)
    entries = [Entry(receivable(funder, currency), minor) for funder, minor in owed.items()]
    prepaid = Account(AccountKind.ORDER_PREPAID, order_id, currency=currency)
    entries.append(Entry(prepaid, -sum(owed.values())))
    return Journal(
        key=f"sponsored:{order_id}",
        kind="sponsored",
        entries=tuple(entries),
        order_id=order_id,
        member_id=member_id,
    )


def given_back(
    units: Iterable[tuple[Sponsored, bool]],
    *,
    order_id: UUID,
    member_id: UUID,
    currency: str,
    number: str,
) -> Journal:
    """Of units that came back nobody owes anything; those said to be earned were revenue."""
    debits: dict[Account, int] = {}

    def debit(account: Account, minor: int) -> None:
        debits[account] = debits.get(account, 0) + minor

    gone = list(units)
    for unit, is_earned in gone:
        if is_earned:
            returns = Account(AccountKind.SALES_RETURNS, currency=currency)
            debit(returns, unit.amount_minor - unit.tax_minor)
            debit(tax_account(unit.tax_rate_bps, currency), unit.tax_minor)
        else:
            prepaid = Account(AccountKind.ORDER_PREPAID, order_id, currency=currency)
            debit(prepaid, unit.amount_minor)
    owed = _by_funder(unit for unit, _ in gone)
    entries = [Entry(account, minor) for account, minor in debits.items() if minor]
    entries += [Entry(receivable(funder, currency), -minor) for funder, minor in owed.items()]
    return Journal(
        key=f"sponsored_back:{number}",
        kind="sponsored_back",
        entries=tuple(entries),
        order_id=order_id,
        member_id=member_id,
    )


def receivable(funder: str, currency: str) -> Account:
    return Account(AccountKind.COUPON_RECEIVABLE, funder, currency=currency)


def _by_funder(units: Iterable[Sponsored]) -> dict[str, int]:
    owed: dict[str, int] = {}
    for each in units:
        owed[each.funder] = owed.get(each.funder, 0) + each.amount_minor
    return owed
