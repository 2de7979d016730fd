"""How many statements entering orders for others sends, and how many rows it reads."""

from uuid import UUID

import pytest
from sqlalchemy import text

from app.core.enums.group_orders import GroupPayment, TransferKind
from app.services import orders
from tests.factories.group_orders import chunks, draft, recipient, workbook
from tests.factories.intake import make_marketplace, make_sender, sold
from tests.factories.orders import LIMITS
from tests.factories.payments import TERMS, staff
from tests.integration.orders.grouping import BY_TRANSFER
from tests.integration.test_growth_pages import rows_read
from tests.statements import Statements

CROWD = """
    INSERT INTO group_order_rows (group_id, position, content, faults, state)
    SELECT r.group_id, n, r.content, '[]', 'queued'
    FROM group_order_rows r, generate_series(1000, 2999) n WHERE r.position = 2
"""
GROUPS = orders.group_orders


async def uploaded(session, sessions, shop, rows=2):
    """A group by transfer with so many rows, and its version."""
    group_id = (await draft(session, shop, payment=GroupPayment.BANK_TRANSFER))["id"]
    await session.commit()
    book = workbook([recipient(shop.skus[0].code, f"王{i}") for i in range(rows)])
    await GROUPS.upload_rows(sessions, group_id, chunks(book), version=1, actor=staff())
    return group_id, 2


@pytest.mark.parametrize("rows", [1, 200])
async def test_a_sheet_takes_as_many_statements_however_long(session, sessions, engine, shop, rows):
    with Statements(engine) as sent:
        await uploaded(session, sessions, shop, rows)
    assert sent.count <= 15, sent.sent


async def test_a_group_and_its_rows(session, sessions, engine, shop):
    group_id, _ = await uploaded(session, sessions, shop)
    for read, count in (
        (GROUPS.read_group(session, group_id), 1),
        (GROUPS.list_groups(session, member_id=None, after=None, limit=9), 1),
        (GROUPS.list_rows(session, group_id, state=None, after=0, limit=9), 2),
        (GROUPS.list_transfers(session, group_id, after=None, limit=9), 2),
    ):
        with Statements(engine) as sent:
            await read
        assert sent.count == count, sent.sent


async def test_what_is_held_placed_and_paid(session, sessions, engine, shop):
    group_id, version = await uploaded(session, sessions, shop, 1)
    with Statements(engine) as sent:
        await GROUPS.hold_rows(
            session, group_id, positions=None, seconds=60, version=version, actor=staff()
        )
    assert sent.count <= 10, sent.sent
    await GROUPS.queue_rows(
        session, group_id, positions=None, needs_all=False, version=3, actor=staff()
    )
    await session.commit()
    with Statements(engine) as sent:
        assert await GROUPS.place_rows(sessions, limits=LIMITS, terms=BY_TRANSFER, limit=1) == 1
    assert sent.count <= 14, sent.sent
    command = GROUPS.RecordTransfer(
        kind=TransferKind.RECEIVED, amount_minor=8_000, reference="8812"
    )
    row = await GROUPS.record_transfer(session, group_id, command, actor=staff())
    with Statements(engine) as sent:
        await GROUPS.confirm_transfer(session, group_id, row.id, version=1, actor=staff())
    assert sent.count <= 7, sent.sent
    await session.commit()
    with Statements(engine) as sent:
        assert await GROUPS.pay_rows(sessions, limit=5) == 1
    assert sent.count <= 17, sent.sent


async def test_a_long_queue_is_not_read_to_place_a_portion(session, sessions, shop):
    await uploaded(session, sessions, shop)
    await session.execute(text(CROWD))
    await session.execute(text("ANALYZE group_order_rows"))
    repository = GROUPS.place.GroupOrderRepository(session)
    before = await rows_read(session)
    assert len(await repository.due(20)) == 20
    assert await rows_read(session) - before <= 100


@pytest.mark.parametrize("lines", [1, 3])
@pytest.mark.parametrize("remember", [False, True])
async def test_mending_takes_as_many_statements_however_much(
    client, session, sessions, engine, shop, lines, remember
):
    """Every line is called otherwise here; it is put right and placed."""
    await make_marketplace(session)
    await session.commit()
    sent_in = sold(shop, "T-1", *((place, 1, 4_000) for place in range(lines)))
    for place, each in enumerate(sent_in["lines"]):
        each["sku"] = f"THEIRS-{place}"
    (failed,) = await (await make_sender(client, session)).send(sent_in)
    ours = {
        f"THEIRS-{place}": orders.intake.OurGoods(sku=shop.skus[place].code)
        for place in range(lines)
    }
    mend = orders.intake.Mend(goods=ours, remember=remember, reason="They renamed it")
    with Statements(engine) as sent:
        row = await orders.intake.mend_intake(
            *(sessions, UUID(failed["intake_id"]), mend),
            version=2,
            actor=staff(),
            limits=LIMITS,
            terms=TERMS,
        )
    assert row["state"] == "placed"
    assert sent.count <= 25 + remember, sent.sent
