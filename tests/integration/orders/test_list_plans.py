"""What lists of orders read: statements, and rows of a crowd that is none of theirs."""

import pytest
from sqlalchemy import text

from app.core.enums.order_lists import OrderSort, OrderTab
from app.core.enums.order_marks import OrderFlag
from app.core.enums.orders import OrderKind, OrderSource, OrderState
from app.repositories.orders import ListReader, OrderFilter
from app.services import orders
from tests.factories import merchants as merchant_factory
from tests.factories.catalog import make_channel
from tests.factories.counters import shopper
from tests.factories.inventory import make_warehouse
from tests.factories.orders import place
from tests.integration.orders.sending import CLERK
from tests.integration.test_growth_pages import rows_read
from tests.statements import Statements

ROWS, PAGE = 1_200, 20
MOST_READ = 12 * PAGE
"""What shows an order may look up for each: its lines, its parts."""


async def test_lists_and_counts_are_a_statement_each(session, engine, shop):
    await place(session, shop.member.id, [(shop.skus[0].id, 1)])
    actor = shopper(shop.member.id)
    wanted = OrderFilter(state=OrderState.OPEN)
    for read in (
        orders.centre.list_orders(session, actor=actor, after=None, limit=9, tab=OrderTab.TO_PAY),
        orders.centre.count_own(session, actor=actor),
        orders.centre.search_orders(session, wanted, after=None, limit=9),
        orders.centre.count_orders(session, wanted),
        orders.centre.list_merchant_orders(
            session, wanted, merchant_id=shop.merchant.id, after=None, limit=9
        ),
        orders.centre.count_of_merchant(session, wanted, merchant_id=shop.merchant.id),
    ):
        with Statements(engine) as sent:
            await read
        assert sent.count == 1, sent.sent


async def crowd(session, order_id, *, first="f", parts=True, **columns):
    """As many orders like one, with their lines and parts; newer than all others."""
    names = await columns_of(session, "orders")
    fresh = {
        "id": "ids.id",
        "number": "left(md5(ids.id::text), 30)",
        "cart_id": "gen_random_uuid()",
    }
    made = fresh | columns
    await session.execute(
        text(
            f"CREATE TEMP TABLE ids ON COMMIT DROP AS SELECT CAST('{first}' || right("
            f"gen_random_uuid()::text, {36 - len(first)}) AS uuid) AS id"
            f" FROM generate_series(1, {ROWS})"
        )
    )
    await insert(session, "orders", names, made, "ids", "s.id = :id", order_id)
    for table in ["order_lines", "fulfilments"] * parts:
        keys = {
            "id": "gen_random_uuid()",
            "order_id": "ids.id",
            "number": "left(md5(gen_random_uuid()::text), 30)",
        }
        names = await columns_of(session, table)
        await insert(session, table, names, keys, "ids", "s.order_id = :id", order_id)


async def insert(session, table, names, made, source, where, order_id):
    chosen = ", ".join(str(made.get(each, f"s.{each}")) for each in names)
    await session.execute(
        text(
            f"INSERT INTO {table} ({', '.join(names)})"
            f" SELECT {chosen} FROM {table} s, {source} WHERE {where}"
        ),
        {"id": order_id},
    )


async def columns_of(session, table):
    statement = (
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_name = :table AND is_generated = 'NEVER'"
    )
    return (await session.scalars(text(statement), {"table": table})).all()


async def by_channel(session, shop):
    other = await make_channel(session)
    return {"channel_id": f"'{other.id}'"}, OrderFilter(channel_id=shop.channel.id)


async def by_state(session, shop):
    return (
        {"state": "'completed'", "payment_status": "'paid'", "fulfilment_status": "'delivered'"},
        OrderFilter(state=OrderState.OPEN),
    )


async def by_tab(session, shop):
    done, _ = await by_state(session, shop)
    return done, OrderFilter(tab=OrderTab.TO_PAY)


