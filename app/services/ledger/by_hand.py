"""Which accounts people may post to by hand. Pure.

Not those of customers and orders, and not those that hold what something else says to the cent:
clearing and suspense (statements and their corrections), what funders owe (their receipts), gifts.
"""

import re
from collections.abc import Mapping
from typing import Final

from app.core.enums.ledger import AccountKind
from app.services.ledger.engine import POINTS, Account

OWNERS: Final[Mapping[AccountKind, str]] = {
    AccountKind.BANK: r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}",
    AccountKind.MARKETPLACE_RECEIVABLE: r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}",
    AccountKind.GOODS_CLEARING: "",
    AccountKind.TAX_PAYABLE: r"0|[1-9][0-9]{0,3}",
    AccountKind.REVENUE: "goods|shipping",
    AccountKind.SALES_RETURNS: "",
    AccountKind.BREAKAGE_INCOME: "gift_cards|points",
    AccountKind.POINTS_AWARD_COST: "",
    AccountKind.GOODWILL_COST: "",
    AccountKind.GATEWAY_FEE: "",
}
"""Kinds that may be posted by hand, and how what comes after the kind looks."""


def account_by_hand(code: str, currency: str) -> Account | None:
    """The account of a code such as `bank:icbc`; None unless people may post to it."""
    kind, _, owner = code.partition(":")
    known = next((each for each in OWNERS if each == kind), None)
    if known is None or currency == POINTS or code == f"{kind}:":
        return None
    if not re.fullmatch(OWNERS[known], owner):
        return None
    return Account(known, owner or None, currency=currency)
