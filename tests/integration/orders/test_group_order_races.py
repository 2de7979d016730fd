"""Two workers place one group; a sheet is replaced, or the rest given up, while they do."""

import asyncio

import pytest
from sqlalchemy import text

from app.core.db import build_sessions, unit_of_work
from app.core.enums.group_orders import GroupPayment, TransferKind
from app.services import inventory, orders
from tests.factories.entering import line, take
from tests.factories.group_orders import check_groups, chunks, draft, recipient, workbook
from tests.factories.inventory import make_warehouse, put_stock
from tests.factories.orders import LIMITS
from tests.factories.payments import TERMS, give_balance, staff
from tests.factories.shop import make_shop
from tests.integration.orders.grouping import BY_TRANSFER

ROWS = 12


@pytest.fixture
async def sessions(fresh_engine):
    connections = [await fresh_engine.connect() for _ in range(10)]
    for each in connections:
        await each.close()
    return build_sessions(fresh_engine)


@pytest.fixture
async def shop(sessions):
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session, quantity=100)
        await give_balance(session, shop.member.id, 10_000_000)
        return shop


async def queued(sessions, shop):
    """The version and id of a group whose rows are about to be placed."""
    async with unit_of_work(sessions) as session:
        group_id = (await draft(session, shop))["id"]
    rows = workbook([recipient(shop.skus[0].code, f"王{i}") for i in range(ROWS)])
    await orders.group_orders.upload_rows(
        sessions, group_id, chunks(rows), version=1, actor=staff()
    )
    async with unit_of_work(sessions) as session:
        row = await orders.group_orders.queue_rows(
            session, group_id, positions=None, needs_all=True, version=2, actor=staff()
        )
    return group_id, row["version"]


async def place(sessions):
    while await orders.group_orders.place_rows(sessions, limits=LIMITS, terms=TERMS, limit=5):
        pass


async def read(sessions, group_id):
    async with unit_of_work(sessions) as session:
        await check_groups(session)
        placed = await session.scalar(text("SELECT count(*) FROM orders"))
        row = await orders.group_orders.read_group(session, group_id)
    return placed, row["rows"]


async def test_two_workers_place_each_row_once(sessions, shop):
    group_id, _ = await queued(sessions, shop)
    await asyncio.gather(*(place(sessions) for _ in range(3)))
    assert await read(sessions, group_id) == (ROWS, {"placed": ROWS})


async def test_workers_share_what_is_held_for_the_group(sessions, shop):
    """In two warehouses, so that they meet at the border; buyers get what is not held."""
    async with unit_of_work(sessions) as session:
        other = await make_warehouse(session, shop.merchant.id)
        await put_stock(session, shop.sku_ids[0], other.id, 5)
        group_id = (await draft(session, shop))["id"]
    rows = workbook([recipient(f"{shop.skus[0].code}*8", f"王{i}") for i in range(ROWS + 1)])
    await orders.group_orders.upload_rows(
        sessions, group_id, chunks(rows), version=1, actor=staff()
    )
    async with unit_of_work(sessions) as session:
        held = await orders.group_orders.hold_rows(
            session, group_id, positions=None, seconds=600, version=2, actor=staff()
        )
        assert held["held"] == ROWS + 1
    async with unit_of_work(sessions) as session:
        await orders.group_orders.queue_rows(
            session, group_id, positions=None, needs_all=True, version=3, actor=staff()
        )

    async def buy():
        with pytest.raises(inventory.OutOfStock):
            async with unit_of_work(sessions) as session:
                await take(session, shop, line(shop.sku_ids[0], 2))

    await asyncio.gather(*(place(sessions) for _ in range(3)), *(buy() for _ in range(3)))
    assert await read(sessions, group_id) == (ROWS + 1, {"placed": ROWS + 1})


async def test_a_row_that_nobody_foresaw_fails_by_itself(sessions, shop, monkeypatch):
    group_id, _ = await queued(sessions, shop)
    lines = orders.group_orders.place.skus_of

    async def stumble(session, codes):
        if not stumbled:
            stumbled.append(codes)
            raise ZeroDivisionError
        return await lines(session, codes)

    stumbled = []
    monkeypatch.setattr(orders.group_orders.place, "skus_of", stumble)
    await place(sessions)
    placed, rows = await read(sessions, group_id)
    assert (placed, rows) == (ROWS - 1, {"placed": ROWS - 1, "failed": 1})


