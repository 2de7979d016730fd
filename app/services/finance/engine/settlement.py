"""Journals of reconciliation (payments specification 3.2, 3.9). Pure."""

from collections.abc import Iterable
from dataclasses import replace
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
    channel: str,
    day: date,
    sums: Iterable[Settled],
    *,
    line: int | None = None,
    file_id: object = None,
) -> Journal | None:
    """Bank and fee against clearing: one for a channel and day, or for one `line` of its file.

    `file_id` is that of a file which took another's place: its journal has what it settles beyond
    the other. None when nothing moves. Where more goes back than came in the bank is credited.
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
    parts = ("settlement", channel, day, file_id, line)
    key = ":".join(str(each) for each in parts if each is not None)
    return Journal(key=key, kind="settlement", entries=tuple(entries))


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


def reversal(case_id: object, channel: str, currency: str, difference_minor: int) -> Journal | None:
    """Take a correction back: what it was about is not stated so any more."""
    booked = correction(case_id, channel, currency, -difference_minor, "")
    if booked is None:
        return None
    return replace(
        booked,
        key=f"{booked.key}:superseded",
        reason="Another file took its place",
        reverses_key=booked.key,
    )