async def by_phone(session, shop):
    return (
        {"address": "jsonb_set(s.address, '{phone}', '\"+8613900000000\"')"},
        OrderFilter(phone="+8613800138000"),
    )


async def by_receiver(session, shop):
    return (
        {"address": "jsonb_set(s.address, '{recipient}', '\"Wang\"')"},
        OrderFilter(receiver="Lin Shopper"),
    )


async def by_note(session, shop):
    await session.execute(text("UPDATE orders SET note = 'Ring twice'"))
    return {"note": "NULL"}, OrderFilter(has_note=True)


async def by_gift(session, shop):
    await session.execute(text("UPDATE orders SET is_gift = true"))
    return {"is_gift": "false"}, OrderFilter(is_gift=True)


async def by_flag(session, shop):
    await session.execute(text("UPDATE orders SET flag = 'red'"))
    return {"flag": "NULL"}, OrderFilter(flag=OrderFlag.RED)


async def by_kind(session, shop):
    await session.execute(
        text("UPDATE orders SET kind = 'sample', cost_centre = 'unassigned', payable_minor = 0")
    )
    return {"kind": "'sale'", "cost_centre": "NULL"}, OrderFilter(kind=OrderKind.SAMPLE)


async def by_source(session, shop):
    await session.execute(text("UPDATE orders SET source = 'phone', reference = NULL"))
    return {"source": "'cart'"}, OrderFilter(source=OrderSource.PHONE)


async def by_reference(session, shop):
    await session.execute(text("UPDATE orders SET source = 'marketplace', reference = 'tmall:7'"))
    return {"reference": "ids.id::text"}, OrderFilter(reference="tmall:7")


async def by_hold(session, shop):
    order_id = await session.scalar(text("SELECT id FROM orders"))
    await orders.shipping.hold_by_hand(session, order_id, "look first", actor=CLERK)
    return {}, OrderFilter(is_held=True)


async def by_sku(session, shop):
    return {}, OrderFilter(sku_code="rare")


async def by_day(session, shop):
    created = await session.scalar(text("SELECT created_at FROM orders"))
    return {"created_at": "s.created_at - interval '9 days'"}, OrderFilter(placed_from=created)


@pytest.mark.parametrize(
    "made",
    [
        by_channel,
        by_state,
        by_tab,
        by_phone,
        by_receiver,
        by_note,
        by_gift,
        by_flag,
        by_kind,
        by_source,
        by_reference,
        by_hold,
        by_sku,
        by_day,
    ],
    ids=lambda each: each.__name__,
)
async def test_what_is_rare_is_found_without_the_rest(session, shop, made):
    """One of the kind lies below a crowd; a page reads none of the crowd."""
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 1)])
    columns, wanted = await made(session, shop)
    await crowd(session, placed.id, first="00" if made is by_day else "f", **columns)
    if made is by_sku:
        await session.execute(
            text("UPDATE order_lines SET sku_code = 'rare' WHERE order_id = :id"),
            {"id": placed.id},
        )
    await session.execute(text("ANALYZE"))
    before = await rows_read(session)
    found = await ListReader(session).page(
        wanted, sort=OrderSort.NEWEST, after=None, limit=PAGE, is_staff=True
    )
    assert [each.id for each in found] == [placed.id]
    assert await rows_read(session) - before <= MOST_READ


@pytest.mark.parametrize("made", [by_kind, by_source, by_reference], ids=lambda x: x.__name__)
async def test_what_is_rare_is_counted_without_the_rest(session, engine, shop, made):
    """By where orders came from, and by what they are called there."""
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 1)])
    columns, wanted = await made(session, shop)
    await crowd(session, placed.id, parts=False, **columns)
    await session.execute(text("ANALYZE"))
    before = await rows_read(session)
    with Statements(engine) as sent:
        counts = await orders.centre.count_orders(session, wanted)
    assert sent.count == 1
    assert counts[OrderTab.TO_PAY].count == 1
    assert await rows_read(session) - before <= MOST_READ


