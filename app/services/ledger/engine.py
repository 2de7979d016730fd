"""Double entry: accounts, journals, and what makes them balanced and repeatable. Pure."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from typing_extensions import override

from app.core.enums.ledger import AccountKind, Side
from app.core.ids import named_id

POINTS = "PTS"
"""The unit in which quantities of points are kept, parallel to their value in money."""

AVAILABLE, HELD = "available", "held"

PROTECTED = frozenset(
    {
        AccountKind.GIFT_CARD,
        AccountKind.POINTS_LIABILITY,
        AccountKind.BALANCE,
        AccountKind.GROUP_DEPOSIT,
    }
)
_DEBIT = frozenset(
    {
        AccountKind.GATEWAY_CLEARING,
        AccountKind.BANK,
        AccountKind.GATEWAY_FEE,
        AccountKind.SALES_RETURNS,
        AccountKind.POINTS_AWARD_COST,
        AccountKind.POINTS_DEBT,
        AccountKind.COUPON_RECEIVABLE,
        AccountKind.GOODWILL_COST,
        AccountKind.GIFT_COST,
        AccountKind.AFTER_SALES_COST,
        AccountKind.BALANCE_DEBT,
        AccountKind.MARKETPLACE_RECEIVABLE,
    }
)


@dataclass(frozen=True, slots=True)
class Account:
    """`kind:owner:purpose` in one currency; `gift_card:<id>:available` for one.

    A protected account belongs to a customer, keeps a balance row and never goes below zero.
    """

    kind: AccountKind
    owner: UUID | str | None = None
    purpose: str | None = None
    currency: str = "CNY"

    @override
    def __hash__(self) -> int:
        """Of what tells accounts apart: a posting looks for each many times."""
        return hash((self.owner, self.purpose))

    @property
    def code(self) -> str:
        parts = (self.kind.value, self.owner, self.purpose)
        return ":".join(str(part) for part in parts if part is not None)

    @property
    def id(self) -> UUID:
        """Derived from code and currency, so nothing is read to find the row."""
        return _id_of(self)

    @property
    def side(self) -> Side:
        return Side.DEBIT if self.kind in _DEBIT else Side.CREDIT

    @property
    def is_protected(self) -> bool:
        return self.kind in PROTECTED

    @property
    def owner_id(self) -> UUID | None:
        return self.owner if isinstance(self.owner, UUID) else None


@lru_cache(1_024)
def _id_of(account: Account) -> UUID:
    """A posting asks for the id of one account many times."""
    return named_id("account", account.currency, account.code)


@dataclass(frozen=True, slots=True)
class Entry:
    """One leg: `amount_minor` is signed, debit positive, and never zero."""

    account: Account
    amount_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """Why money moves. `key` names the business fact (`capture:<plan id>`).

    Entries sum to zero in every currency; `ValueError` otherwise. It counts when it is posted
    unless `effective_at` says another instant, not ahead of now; `concerns` names the period it is
    about when that is closed (`2026-10`).
    """

    key: str
    kind: str
    entries: tuple[Entry, ...]
    order_id: UUID | None = None
    member_id: UUID | None = None
    reason: str | None = None
    reverses_key: str | None = None
    effective_at: datetime | None = None
    concerns: str | None = None

    def __post_init__(self) -> None:
        if any(entry.amount_minor == 0 for entry in self.entries):
            raise ValueError(f"{self.key} has an empty entry")
        if off := {unit: total for unit, total in totals(self.entries).items() if total}:
            raise ValueError(f"{self.key} does not balance: {off}")

    @property
    def input_hash(self) -> str:
        """SHA-256 of what the journal says, so a repeat can be told from a contradiction."""
        content = [
            self.kind,
            str(self.order_id),
            str(self.member_id),
            sorted((str(e.account.id), e.amount_minor) for e in self.entries),
        ]
        return hashlib.sha256(json.dumps(content, separators=(",", ":")).encode()).hexdigest()


def transfer(source: Account, target: Account, amount_minor: int) -> tuple[Entry, Entry]:
    """Debit `source`, credit `target`: moves a liability from one account to the other."""
    return Entry(source, amount_minor), Entry(target, -amount_minor)


def totals(entries: Iterable[Entry]) -> dict[str, int]:
    """Sum of the signed amounts per currency."""
    sums: defaultdict[str, int] = defaultdict(int)
    for entry in entries:
        sums[entry.account.currency] += entry.amount_minor
    return dict(sums)


def natural(side: Side, signed_minor: int) -> int:
    """A signed sum (debit positive) as the balance an account of `side` shows."""
    return signed_minor if side is Side.DEBIT else -signed_minor


def changes(journals: Iterable[Journal]) -> dict[Account, int]:
    """Net change of every protected account, on its natural side; unmoved ones are left out."""
    net: defaultdict[Account, int] = defaultdict(int)
    for journal in journals:
        for entry in journal.entries:
            if entry.account.is_protected:
                net[entry.account] += natural(entry.account.side, entry.amount_minor)
    return {account: change for account, change in net.items() if change}
