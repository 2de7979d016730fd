"""Whatever stock knows stands in each of its states, and everything is done with it there."""

import pytest
from sqlalchemy import text

from app.core.enums.inventory import (
    AlertState,
    BatchState,
    FindingState,
    PosSaleState,
    ReservationState,
)
from app.services import inventory
from tests.factories.inventory import make_warehouse, put_stock
from tests.factories.payments import staff
from tests.factories.shop import make_shop
from tests.integration.inventory import test_batches as batches
from tests.integration.inventory import test_pos_sales as tills
from tests.integration.inventory import test_serials as serials
from tests.integration.inventory.counting import assert_consistent, levels, states
from tests.integration.inventory.test_alerts import limit, watch
from tests.integration.inventory.test_proof import tamper
from tests.integration.inventory.test_reserve import expire, hold
from tests.integration.outcomes import answers

ILLEGAL = "illegal-stock-transition"
R, A, F, B, P = ReservationState, AlertState, FindingState, BatchState, PosSaleState


NOTHING = "nothing-to-ship"
PROMISES = {
    R.HELD: {"keep": R.COMMITTED, "let go": R.RELEASED, "send": NOTHING, "free": R.FREED},
    R.COMMITTED: {"keep": R.COMMITTED, "let go": R.RELEASED, "send": R.SHIPPED, "free": R.FREED},
    R.SHIPPED: {"keep": R.SHIPPED, "let go": R.SHIPPED, "send": NOTHING, "free": NOTHING},
    R.FREED: {"keep": R.FREED, "let go": R.FREED, "send": NOTHING, "free": NOTHING},
    R.RELEASED: {"keep": "refused", "let go": R.RELEASED, "send": NOTHING, "free": NOTHING},
    R.EXPIRED: {"keep": R.COMMITTED, "let go": R.EXPIRED, "send": NOTHING, "free": NOTHING},
}
STAYS = {R.HELD, R.COMMITTED}


@pytest.mark.parametrize("state", R)
async def test_a_promise_in_every_state(session, state):
    shop = await make_shop(session)
    tea, owner = shop.sku_ids[0], "order:1"
    pieces = {(tea, shop.warehouse.id): 4}
    await hold(session, shop, (tea, 4))
    kept = True

    async def keep():
        nonlocal kept
        kept = await inventory.commit(session, owner)

    verbs = {
        "keep": keep,
        "let go": lambda: inventory.release(session, owner),
        "send": lambda: inventory.ship(session, owner, pieces, cause="shipment:S1"),
        "free": lambda: inventory.free(session, owner, pieces),
    }
    if state is R.EXPIRED:
        await expire(session)
    elif state is not R.HELD:
        await keep()
        last = {R.RELEASED: "let go", R.SHIPPED: "send", R.FREED: "free"}.get(state)
        if last:
            await verbs[last]()

    async def look():
        nonlocal kept
        told, kept = kept, True
        (now,) = await states(session, owner)
        there = 6 if now == R.SHIPPED else 10
        assert await levels(session, tea) == (there, 4 if R(now) in STAYS else 0)
        await assert_consistent(session)
        assert await inventory.sweep(session, limit=9) == 0
        return now if told else "refused"

    assert await look() == state
    assert await answers(session, verbs, look) == PROMISES[state]


ALERTS = {
    A.OPEN: {"see to it": [A.ACKNOWLEDGED], "still low": [A.OPEN], "well again": [A.OVER]},
    A.ACKNOWLEDGED: {
        "see to it": [A.ACKNOWLEDGED],
        "still low": [A.ACKNOWLEDGED],
        "well again": [A.OVER],
    },
    A.OVER: {"see to it": ILLEGAL, "still low": [A.OVER, A.OPEN], "well again": [A.OVER]},
}


@pytest.mark.parametrize("state", A)
async def test_an_alert_in_every_state(session, state):
    shop = await make_shop(session)
    statement = text("SELECT id, version, state FROM stock_alerts ORDER BY id")

    async def look():
        return [row.state for row in await session.execute(statement)]

    async def see_to_it():
        row = (await session.execute(statement)).first()
        await inventory.alerts.acknowledge(
            session, row.id, version=row.version, note="Ordered", actor=staff()
        )

    async def still_low():
        await limit(session, shop, low=10)
        await watch(session)

    async def well_again():
        await limit(session, shop, low=9)
        await watch(session)

    verbs = {"see to it": see_to_it, "still low": still_low, "well again": well_again}
    await still_low()
    if state is not A.OPEN:
        await verbs["see to it" if state is A.ACKNOWLEDGED else "well again"]()
    assert await look() == [state]
    assert await answers(session, verbs, look) == ALERTS[state]


FINDINGS = {
    F.FOUND: {"explain": [F.EXPLAINED], "differs": [F.FOUND], "agrees": [F.RESOLVED]},
    F.EXPLAINED: {"explain": [F.EXPLAINED], "differs": [F.EXPLAINED], "agrees": [F.RESOLVED]},
    F.RESOLVED: {"explain": ILLEGAL, "differs": [F.RESOLVED, F.FOUND], "agrees": [F.RESOLVED]},
}


