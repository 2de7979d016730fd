"""Many transactions on the same accounts, with real commits."""

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import build_sessions, unit_of_work
from app.core.enums.ledger import AccountKind
from app.core.ids import new_id
from app.services import ledger
from app.services.ledger import AVAILABLE, Account, InsufficientFunds, Journal, transfer
from tests.waiting import start_and_wait

BANK = Account(AccountKind.BANK, "b1")


@pytest.fixture(autouse=True)
async def _warm(fresh_engine: AsyncEngine) -> None:
    """Connections are open before the race begins; making them would spread it out."""
    for connection in [await fresh_engine.connect() for _ in range(12)]:
        await connection.close()


async def test_m47_transfers_in_opposite_directions_never_deadlock(
    fresh_engine: AsyncEngine,
) -> None:
    """Each journal names many accounts, half of them in the opposite order."""
    sessions = build_sessions(fresh_engine)
    wallets = [Account(AccountKind.BALANCE, new_id(), AVAILABLE) for _ in range(8)]
    async with unit_of_work(sessions) as session:
        opening = tuple(e for wallet in wallets for e in transfer(BANK, wallet, 1_000))
        await ledger.post(session, [Journal(key="open", kind="open", entries=opening)])

    async def rotate(turn: int) -> None:
        ring = wallets if turn % 2 else wallets[::-1]
        pairs = zip(ring, [*ring[1:], ring[0]], strict=True)
        entries = tuple(e for i, (a, b) in enumerate(pairs) for e in transfer(a, b, i + 1))
        async with unit_of_work(sessions) as session:
            journal = Journal(key=f"turn:{turn}", kind="turn", entries=entries)
            await ledger.post(session, [journal])

    await asyncio.gather(*(rotate(turn) for turn in range(60)))
    async with unit_of_work(sessions) as session:
        left = await ledger.balances(session, [*wallets, BANK])
    assert sum(left[each] for each in wallets) == left[BANK] == 8_000


async def test_inv_2_the_last_money_is_spent_once(fresh_engine: AsyncEngine) -> None:
    sessions = build_sessions(fresh_engine)
    wallet = Account(AccountKind.BALANCE, new_id(), AVAILABLE)
    async with unit_of_work(sessions) as session:
        entries = transfer(BANK, wallet, 100)
        await ledger.post(session, [Journal(key="open", kind="open", entries=entries)])

    async def spend(turn: int) -> bool:
        journal = Journal(key=f"spend:{turn}", kind="spend", entries=transfer(wallet, BANK, 30))
        try:
            async with unit_of_work(sessions) as session:
                await ledger.post(session, [journal])
        except InsufficientFunds:
            return False
        return True

    assert sum(await asyncio.gather(*(spend(turn) for turn in range(20)))) == 3
    async with unit_of_work(sessions) as session:
        assert (await ledger.balances(session, [wallet]))[wallet] == 10


async def test_money_that_arrives_while_one_waits_can_be_spent(fresh_engine: AsyncEngine) -> None:
    """The spender began before the top-up was committed, and must see it all the same."""
    sessions = build_sessions(fresh_engine)
    wallet = Account(AccountKind.BALANCE, new_id(), AVAILABLE)

    def journal(key: str, source: Account, target: Account, minor: int) -> Journal:
        return Journal(key=key, kind="move", entries=transfer(source, target, minor))

    async with unit_of_work(sessions) as session:
        await ledger.post(session, [journal("open", BANK, wallet, 100)])

    async def spend() -> None:
        async with unit_of_work(sessions) as session:
            await ledger.post(session, [journal("spend", wallet, BANK, 150)])

    async with unit_of_work(sessions) as session:
        await ledger.post(session, [journal("top-up", BANK, wallet, 100)])
        spending = await start_and_wait(sessions, spend())
    await spending
    async with unit_of_work(sessions) as session:
        assert (await ledger.balances(session, [wallet]))[wallet] == 50


async def test_one_key_posted_at_once_is_posted_once(fresh_engine: AsyncEngine) -> None:
    sessions = build_sessions(fresh_engine)
    wallet = Account(AccountKind.BALANCE, new_id(), AVAILABLE)

    async def post() -> None:
        async with unit_of_work(sessions) as session:
            entries = transfer(BANK, wallet, 100)
            await ledger.post(session, [Journal(key="once", kind="open", entries=entries)])

    await asyncio.gather(*(post() for _ in range(10)))
    async with unit_of_work(sessions) as session:
        assert (await ledger.balances(session, [wallet]))[wallet] == 100


async def test_an_account_that_two_open_at_once_keeps_the_money_of_both(
    fresh_engine: AsyncEngine,
) -> None:
    """The second waits for the first, whose account its snapshot does not show."""
    sessions = build_sessions(fresh_engine)
    wallet = Account(AccountKind.BALANCE, new_id(), AVAILABLE)

    async def top_up(key: str) -> None:
        async with unit_of_work(sessions) as session:
            entries = transfer(BANK, wallet, 100)
            await ledger.post(session, [Journal(key=key, kind="open", entries=entries)])

    async with unit_of_work(sessions) as session:
        entries = transfer(BANK, wallet, 100)
        await ledger.post(session, [Journal(key="first", kind="open", entries=entries)])
        second = await start_and_wait(sessions, top_up("second"))
    await second
    async with unit_of_work(sessions) as session:
        left = await ledger.balances(session, [wallet, BANK])
    assert left == {wallet: 200, BANK: 200}
