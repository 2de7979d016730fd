"""A company's sheet from the clerk to the bank: checked, held, placed and paid by one transfer."""

import asyncio
from collections.abc import Sequence
from itertools import cycle, islice
from multiprocessing import get_context
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.adapters.resources import Resources
from app.core.db import build_engine, build_sessions, unit_of_work
from app.core.enums.group_orders import GroupPayment, TransferKind
from app.core.logging import configure_logging
from app.core.settings import BankPayee, DatabaseSettings, PaymentSettings, Settings
from app.services import orders
from app.worker import order_rounds
from bench.groups.proofs import Wanted, proven
from bench.groups.stages import Stages
from tests.factories.group_orders import chunks, draft, recipient, workbook
from tests.factories.payments import staff
from tests.factories.shop import Shop, make_shop

GROUPS = orders.group_orders


class Gift(NamedTuple):
    """What a cell says of SKUs 0, 1 and 2, and what that comes to."""

    goods: str
    pieces: int
    minor: int


GIFTS = (
    Gift("{0}", 1, 8_000),
    Gift("{0}*2; {1}", 3, 36_000),
    Gift("{0}*3", 3, 24_000),
    Gift("{1}@180.00; {2}", 2, 23_000),
)
"""In turn: at the contract's price, at the list's, at one of the row's own."""
PAYEE = BankPayee(account_name="Stoa", account_number="1", bank="Bank")
OFF_BPS, HELD_SECONDS, PATIENT = 1_000, 86_400, 300
KILLED_AFTER = 3
"""The worker is killed when one row of so many has its order."""
_PLACED = text("SELECT count(*) FROM group_order_rows WHERE state = 'placed'")
_QUEUED = text("SELECT count(*) FROM group_order_rows WHERE state = 'queued'")


async def run(url: str, rows: int) -> list[str]:
    """Take a company's sheet of so many rows through everything; return what is wrong then."""
    resources, engine = _opened(url)
    gifts = list(islice(cycle(GIFTS), rows))
    wanted = Wanted(rows, sum(each.pieces for each in gifts), sum(each.minor for each in gifts))
    try:
        async with unit_of_work(resources.sessions) as session:
            shop = await make_shop(session, quantity=wanted.pieces)
        stages = Stages(engine)
        group_id = await _ask(resources, stages, shop, gifts)
        placed = await _killed(url, resources, rows)
        with stages.stage("placed by the next worker", rows - placed):
            while await _count(resources, _QUEUED):
                await order_rounds.place_groups(resources)
        await _pay(resources, stages, group_id, wanted)
        with stages.stage("reported as XLSX", rows):
            async for _ in GROUPS.report_xlsx(resources.readers, group_id):
                pass
        async with unit_of_work(resources.sessions) as session:
            return await proven(session, group_id, wanted)
    finally:
        await engine.dispose()


async def _ask(resources: Resources, stages: Stages, shop: Shop, gifts: Sequence[Gift]) -> UUID:
    """A clerk drafts, sends the sheet, holds its goods and has all of it placed."""
    sessions, clerk = resources.sessions, staff()
    skus = [each.code for each in shop.skus]
    sheet = workbook(
        [
            recipient(each.goods.format(*skus), f"王{i}", street=f"文三路 {i} 号")
            for i, each in enumerate(gifts)
        ]
    )
    print(f"sheet of {len(sheet) // 1_024} KiB")
    terms = {"payment": GroupPayment.BANK_TRANSFER, "rows_below_bps": OFF_BPS}
    async with unit_of_work(sessions) as session:
        group_id: UUID = (await draft(session, shop, **terms))["id"]
    with stages.stage("checked", len(gifts)):
        await GROUPS.upload_rows(sessions, group_id, chunks(sheet), version=1, actor=clerk)
    all_of_them: dict[str, Any] = {"positions": None, "actor": clerk}
    with stages.stage("held", len(gifts)):
        async with unit_of_work(sessions) as session:
            await GROUPS.hold_rows(
                session, group_id, version=2, seconds=HELD_SECONDS, **all_of_them
            )
    with stages.stage("queued", len(gifts)):
        async with unit_of_work(sessions) as session:
            await GROUPS.queue_rows(session, group_id, version=3, needs_all=True, **all_of_them)
    return group_id


async def _killed(url: str, resources: Resources, rows: int) -> int:
    """A worker of its own begins and is killed; return how many rows have their order then."""
    worker = get_context("spawn").Process(target=_work, args=(url,), daemon=True)
    worker.start()
    while worker.is_alive() and await _count(resources, _PLACED) < rows // KILLED_AFTER:
        await asyncio.to_thread(worker.join, 0.1)
    worker.kill()
    worker.join()
    placed = await _count(resources, _PLACED)
    print(f"worker killed when {placed} rows had their order")
    return placed


async def _pay(resources: Resources, stages: Stages, group_id: UUID, wanted: Wanted) -> None:
    """One person saw the transfer, another confirms it, and the worker pays from it."""
    command = GROUPS.RecordTransfer(
        kind=TransferKind.RECEIVED, amount_minor=wanted.minor, reference="8812"
    )
    async with unit_of_work(resources.sessions) as session:
        row = await GROUPS.record_transfer(session, group_id, command, actor=staff())
    async with unit_of_work(resources.sessions) as session:
        await GROUPS.confirm_transfer(session, group_id, row.id, version=1, actor=staff())
    with stages.stage("paid", wanted.rows):
        left = wanted.minor
        while left:
            await order_rounds.pay_groups(resources)
            async with unit_of_work(resources.sessions) as session:
                before, left = left, (await GROUPS.read_group(session, group_id))["deposit_minor"]
            if left == before:
                return  # the proofs say what is not paid


def _work(url: str) -> None:
    configure_logging("warning")
    asyncio.run(_for_ever(url))


async def _for_ever(url: str) -> None:
    resources, _ = _opened(url)
    while True:
        await order_rounds.place_groups(resources)


async def _count(resources: Resources, statement: Any) -> int:
    async with unit_of_work(resources.sessions) as session:
        return int(await session.scalar(statement) or 0)


class _Silent:
    async def send(self, *, destination: str, kind: str, text: str) -> None:
        """Nobody is written to."""


def _opened(url: str) -> tuple[Resources, AsyncEngine]:
    settings = Settings(
        database=DatabaseSettings(
            url=url,
            command_timeout_seconds=PATIENT,
            statement_timeout_ms=PATIENT * 1_000,
            transaction_timeout_ms=0,
        ),
        payments=PaymentSettings(bank_transfer=PAYEE),
    )
    engine = build_engine(settings.database, pool_size=2)
    sessions = build_sessions(engine)
    resources = Resources(
        settings=settings, sessions=sessions, readers=sessions, messages=_Silent(), gateways={}
    )
    return resources, engine