@pytest.mark.parametrize("state", F)
async def test_a_finding_in_every_state(session, state):
    shop = await make_shop(session)
    statement = text("SELECT id, version, state FROM stock_findings ORDER BY id")

    async def look():
        return [row.state for row in await session.execute(statement)]

    async def explain():
        row = (await session.execute(statement)).first()
        await inventory.proof.explain(
            session, row.id, version=row.version, note="Broken scale", actor=staff()
        )

    async def prove(there):
        wrong = "UPDATE stock SET on_hand = :n WHERE sku_id = :sku"
        await tamper(session, wrong, n=there, sku=shop.sku_ids[0])
        await inventory.proof.prove(session)

    verbs = {"explain": explain, "differs": lambda: prove(13), "agrees": lambda: prove(10)}
    await prove(13)
    if state is not F.FOUND:
        await verbs["explain" if state is F.EXPLAINED else "agrees"]()
    assert await look() == [state]
    assert await answers(session, verbs, look) == FINDINGS[state]


SHORT, BATCH_SHORT = "out-of-stock", "batch-short"
BATCHES = {
    B.OPEN: (ILLEGAL, B.BLOCKED, B.RECALLED, B.OPEN, B.OPEN),
    B.BLOCKED: (B.OPEN, ILLEGAL, B.RECALLED, SHORT, BATCH_SHORT),
    B.RECALLED: (B.OPEN, B.BLOCKED, ILLEGAL, SHORT, BATCH_SHORT),
}
"""Opening, blocking and recalling it, promising a piece of it, sending what was promised before."""


@pytest.mark.parametrize("state", B)
async def test_a_batch_in_every_state(session, state):
    """Five pieces, two of which somebody was promised."""
    shop = await batches.tea_shop(session)
    batch_id = await batches.receive(session, shop, "A", 5)
    await hold(session, shop, (shop.sku_ids[0], 2))

    async def judge(new):
        row = await inventory.batches.get(session, batch_id)
        await inventory.batches.judge(
            session, batch_id, new, version=row["version"], reason="Smells", actor=staff()
        )

    async def look():
        return (await inventory.batches.get(session, batch_id))["state"]

    if state is not B.OPEN:
        await judge(state)
    assert await batches.lies(session) == {"A": (5, 0, 0) if state is B.OPEN else (2, 0, 3)}
    verbs = {new: lambda new=new: judge(new) for new in B}
    verbs["promise"] = lambda: hold(session, shop, (shop.sku_ids[0], 1), owner="order:2")
    verbs["send"] = lambda: batches.ship(session, shop, 2)
    assert tuple((await answers(session, verbs, look)).values()) == BATCHES[state]


SERIALS = {
    "unknown": {"lies here": "in_stock", "is packed": "serials-not-there"},
    "here": {"lies here": "serials-not-there", "is packed": "packed"},
    "elsewhere": {"lies here": "in_stock", "is packed": "serials-not-there"},
    "packed": {"lies here": "in_stock", "is packed": "serials-not-there"},
    "sent": {"lies here": "in_stock", "is packed": "serials-not-there"},
}


@pytest.mark.parametrize("state", SERIALS)
async def test_a_serial_in_every_state(session, state):
    """What is packed alone leaves, and nothing leaves without its serial."""
    shop = await serials.phone_shop(session, serials=("B", "C"), quantity=4)
    await serials.promise(session, shop, 2)
    if state == "elsewhere":
        other = await make_warehouse(session, shop.merchant.id)
        await put_stock(session, shop.sku_ids[0], other.id, 1)
        await serials.scan_in(session, shop, "A", warehouse=other)
    elif state != "unknown":
        await serials.scan_in(session, shop, "A")
    if state in {"packed", "sent"}:
        await serials.pack(session, shop, "A")
    if state == "sent":
        await serials.ship(session, shop, 1)

    async def look():
        return (await serials.states(session))["A"][0]

    verbs = {
        "lies here": lambda: serials.scan_in(session, shop, "A"),
        "is packed": lambda: serials.pack(session, shop, "A"),
        "leaves": lambda: serials.ship(session, shop, 1),
    }
    leaves = "sent" if state == "packed" else "serials-missing"
    assert await answers(session, verbs, look) == SERIALS[state] | {"leaves": leaves}


TILLS = {
    None: {"sell": P.SOLD, "sell more": P.SOLD, "undo": "not-found"},
    P.SOLD: {"sell": P.SOLD, "sell more": "till-number-taken", "undo": P.UNDONE},
    P.UNDONE: {"sell": P.UNDONE, "sell more": "till-number-taken", "undo": ILLEGAL},
}


@pytest.mark.parametrize("state", TILLS)
async def test_a_sale_of_a_till_in_every_state(session, state):
    """All under one number of the till."""
    shop = await make_shop(session)
    channel = await tills.till(session)
    sale_id = shop.sku_ids[0]  # of no sale
    if state is not None:
        sale_id = (await tills.sell(session, shop, channel, 3))[0]["id"]
    undo = inventory.pos_sales.undo
    verbs = {
        "sell": lambda: tills.sell(session, shop, channel, 3),
        "sell more": lambda: tills.sell(session, shop, channel, 4),
        "undo": lambda: undo(session, sale_id, reason="Wrong", actor=staff()),
    }
    if state is P.UNDONE:
        await verbs["undo"]()

    async def look():
        (row,) = await inventory.pos_sales.page(session, after=None, limit=9)
        gone = 0 if row["state"] == P.UNDONE else row["lines"][0]["quantity"]
        assert await levels(session, shop.sku_ids[0]) == (10 - gone, 0)
        return row["state"]

    assert await answers(session, verbs, look) == TILLS[state]