@pytest.mark.parametrize("sort", OrderSort)
async def test_a_page_far_down_reads_what_it_shows(session, shop, sort):
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 1)])
    await crowd(
        session, placed.id, payable_minor="s.payable_minor + get_byte(uuid_send(ids.id), 9)"
    )
    await session.execute(text("ANALYZE"))
    wanted = OrderFilter(currency="CNY")
    reader = ListReader(session)
    every = await reader.page(wanted, sort=sort, after=None, limit=9_999, is_staff=True)
    assert len(every) == ROWS + 1
    last = every[ROWS // 2]
    before = await rows_read(session)
    page = await reader.page(
        wanted, sort=sort, after=(last.key, last.id), limit=PAGE, is_staff=True
    )
    assert [each.id for each in page] == [each.id for each in every[ROWS // 2 + 1 :][:PAGE]]
    assert await rows_read(session) - before <= MOST_READ


async def test_a_small_merchant_reads_its_own_orders(session, shop):
    """Its one order lies below a crowd of another's."""
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 1)])
    await session.execute(text("UPDATE orders SET paid_at = now()"))
    await crowd(session, placed.id)
    other = await merchant_factory.make_merchant(session)
    warehouse = await make_warehouse(session, other.id)
    await session.execute(
        text(
            "UPDATE fulfilments SET merchant_id = :merchant, warehouse_id = :warehouse"
            " WHERE order_id = :id"
        ),
        {"merchant": other.id, "warehouse": warehouse.id, "id": placed.id},
    )
    await session.execute(text("ANALYZE"))
    reader = ListReader(session)
    nobody = OrderFilter()
    by_warehouse = OrderFilter(warehouse_id=warehouse.id)
    for read in (
        lambda: reader.of_merchant(other.id, nobody, after=None, limit=PAGE),
        lambda: reader.page(
            by_warehouse, sort=OrderSort.OLDEST, after=None, limit=PAGE, is_staff=True
        ),
    ):
        before = await rows_read(session)
        assert [each.id for each in await read()] == [placed.id]
        assert await rows_read(session) - before <= MOST_READ
    before = await rows_read(session)
    counts = await reader.counts(nobody, merchant_id=other.id)
    assert counts[OrderTab.TO_PAY].orders == 1
    assert await rows_read(session) - before <= MOST_READ


async def test_who_is_in_every_order_reads_a_page(session, shop):
    """The merchant, the warehouse and the goods of a whole crowd."""
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 1)])
    await session.execute(text("UPDATE orders SET paid_at = now()"))
    await crowd(session, placed.id)
    await session.execute(text("ANALYZE"))
    reader = ListReader(session)
    for wanted in (
        OrderFilter(merchant_id=shop.merchant.id),
        OrderFilter(warehouse_id=shop.warehouse.id),
        OrderFilter(sku_code=shop.skus[0].code),
    ):
        before = await rows_read(session)
        page = await reader.page(
            wanted, sort=OrderSort.NEWEST, after=None, limit=PAGE, is_staff=True
        )
        assert len(page) == PAGE
        assert await rows_read(session) - before <= MOST_READ
    before = await rows_read(session)
    page = await reader.of_merchant(shop.merchant.id, OrderFilter(), after=None, limit=PAGE)
    assert len(page) == PAGE
    assert await rows_read(session) - before <= MOST_READ


async def test_nothing_is_counted_beyond_the_limit(session, shop, monkeypatch):
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 1)])
    done, _ = await by_state(session, shop)
    await crowd(session, placed.id, parts=False, completed_at="now()", **done)
    monkeypatch.setattr("app.repositories.orders.lists.COUNTED", 50)
    await session.execute(text("ANALYZE"))
    before = await rows_read(session)
    counts = await orders.centre.count_orders(session, OrderFilter())
    told = counts[OrderTab.COMPLETED]
    assert (told.count, told.is_exact) == (50, False)
    assert counts[OrderTab.TO_PAY] == orders.centre.TabCount(1, is_exact=True)
    assert await rows_read(session) - before <= 5 * 51