async def test_groups_take_turns(sessions, shop):
    """A small one does not wait for the last row of a large one."""
    large, _ = await queued(sessions, shop)
    small, _ = await queued(sessions, shop)
    for _ in range(2):
        await orders.group_orders.place_rows(sessions, limits=LIMITS, terms=TERMS, limit=4)
    for group_id in (large, small):
        async with unit_of_work(sessions) as session:
            row = await orders.group_orders.read_group(session, group_id)
        assert row["placing"]["done"] == 4
        assert row["placing"]["left"] == ROWS - 4


async def test_workers_pay_each_order_once_from_a_deposit(sessions, shop):
    """Two take from one deposit, and more money comes meanwhile."""
    async with unit_of_work(sessions) as session:
        group_id = (await draft(session, shop, payment=GroupPayment.BANK_TRANSFER))["id"]
    rows = workbook([recipient(shop.skus[0].code, f"王{i}") for i in range(ROWS)])
    await orders.group_orders.upload_rows(
        sessions, group_id, chunks(rows), version=1, actor=staff()
    )
    async with unit_of_work(sessions) as session:
        await orders.group_orders.queue_rows(
            session, group_id, positions=None, needs_all=True, version=2, actor=staff()
        )
    while await orders.group_orders.place_rows(sessions, limits=LIMITS, terms=BY_TRANSFER, limit=5):
        pass

    async def receive(reference, amount_minor):
        command = orders.group_orders.RecordTransfer(
            kind=TransferKind.RECEIVED, amount_minor=amount_minor, reference=reference
        )
        async with unit_of_work(sessions) as session:
            row = await orders.group_orders.record_transfer(
                session, group_id, command, actor=staff()
            )
        async with unit_of_work(sessions) as session:
            await orders.group_orders.confirm_transfer(
                session, group_id, row.id, version=1, actor=staff()
            )

    async def pay():
        for _ in range(4):
            await orders.group_orders.pay_rows(sessions, limit=5)

    await receive("1", 30_000)
    await asyncio.gather(pay(), pay(), receive("2", 8_000 * ROWS - 25_000))
    await pay()
    async with unit_of_work(sessions) as session:
        row = await orders.group_orders.read_group(session, group_id)
        await check_groups(session)
    assert (row["paid_minor"], row["deposit_minor"]) == (8_000 * ROWS, 5_000)


async def test_what_ends_between_order_and_row_leaves_neither(sessions, shop, monkeypatch):
    """A worker dies with its transaction; the next one goes on where it was."""
    group_id, _ = await queued(sessions, shop)
    settle = orders.group_orders.place.GroupOrderRepository.settle
    died = []

    async def die(self, *args, **kwargs):
        if len(died) < 3:
            died.append(args)
            raise ConnectionError("gone")
        await settle(self, *args, **kwargs)

    monkeypatch.setattr(orders.group_orders.place.GroupOrderRepository, "settle", die)
    for _ in range(3):
        with pytest.raises(ConnectionError):
            await place(sessions)
    await place(sessions)
    assert await read(sessions, group_id) == (ROWS, {"placed": ROWS})


async def test_given_up_in_between_every_row_is_one_or_the_other(sessions, shop):
    group_id, version = await queued(sessions, shop)

    async def give_up():
        await asyncio.sleep(0.05)
        async with unit_of_work(sessions) as session:
            await orders.group_orders.cancel_rest(
                session, group_id, reason="no", version=version, actor=staff()
            )

    await asyncio.gather(place(sessions), place(sessions), give_up())
    placed, rows = await read(sessions, group_id)
    assert placed + rows.get("cancelled", 0) == ROWS
    assert rows.get("placed", 0) == placed


async def test_a_sheet_that_comes_meanwhile_waits_its_turn(sessions, shop):
    group_id, version = await queued(sessions, shop)
    other = workbook([recipient(f"{shop.skus[1].code}*2", f"李{i}") for i in range(ROWS + 1)])

    async def replace():
        return await orders.group_orders.upload_rows(
            sessions, group_id, chunks(other), version=version, actor=staff()
        )

    outcomes = await asyncio.gather(
        place(sessions), replace(), place(sessions), return_exceptions=True
    )
    refused = [each for each in outcomes if isinstance(each, BaseException)]
    assert {type(each) for each in refused} <= {orders.group_orders.GroupBeingPlaced}
    placed, rows = await read(sessions, group_id)
    assert (placed, rows.get("placed")) == (ROWS, ROWS)
    assert rows.get("ready", 0) == (0 if refused else 1)
