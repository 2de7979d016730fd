"""Posting: in two statements, once, and never below zero."""

from uuid import UUID

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.ledger import AccountKind
from app.core.ids import new_id
from app.services import ledger
from app.services.ledger import AVAILABLE, Account, Entry, Journal, transfer

BANK = Account(AccountKind.BANK, "b1")


def wallet(owner: UUID | None = None) -> Account:
    return Account(AccountKind.BALANCE, owner or new_id(), AVAILABLE)


def top_up(account: Account, amount_minor: int, key: str | None = None) -> Journal:
    return Journal(
        key=key or f"top:{new_id()}", kind="top_up", entries=transfer(BANK, account, amount_minor)
    )


async def balance(session: AsyncSession, account: Account) -> int:
    return (await ledger.balances(session, [account]))[account]


async def test_a_journal_moves_protected_rows_and_folds_the_others(session: AsyncSession) -> None:
    account = wallet()
    await ledger.post(session, [top_up(account, 70), top_up(account, 30)])
    assert await balance(session, account) == 100
    rows = await session.execute(
        text("SELECT balance_minor FROM ledger_accounts WHERE id = ANY(:ids) ORDER BY 1"),
        {"ids": [account.id, BANK.id]},
    )
    assert [row[0] for row in rows] == [0, 100]  # the system account's row is never updated


async def test_any_number_of_journals_takes_one_statement(session: AsyncSession) -> None:
    connection = await session.connection()
    await ledger.post(session, [top_up(wallet(), 1)])
    said: list[str] = []

    def note(conn, cursor, statement, parameters, context, executemany) -> None:
        said.append(statement)

    event.listen(connection.sync_connection, "before_cursor_execute", note)
    await ledger.post(session, [top_up(wallet(), 5) for _ in range(20)])
    assert len(said) == 1


async def test_inv_9_a_repeated_key_changes_nothing(session: AsyncSession) -> None:
    account = wallet()
    journal = top_up(account, 70, "top:1")
    await ledger.post(session, [journal])
    await ledger.post(session, [journal, top_up(account, 5, "top:2")])
    assert await balance(session, account) == 75


async def test_a_repeated_key_with_other_contents_is_an_alarm(session: AsyncSession) -> None:
    account = wallet()
    await ledger.post(session, [top_up(account, 70, "top:1")])
    with pytest.raises(ledger.JournalConflict) as alarm:
        await ledger.post(session, [top_up(account, 71, "top:1")])
    assert alarm.value.context == {"keys": ["top:1"]}


async def test_inv_2_no_account_goes_below_zero(session: AsyncSession) -> None:
    poor, rich = wallet(), wallet()
    await ledger.post(session, [top_up(poor, 10), top_up(rich, 50)])
    spend = Journal(
        key="spend",
        kind="spend",
        entries=(*transfer(poor, BANK, 11), *transfer(rich, BANK, 50)),
    )
    point = await session.begin_nested()
    with pytest.raises(ledger.InsufficientFunds) as refused:
        await ledger.post(session, [spend])
    assert refused.value.context == {"accounts": [poor.code]}
    await point.rollback()
    assert (await balance(session, poor), await balance(session, rich)) == (10, 50)


async def test_inv_1_the_whole_ledger_sums_to_zero(session: AsyncSession) -> None:
    await ledger.post(session, [top_up(wallet(), 70), top_up(wallet(), 5)])
    sides = {"debit": 0, "credit": 0}
    for line in await ledger.trial_balance(session):
        sides[line.side] += line.balance_minor if line.currency == "CNY" else 0
    assert sides["debit"] == sides["credit"]


async def test_inv_1_the_database_refuses_what_does_not_balance(session: AsyncSession) -> None:
    account = wallet()
    journal = top_up(account, 7)
    object.__setattr__(journal, "entries", (Entry(BANK, 7), Entry(account, -6)))
    with pytest.raises(DBAPIError, match="do not sum to zero"):
        await ledger.post(session, [journal])


async def test_journals_refuse_to_be_changed(session: AsyncSession) -> None:
    await ledger.post(session, [top_up(wallet(), 7)])
    with pytest.raises(DBAPIError, match="append-only"):
        await session.execute(text("UPDATE ledger_entries SET amount_minor = 8"))
