"""Journals of reconciliation (payments specification 3.2, 3.9). Pure."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from app.core.enums.ledger import AccountKind
from app.services.ledger.engine import Account, Entry, Journal, transfer


class Settled(NamedTuple):
    """What a gateway says it pays out in one currency: `gross_minor`, signed, less a fee."""

    currency: str
    gross_minor: int
    fee_minor: int


def settlement(
    channel: str, day: date, sums: Iterable[Settled], *, line: int | None = None
) -> Journal | None:
    """Bank and fee against clearing: one for a channel and day, or for one `line` of its file.

    None when nothing moves. Where more goes back than came in the bank is credited.
    """
    entries: list[Entry] = []
    for each in sums:
        currency = each.currency
        bank = Account(AccountKind.BANK, channel, currency=currency)
        fee = Account(AccountKind.GATEWAY_FEE, currency=currency)
        clearing = Account(AccountKind.GATEWAY_CLEARING, channel, currency=currency)
        amounts = (each.gross_minor - each.fee_minor, each.fee_minor, -each.gross_minor)
        entries += [
            Entry(account, minor)
            for account, minor in zip((bank, fee, clearing), amounts, strict=True)
            if minor
        ]
    if not entries:
        return None
    key = f"settlement:{channel}:{day}"
    return Journal(
        key=key if line is None else f"{key}:{line}", kind="settlement", entries=tuple(entries)
    )


def correction(
    case_id: object, channel: str, currency: str, difference_minor: int, reason: str
) -> Journal | None:
    """What the gateway has more than we (or less) goes to suspense, where people find it."""
    if not difference_minor:
        return None
    clearing = Account(AccountKind.GATEWAY_CLEARING, channel, currency=currency)
    suspense = Account(AccountKind.SUSPENSE, channel, currency=currency)
    return Journal(
        key=f"correction:{case_id}",
        kind="reconciliation_correction",
        entries=transfer(clearing, suspense, difference_minor),
        reason=reason,
    )
