"""Accounts and journals."""

import pytest

from app.core.enums.ledger import AccountKind, Side
from app.core.ids import new_id
from app.services.ledger import AVAILABLE, HELD, Account, Entry, Journal, transfer
from app.services.ledger.engine import PROTECTED, changes, natural, totals

CARD = new_id()
MEMBER = new_id()
BANK = Account(AccountKind.BANK, "b1")
FEE = Account(AccountKind.GATEWAY_FEE)
AVAILABLE_CARD = Account(AccountKind.GIFT_CARD, CARD, AVAILABLE)
HELD_CARD = Account(AccountKind.GIFT_CARD, CARD, HELD)


def test_an_account_is_named_by_kind_owner_and_purpose() -> None:
    assert AVAILABLE_CARD.code == f"gift_card:{CARD}:available"
    assert (BANK.code, FEE.code) == ("bank:b1", "gateway_fee")
    assert AVAILABLE_CARD.id == Account(AccountKind.GIFT_CARD, CARD, AVAILABLE).id
    assert AVAILABLE_CARD.id != Account(AccountKind.GIFT_CARD, CARD, AVAILABLE, "USD").id
    assert (AVAILABLE_CARD.owner_id, BANK.owner_id) == (CARD, None)


def test_the_id_of_an_account_never_changes() -> None:
    """Its row is found by it, for ever: derived otherwise, every account would be another."""
    ids = [str(BANK.id), str(Account(AccountKind.BANK, "b1", currency="USD").id)]
    assert ids == ["d1e59925-41a6-58e3-81d4-4b6a10e6f926", "0dd594c4-688f-5811-bce0-2f31d062e5f2"]


def test_what_customers_own_is_protected_and_on_the_credit_side() -> None:
    for kind in AccountKind:
        account = Account(kind, MEMBER)
        assert account.is_protected == (kind in PROTECTED)
        assert not account.is_protected or account.side is Side.CREDIT
    assert natural(Side.CREDIT, -5) == natural(Side.DEBIT, 5) == 5


def test_a_journal_balances_in_every_currency() -> None:
    foreign = Account(AccountKind.BANK, "b1", currency="USD")
    with pytest.raises(ValueError, match="does not balance"):
        Journal(key="k", kind="k", entries=(Entry(BANK, 5), Entry(foreign, -5)))
    with pytest.raises(ValueError, match="empty entry"):
        Journal(key="k", kind="k", entries=(Entry(BANK, 0),))


def test_the_input_hash_ignores_the_order_of_entries_and_nothing_else() -> None:
    first, second = transfer(BANK, AVAILABLE_CARD, 5)
    one = Journal(key="k", kind="x", entries=(first, second), reason="a")
    assert one.input_hash == Journal(key="k", kind="x", entries=(second, first)).input_hash
    assert one.input_hash != Journal(key="k", kind="y", entries=(first, second)).input_hash
    other = Journal(key="k", kind="x", entries=transfer(BANK, AVAILABLE_CARD, 6))
    assert one.input_hash != other.input_hash


def test_only_protected_accounts_change_and_only_by_the_net() -> None:
    hold = Journal(key="h", kind="h", entries=transfer(AVAILABLE_CARD, HELD_CARD, 5))
    spend = Journal(key="s", kind="s", entries=transfer(HELD_CARD, BANK, 5))
    assert changes([hold]) == {AVAILABLE_CARD: -5, HELD_CARD: 5}
    assert changes([hold, spend]) == {AVAILABLE_CARD: -5}
    assert totals(hold.entries) == {"CNY": 0}
