"""Fees and postage of returns at the same moment, on real connections: asked and given once."""

import pytest

from app.core.db import unit_of_work
from app.core.enums.after_sales import MendOutcome, ReturnKind
from app.core.enums.payments import RefundReason
from tests.factories.orders import shopper
from tests.integration.orders.charging import follow, require_sound
from tests.integration.orders.dearer import charges, pay
from tests.integration.orders.returning import after_sales, approve, ask, fee, mend, receive
from tests.integration.orders.sending import CLERK, line_ids
from tests.integration.orders.test_return_postage import declare, give, purse
from tests.integration.orders.test_shipping_races import (  # noqa: F401 - fixtures of races
    buy,
    sessions,
    ship,
    shop,
    together,
)

FEE, CLERKS, ROUNDS = 3_000, 4, 4
BROKEN = {"kind": ReturnKind.REPAIR, "reason_code": RefundReason.DEFECTIVE}


@pytest.fixture
async def bring(sessions, shop):  # noqa: F811 - pytest fixtures
    """Have something sent back for repair: the return, its shopper's order, what acts on it."""

    async def run(work, *args, **more):
        async with unit_of_work(sessions) as session:
            return await work(session, *args, **more)

    async def brought(outlay_minor=None):
        order_id = await buy(sessions, shop, 1)
        await ship(sessions, order_id)
        (line,) = await run(line_ids, order_id)
        buyer = shopper(shop.member.id)
        row = await run(approve, await run(ask, buyer, order_id, (line, 1), **BROKEN))
        row = await run(after_sales.send_goods, row["id"], "sf", "SF1", actor=buyer)
        if outlay_minor is not None:
            row = await run(declare, row, outlay_minor)
        return await run(receive, row), (shop, buyer, order_id, line)

    return brought, run


async def test_a_fee_is_asked_once(sessions, bring):  # noqa: F811 - fixtures
    brought, run = bring
    row, sold = await brought()
    outcomes = await together(*(run(fee, row) for _ in range(CLERKS)))
    assert sorted(outcomes) == ["done", *["stale-version"] * (CLERKS - 1)]
    assert await run(charges, sold[2]) == [("due", FEE, 0)]


async def test_a_fee_that_is_paid_while_the_goods_go_back_as_they_are(sessions, bring):  # noqa: F811
    """Whoever is first: nobody pays for what was not mended."""
    brought, run = bring
    for round_ in range(ROUNDS):
        row, sold = await brought()
        row = await run(fee, row)
        tasks = [run(pay, sold), run(mend, row, MendOutcome.AS_IT_WAS)]
        seen = await together(*(tasks[::-1] if round_ % 2 else tasks))
        paid, mended = seen[::-1] if round_ % 2 else seen
        assert (paid in {"done", "illegal-charge-transition"}, mended) == (True, "done")
        for _ in range(2):
            await follow(sessions)
        assert await run(charges, sold[2]) in ([("paid", FEE, FEE)], [("closed", FEE, 0)])
    await run(require_sound)


async def test_a_fee_that_is_paid_while_somebody_mends(sessions, bring):  # noqa: F811 - fixtures
    """Nothing is mended that is not paid for."""
    brought, run = bring
    for round_ in range(ROUNDS):
        row, sold = await brought()
        row = await run(fee, row)
        tasks = [run(pay, sold), run(mend, row)]
        seen = await together(*(tasks[::-1] if round_ % 2 else tasks))
        paid, mended = seen[::-1] if round_ % 2 else seen
        assert (paid, mended in {"done", "repair-unpaid"}) == ("done", True)
        for _ in range(2):
            await follow(sessions)
        assert await run(charges, sold[2]) == [("paid", FEE, 0)]
    await run(require_sound)


async def test_postage_is_given_once(sessions, shop, bring):  # noqa: F811 - fixtures
    brought, run = bring
    row, _ = await brought(1_500)
    before = await run(purse, shop.member.id)
    outcomes = await together(*(run(give, row) for _ in range(CLERKS)))
    assert outcomes.count("done") == 1
    assert set(outcomes) <= {"done", "postage-not-due", "stale-version"}
    await follow(sessions)
    after = await run(purse, shop.member.id)
    assert after[0] - before[0] == 1_500
    await run(require_sound)


async def test_postage_is_given_while_it_is_put_right(sessions, bring):  # noqa: F811 - fixtures
    """It is what was declared at that moment, and no more is declared after it."""
    brought, run = bring
    for round_ in range(ROUNDS):
        row, _ = await brought(1_500)
        tasks = [run(give, row), run(declare, row, 500)]
        seen = await together(*(tasks[::-1] if round_ % 2 else tasks))
        given, declared = seen[::-1] if round_ % 2 else seen
        assert given in {"done", "stale-version"}
        assert declared in {"done", "postage-not-due"}
        found = await run(after_sales.get_return, row["id"], actor=CLERK)
        if given == "done":
            assert found["postage_given_minor"] == found["outlay_minor"]
        else:
            assert (declared, found["outlay_minor"]) == ("done", 500)
    async with unit_of_work(sessions) as session:
        await require_sound(session)
