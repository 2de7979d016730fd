"""One number of a bank is recorded for a group and for a single order at the same moment."""

import asyncio

import pytest
from sqlalchemy import text

from app.core.db import build_sessions, unit_of_work
from app.core.enums.group_orders import GroupPayment, TransferKind
from app.core.errors import AlreadyExists
from app.services import orders, payments
from app.services.orders.payment_owner import PAYMENT_OWNER
from tests.factories.group_orders import check_groups, chunks, draft, recipient, workbook
from tests.factories.orders import LIMITS
from tests.factories.payments import staff
from tests.factories.shop import make_shop
from tests.integration.orders.grouping import BY_TRANSFER

NUMBER = "8812"
GROUPS = orders.group_orders
COUNTED = text("""
    SELECT (SELECT count(*) FROM group_transfers WHERE state <> 'rejected')
        + (SELECT count(*) FROM collections WHERE state <> 'rejected')
""")
WAITS = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")


@pytest.fixture
async def sessions(fresh_engine):
    return build_sessions(fresh_engine)


@pytest.fixture
async def placed(sessions):
    """A group that waits for its transfer, and the payment of its one order."""
    async with unit_of_work(sessions) as session:
        shop = await make_shop(session)
        group_id = (await draft(session, shop, payment=GroupPayment.BANK_TRANSFER))["id"]
    book = workbook([recipient(shop.skus[0].code)])
    await GROUPS.upload_rows(sessions, group_id, chunks(book), version=1, actor=staff())
    async with unit_of_work(sessions) as session:
        await GROUPS.queue_rows(
            session, group_id, positions=None, needs_all=True, version=2, actor=staff()
        )
    assert await GROUPS.place_rows(sessions, limits=LIMITS, terms=BY_TRANSFER, limit=1) == 1
    async with unit_of_work(sessions) as session:
        return group_id, await session.scalar(text("SELECT id FROM payment_plans"))


async def for_the_group(session, group_id, _plan_id):
    command = GROUPS.RecordTransfer(
        kind=TransferKind.RECEIVED, amount_minor=8_000, reference=NUMBER
    )
    await GROUPS.record_transfer(session, group_id, command, actor=staff())


async def for_the_order(session, _group_id, plan_id):
    command = payments.RecordCollection(plan_id=plan_id, amount_minor=8_000, reference=NUMBER)
    await payments.record_collection(session, command, actor=staff(), owner=PAYMENT_OWNER)


@pytest.mark.parametrize(
    ("first", "second"),
    [(for_the_group, for_the_order), (for_the_order, for_the_group)],
    ids=["group first", "order first"],
)
async def test_a_number_counts_once_for_both(sessions, placed, first, second):
    """Who comes second waits for the first, and then sees what it recorded."""

    async def late():
        async with unit_of_work(sessions) as session:
            await second(session, *placed)

    async with unit_of_work(sessions) as session:
        await first(session, *placed)
        task = asyncio.create_task(late())
        for _ in range(100):
            if task.done() or await session.scalar(WAITS):
                break
            await asyncio.sleep(0.02)
    with pytest.raises(AlreadyExists):
        await task
    async with unit_of_work(sessions) as session:
        assert await session.scalar(COUNTED) == 1
        await check_groups(session)
