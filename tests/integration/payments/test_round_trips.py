"""How many statements the hot paths send (the fake order's lock is one of them)."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.core.enums.payments import TenderKind
from app.services.payments import TenderRequest
from tests.factories.payments import BALANCE_TENDER, GATEWAY, POINTS_TENDER, Counter
from tests.integration.payments.conftest import Purse
from tests.statements import Statements


@pytest.mark.parametrize(
    ("means", "payable", "statements"),
    [
        ("gateway", 10_000, 1),  # the plan
        ("balance and gateway", 10_000, 3),  # sources, plan, ledger
        ("card and balance", 8_000, 4),  # and the fact that it is paid
        ("points and gateway", 10_000, 4),  # and the lots
        ("nothing", 0, 3),  # plan, fact, empty journal
    ],
)
async def test_opening_a_plan(
    counter: Counter,
    purse: Purse,
    engine: AsyncEngine,
    means: str,
    payable: int,
    statements: int,
) -> None:
    card = TenderRequest(kind=TenderKind.GIFT_CARD, gift_card_id=purse.card_id)
    requests = {
        "gateway": [GATEWAY],
        "balance and gateway": [BALANCE_TENDER, GATEWAY],
        "card and balance": [card, BALANCE_TENDER],
        "points and gateway": [POINTS_TENDER, GATEWAY],
        "nothing": [],
    }[means]
    with Statements(engine) as sent:
        await counter.open(purse.member_id, payable, *requests)
    assert sent.count == statements, sent.sent


async def test_a_success_notice(counter: Counter, purse: Purse, engine: AsyncEngine) -> None:
    """Store, find; lock order and plan, read, capture, fact, ledger."""
    plan = await counter.start(await counter.open(purse.member_id, 10_000, BALANCE_TENDER, GATEWAY))
    paid = counter.pay(plan)
    with Statements(engine) as first:
        await counter.notify(paid)
    assert first.count == 8, first.sent
    with Statements(engine) as repeated:
        await counter.notify(paid)
    assert repeated.count == 1, repeated.sent


async def test_starting_and_closing(counter: Counter, purse: Purse, engine: AsyncEngine) -> None:
    plan = await counter.open(purse.member_id, 10_000, BALANCE_TENDER, GATEWAY)
    with Statements(engine) as started:
        await counter.start(plan)
    assert started.count == 1, started.sent
    with Statements(engine) as closing:
        await counter.begin_close(plan)
    assert closing.count == 5, closing.sent
