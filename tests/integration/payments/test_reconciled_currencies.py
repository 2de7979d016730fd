"""Lines of several currencies in one statement: each currency adds up by itself."""

from dataclasses import replace
from typing import Any

import pytest

from app.core.db import unit_of_work
from app.services import finance
from tests.factories import statements
from tests.factories.payments import Counter, staff
from tests.factories.statements import Fact
from tests.integration.payments.reconciling import Desk


@pytest.fixture
def desk(counter: Counter) -> Desk:
    return Desk(counter)


async def proofs(desk: Desk) -> dict[str, dict[str, Any]]:
    async with unit_of_work(desk.counter.sessions) as session:
        day = await finance.read_day(session, desk.channel, desk.day)
    return {each["currency"]: dict(each) for each in day["proof"]}


async def test_the_same_number_in_another_currency_is_other_money(desk: Desk) -> None:
    """A hundred fen are no hundred cents: neither side has what the other states."""
    fact = await desk.pay(100)
    told = replace(fact, currency="USD")
    await desk.take(statements.sandbox([told]))
    found = {each.verdict: (each.ours_minor, each.theirs_minor) for each in await desk.cases()}
    assert found == {"missing_local": (0, 100), "missing_gateway": (100, 0)}
    proof = await proofs(desk)
    assert {name: row["open_difference_minor"] for name, row in proof.items()} == {
        "CNY": -100,
        "USD": 100,
    }
    assert {row["unexplained_minor"] for row in proof.values()} == {0}


async def test_each_currency_settles_is_proved_and_holds_the_signature_up(desk: Desk) -> None:
    fact = await desk.pay(1_000, fee=6)
    dollars = Fact("t-usd", "nobody", 700, fact.at, fee=4, currency="USD")
    await desk.take(statements.sandbox([fact, dollars]))
    async with unit_of_work(desk.counter.sessions) as session:
        with pytest.raises(finance.DayNotExplained):
            await finance.sign_day(session, desk.channel, desk.day, version=1, actor=staff())
    await desk.correct("nobody")
    rows = await desk.rows(
        "SELECT a.code, a.currency, sum(e.amount_minor) FROM ledger_entries e"
        " JOIN ledger_accounts a ON a.id = e.account_id"
        " WHERE a.kind IN ('bank', 'gateway_fee', 'gateway_clearing') GROUP BY 1, 2"
    )
    assert {(code.split(":")[0], currency): minor for code, currency, minor in rows} == {
        ("bank", "CNY"): 994,
        ("gateway_fee", "CNY"): 6,
        ("gateway_clearing", "CNY"): 0,
        ("bank", "USD"): 696,
        ("gateway_fee", "USD"): 4,
        ("gateway_clearing", "USD"): 0,
    }
    async with unit_of_work(desk.counter.sessions) as session:
        await finance.sign_day(session, desk.channel, desk.day, version=1, actor=staff())
    await desk.check()


async def test_what_another_file_moves_is_booked_by_currency(desk: Desk) -> None:
    fact = await desk.pay(1_000)
    dollars = Fact("t-usd", "nobody", 700, fact.at, currency="USD")
    await desk.take(statements.sandbox([fact, dollars]))
    await desk.correct("nobody")
    await desk.replace(statements.sandbox([replace(fact, fee=6)]))
    proof = await proofs(desk)
    assert {name: row["clearing_minor"] for name, row in proof.items()} == {"CNY": 0, "USD": 0}
    assert await desk.cases() == []
    await desk.check()
