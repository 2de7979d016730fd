"""Statistics of orders: hours kept added up, and what the dictionary makes of them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from app.core.db import build_sessions, unit_of_work
from app.core.enums.orders import OrderKind, OrderSource
from app.repositories.horizon import HORIZON
from app.repositories.reports import order_statistics
from app.repositories.reports.audit import AuditRepository
from app.repositories.reports.statistics_invariants import STATISTICS
from app.services import orders, reports
from app.services.reports import statistics
from app.services.reports.statistics import METRICS, By
from tests.factories.catalog import make_channel
from tests.factories.counters import shopper
from tests.factories.entering import line, take
from tests.factories.orders import place
from tests.factories.payments import BALANCE_TENDER, give_balance
from tests.factories.shop import make_shop
from tests.integration.orders.sending import send
from tests.integration.test_growth_pages import rows_read
from tests.statements import Statements

TODAY = datetime.now(UTC).date()
SPAN = {"from_on": TODAY - timedelta(days=3), "to_on": TODAY + timedelta(days=3)}


@pytest.fixture
async def shop(session, monkeypatch):
    """All of a test happens at one instant: nobody else has to be waited for."""
    monkeypatch.setattr(order_statistics, "HORIZON", text("SELECT clock_timestamp()"))
    shop = await make_shop(session)
    await give_balance(session, shop.member.id, 1_000_000)
    await session.commit()
    return shop


async def rolled(session):
    """Everything, added up; the mark goes before the instant at which all of it happens."""
    await session.execute(
        text("UPDATE report_marks SET at = least(at, transaction_timestamp() - interval '1 s')")
    )
    await session.commit()
    while await statistics.roll_up_orders(session, limit=2):
        pass
    await session.commit()


async def told(session, *metrics, by=(), **more):
    question = statistics.Question(metrics=metrics, by=by, **SPAN | more)
    return (await statistics.order_statistics(session, question)).rows


async def breaches(session):
    await rolled(session)
    await session.execute(text("UPDATE report_marks SET at = clock_timestamp()"))
    return await AuditRepository(session).breaches(STATISTICS[0])


async def a_day(session, shop):
    """Three orders paid, of which one was sent and one cancelled; one that waits."""
    paid = [
        await place(session, shop.member.id, [(sku.id, n)], tenders=[BALANCE_TENDER])
        for sku, n in ((shop.skus[0], 1), (shop.skus[0], 2), (shop.skus[1], 1))
    ]
    await place(session, shop.member.id, [(shop.skus[1].id, 1)])
    await session.commit()
    await send(session, paid[0].id)
    actor = shopper(shop.member.id)
    assert await orders.begin_cancel(session, paid[2].id, actor=actor, reason="No") is None
    await session.commit()
    return paid


async def test_the_dictionary_says_what_happened(session, shop):
    await a_day(session, shop)
    assert await breaches(session) == []
    (row,) = await told(session, *(name for name in METRICS))
    amounts = (
        await session.execute(
            text(
                "SELECT sum(payable_minor), sum(payable_minor) FILTER (WHERE paid_at IS NOT NULL),"
                " sum(list_minor), sum(payable_minor) FILTER (WHERE state = 'cancelled'),"
                " round(sum(payable_minor) FILTER (WHERE paid_at IS NOT NULL) / 3) FROM orders"
            )
        )
    ).one()
    assert {name: row[name] for name in METRICS if row[name] is not None} == {
        "carts": 4,
        "orders_placed": 4,
        "orders_paid": 3,
        "orders_cancelled": 1,
        "orders_completed": 0,
        "orders_shipped": 1,
        "units": 5,
        "gross_minor": amounts[2],
        "discount_minor": row["discount_minor"],
        "net_minor": amounts[0],
        "paid_minor": amounts[1],
        "refunds": 1,
        "refunded_minor": amounts[3],
        "average_order_minor": amounts[4],
        "cart_conversion_bps": 10_000,
        "paid_conversion_bps": 7_500,
        "cancellation_bps": 2_500,
        "return_bps": 0,
        "pay_seconds": row["pay_seconds"],
        "ship_seconds": row["ship_seconds"],
    }


async def test_hours_follow_whatever_changes(session, shop):
    """However often it runs: what changed since is counted, and nothing twice."""
    paid = await a_day(session, shop)
    await rolled(session)
    before = await told(session, "orders_placed", "orders_shipped", "orders_completed")
    await rolled(session)
    assert await told(session, "orders_placed", "orders_shipped", "orders_completed") == before
    await send(session, paid[1].id)
    assert await breaches(session) == []
    (row,) = await told(session, "orders_shipped", "orders_placed")
    assert (row["orders_shipped"], row["orders_placed"]) == (2, 4)


async def test_merchants_and_categories_add_up_to_the_goods(session, shop):
    await a_day(session, shop)
    await rolled(session)
    (whole,) = await told(session, "units", "gross_minor")
    for by, of in ((By.MERCHANT, shop.merchant.id), (By.CATEGORY, shop.category.id)):
        rows = await told(session, "units", "gross_minor", by=(by,))
        assert [row[f"{by}_id"] for row in rows] == [of]
        assert (rows[0]["units"], rows[0]["gross_minor"]) == (whole["units"], whole["gross_minor"])
    (row,) = await told(session, "orders_placed", "orders_paid", by=(By.MERCHANT, By.DAY))
    assert (row["orders_placed"], row["orders_paid"]) == (4, 3)


@pytest.mark.parametrize(
    ("by", "first"),
    [(By.DAY, date(2024, 3, 1)), (By.WEEK, date(2024, 2, 26)), (By.MONTH, date(2024, 3, 1))],
)
async def test_days_are_those_of_the_channel(session, shop, by, first):
    """It is March in Shanghai while it is still February in London."""
    await place(session, shop.member.id, [(shop.skus[0].id, 1)])
    await session.execute(
        text("UPDATE orders SET created_at = '2024-02-29T16:30:00Z', updated_at = now()")
    )
    await rolled(session)
    span = {"from_on": date(2024, 1, 1), "to_on": date(2024, 6, 1)}
    (row,) = await told(session, "orders_placed", by=(by,), **span)
    assert (row["period_on"], row["orders_placed"]) == (first, 1)
    outside = {"from_on": date(2024, 1, 1), "to_on": date(2024, 3, 1)}
    assert await told(session, "orders_placed", by=(by,), **outside) == []


async def test_two_currencies_are_two_rows(session, shop):
    await a_day(session, shop)
    await session.execute(
        text(
            "UPDATE orders SET currency = 'USD', updated_at = now() WHERE id ="
            " (SELECT id FROM orders WHERE payment_status = 'awaiting')"
        )
    )
    await rolled(session)
    rows = await told(session, "net_minor", "orders_placed")
    assert [(row["currency"], row["orders_placed"]) for row in rows] == [("CNY", 3), ("USD", 1)]
    other = await make_channel(session)
    assert await told(session, "net_minor", channel_id=other.id) == []


@pytest.mark.parametrize(
    ("question", "problem"),
    [
        ({"metrics": ["refunds"], "by": [By.MERCHANT]}, statistics.NotTold),
        ({"metrics": ["orders_placed"], "by": [By.CATEGORY]}, statistics.NotTold),
        ({"metrics": ["units"], "by": [By.CATEGORY, By.MERCHANT]}, statistics.NotTold),
        ({"metrics": ["units"], "by": [By.DAY, By.MONTH]}, statistics.NotTold),
        ({"metrics": ["sales"], "by": []}, statistics.NotTold),
        (
            {"metrics": ["units"], "by": [], "to_on": TODAY + timedelta(days=999)},
            reports.InvalidSpan,
        ),
        ({"metrics": ["units"], "by": [], "to_on": SPAN["from_on"]}, reports.InvalidSpan),
    ],
)
async def test_what_cannot_be_told_is_refused(session, question, problem):
    with pytest.raises(problem):
        await statistics.order_statistics(session, statistics.Question(**SPAN | question))


async def test_what_is_not_committed_yet_is_counted_later(fresh_engine):
    """The mark does not pass a transaction that is still open."""
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
    async with unit_of_work(sessions) as slow:
        await place(slow, shop.member.id, [(shop.skus[0].id, 1)])
        assert await placed_by_now(sessions) == []
    assert await placed_by_now(sessions) == [1]
    assert await placed_by_now(sessions) == [1]


async def test_what_cannot_be_passed_yet_is_looked_at_once(fresh_engine):
    """As many orders as one turn takes, all of them later than the horizon: no turn follows."""
    sessions = build_sessions(fresh_engine)
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
    async with sessions() as slow:
        await slow.execute(text("SELECT now()"))
        for _ in range(2):
            async with unit_of_work(sessions) as session:
                await place(session, shop.member.id, [(shop.skus[0].id, 1)])
        async with unit_of_work(sessions) as session:
            assert await statistics.roll_up_orders(session, limit=2) is False
    async with unit_of_work(sessions) as session:
        await session.execute(text("UPDATE orders SET updated_at = updated_at - interval '1 min'"))
    async with unit_of_work(sessions) as session:
        await session.execute(text("UPDATE report_marks SET at = at - interval '2 min'"))
        assert await statistics.roll_up_orders(session, limit=1) is True
        assert await statistics.roll_up_orders(session, limit=2) is False
    assert await placed_by_now(sessions) == [2]


async def test_a_vacuum_of_its_own_accord_is_not_waited_for(session):
    """It would hold the horizon for hours, and writes no rows."""
    as_if = (
        "CREATE TEMP VIEW pg_stat_activity AS SELECT current_database() AS datname,"
        " '{kind}' AS backend_type, '2026-01-01'::timestamptz AS xact_start"
    )
    before = []
    for kind in ("client backend", "autovacuum worker"):
        async with session.begin_nested() as nested:
            await session.execute(text("SET LOCAL search_path = pg_temp, pg_catalog, public"))
            await session.execute(text(as_if.format(kind=kind)))
            before.append((await session.scalar(HORIZON)).year)
            await nested.rollback()
    assert before == [2025, TODAY.year]


async def placed_by_now(sessions):
    async with unit_of_work(sessions) as session:
        await statistics.roll_up_orders(session)
    async with sessions() as session:
        return [row["orders_placed"] for row in await told(session, "orders_placed")]


@pytest.mark.parametrize(
    "corruption",
    [
        "UPDATE order_hours SET placed = placed + 1",
        "UPDATE order_hours SET net_minor = net_minor - 1 WHERE kind = 'product'",
        "DELETE FROM order_hours WHERE kind = 'merchant'",
        "UPDATE orders SET payable_minor = payable_minor + 1",
    ],
)
async def test_the_audit_finds_hours_that_are_wrong(session, shop, corruption):
    await a_day(session, shop)
    assert await breaches(session) == []
    await session.execute(text(corruption))
    assert await AuditRepository(session).breaches(STATISTICS[0])


async def test_numbers_are_two_statements_and_read_hours_alone(session, engine, shop):
    await a_day(session, shop)
    await rolled(session)
    with Statements(engine) as sent:
        await told(session, "orders_placed", "net_minor", by=(By.DAY, By.CHANNEL))
    assert sent.count == 2, sent.sent
    await session.execute(
        text(
            "INSERT INTO order_hours SELECT (jsonb_populate_record(h, jsonb_build_object("
            "'hour_at', h.hour_at - n * interval '1 hour'))).* FROM order_hours h,"
            " generate_series(200, 2200) n WHERE h.kind = 'all'"
        )
    )
    await session.execute(text("ANALYZE order_hours"))
    before = await rows_read(session)
    await told(session, "orders_placed", by=(By.DAY,))
    assert await rows_read(session) - before <= 200


async def test_what_was_no_cart_is_no_carts_conversion(session, shop):
    """It is sold, and counted as that."""
    await a_day(session, shop)
    await take(session, shop, line(shop.skus[0].id, 1))
    assert await breaches(session) == []
    (row,) = await told(session, "carts", "orders_placed", "cart_conversion_bps")
    assert (row["carts"], row["orders_placed"], row["cart_conversion_bps"]) == (4, 5, 10_000)


async def test_what_is_given_away_is_no_sale(session, shop):
    """Volume and amount stay what they were, whatever becomes of it."""
    await a_day(session, shop)
    await rolled(session)
    before = await told(session, *METRICS)
    given = await take(
        session,
        shop,
        line(shop.skus[0].id, 2, 0, may_undercut=True),
        tenders=(),
        kind=OrderKind.SAMPLE,
        source=OrderSource.FREE,
        cost_centre="unassigned",
    )
    await send(session, given.id)
    await rolled(session)
    assert await told(session, *METRICS) == before
    assert await breaches(session) == []
