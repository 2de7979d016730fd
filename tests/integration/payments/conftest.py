"""A counter to pay at, over one rolled-back connection or over real ones."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.db import unit_of_work
from app.core.ids import new_id
from tests.factories.members import make_member
from tests.factories.payments import Counter, give_balance, give_points, make_gift_card
from tests.fakes.transactions import watched


@pytest.fixture
async def counter(engine: AsyncEngine) -> AsyncIterator[Counter]:
    """Commits are savepoints inside one transaction that is rolled back after the test."""
    async with engine.connect() as connection:
        outer = await connection.begin()
        counter = Counter(watched(connection, join_transaction_mode="create_savepoint"))
        yield counter
        assert not counter.gateway.inside + counter.second.inside, "INV-17"
        await outer.rollback()


@pytest.fixture
async def real(fresh_engine: AsyncEngine) -> AsyncIterator[Counter]:
    """Real commits in a database of the test's own, for races.

    The connections are open before the race begins; otherwise making them would spread it out.
    """
    open_ = [await fresh_engine.connect() for _ in range(12)]
    for connection in open_:
        await connection.close()
    counter = Counter(watched(fresh_engine))
    yield counter
    assert not counter.gateway.inside + counter.second.inside, "INV-17"


@dataclass(frozen=True)
class Purse:
    """A member with a gift card of 50.00, 8 000 points and a balance of 40.00."""

    member_id: UUID
    card_id: UUID
    code: str


async def fill_purse(counter: Counter) -> Purse:
    async with unit_of_work(counter.sessions) as session:
        member = await make_member(session, id=new_id())
        card = await make_gift_card(session, 5_000, member_id=member.id)
        await give_points(session, member.id, 8_000)
        await give_balance(session, member.id, 4_000)
        return Purse(member.id, card.id, card.code)


@pytest.fixture
async def purse(counter: Counter) -> Purse:
    return await fill_purse(counter)
