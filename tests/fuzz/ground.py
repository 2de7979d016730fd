"""A shop to send bad requests to: the demo shop, orders lived through in it, and who may call."""

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.cli.demo.command import load_demo
from app.core.actor import Audience
from app.core.db import Sessions, build_engine, build_sessions
from app.core.enums.after_sales import ReturnKind
from app.core.enums.order_reviews import ReviewEffect
from app.core.enums.scopes import Scope
from app.core.enums.shipping import ShipmentState
from app.core.errors import DomainError
from app.core.settings import Settings
from app.models.base import Base
from app.services import payments
from app.services.payments.ports import GatewayState
from tests.conftest import patient
from tests.factories.merchants import bearer, make_api_key
from tests.factories.sessions import make_login
from tests.factories.staff import make_staff
from tests.fuzz.known import Known
from tests.fuzz.serving import ALL_DAY, Headers
from tests.property.order_clerks import Clerks
from tests.property.order_desk import OrderDesk
from tests.property.order_goods import BATCHES, KITS, SERIALS, WAITS
from tests.property.order_hands import Act

STEPS = 160
LIVES_MINUTES = 60
NAMES = ("_id", "code", "number", "slug", "currency", "serial", "reference")
ROWS = 20
"""Rows of each table that are known from the start."""

_SELLER = """
    SELECT w.merchant_id FROM warehouses w JOIN merchants m ON m.id = w.merchant_id
    JOIN skus s ON s.merchant_id = m.id JOIN order_lines l ON l.sku_id = s.id
    WHERE NOT m.is_platform LIMIT 1
"""
_ACTIVE = "UPDATE members SET status = 'active' WHERE id = :id"


@dataclass(frozen=True, slots=True)
class People:
    """Who the callers are: they keep what is theirs when their tokens stop working."""

    member_id: UUID
    merchant_id: UUID


async def lay_ground(database_url: str, lots: Random) -> People:
    """Fill an empty, migrated database."""
    settings = patient(database_url)
    engine = build_engine(settings)
    try:
        sessions = build_sessions(engine)
        desk = await live_orders(sessions, lots)
        async with sessions.begin() as session:
            found = await session.scalar(text(_SELLER))
            seller = found or await session.scalar(text("SELECT id FROM merchants LIMIT 1"))
    finally:
        await engine.dispose()
    return People(desk.people[0].id, seller)


def load_shop(database_url: str) -> None:
    load_demo(Settings(database=patient(database_url)))


async def live_orders(sessions: Sessions, lots: Random) -> OrderDesk:
    """Orders in every state the machine of orders brings them to."""
    desk = OrderDesk(sessions, sessions)
    await desk.open(ReviewEffect.HOLD)
    clerks = Clerks(desk)
    await clerks.tell_apart(frozenset({SERIALS, BATCHES, WAITS, KITS}))
    for step in range(STEPS):
        lot = lots.randrange(10_000)
        if step % 6 == 0:
            await _attempt(lambda: _buy(desk, lots))
        else:
            act = await lots.choice(WAYS)(clerks, lot)
            if act is not None:
                await _attempt(act)
        if step % 10 == 9:
            await _attempt(desk.work)
    return desk


async def _attempt(work: Act) -> None:
    with contextlib.suppress(DomainError, payments.GatewayUnreachable):
        await work()


async def _buy(desk: OrderDesk, lots: Random) -> None:
    person = desk.people[lots.choice((0, 0, 1))]
    goods = {desk.sku(lots.randrange(5)): lots.choice((1, 2))}
    mix = {"gateway", *lots.sample(("card", "points", "balance"), lots.randrange(3))}
    await desk.place(person, goods, desk.means(person, mix, 3_000))
    await desk.start((await desk.order_ids())[-1])
    for each in desk.known(GatewayState.PENDING):
        if lots.random() < 0.8:
            desk.gateway.pay(each.out_trade_no)
    for each in desk.known(GatewayState.SUCCEEDED):
        await desk.notify(each)
    await desk.run("orders.review")


Way = Callable[[Clerks, int], Awaitable[Act | None]]
RETURNS = (
    "approve",
    "approve",
    "send",
    "receive",
    "inspect",
    "refund",
    "replace",
    "mend",
    "reject",
)
WAYS: tuple[Way, ...] = (
    lambda clerks, lot: clerks.judge(lot, "approve"),
    lambda clerks, lot: clerks.judge(lot, "approve"),
    lambda clerks, lot: clerks.pick(lot),
    lambda clerks, lot: clerks.pick(lot),
    lambda clerks, lot: clerks.pack(lot, leaves=True),
    lambda clerks, lot: clerks.pack(lot, leaves=False),
    lambda clerks, lot: clerks.hand_over(lot),
    lambda clerks, lot: clerks.track(lot, ShipmentState.DELIVERED, by_carrier=False),
    lambda clerks, lot: clerks.track(lot, ShipmentState.IN_TRANSIT, by_carrier=True),
    lambda clerks, lot: clerks.confirm(lot),
    lambda clerks, lot: clerks.ask_back(lot, tuple(ReturnKind)[lot % len(ReturnKind)]),
    lambda clerks, lot: clerks.ask_back(lot, tuple(ReturnKind)[lot % len(ReturnKind)]),
    lambda clerks, lot: clerks.with_return(lot, RETURNS[lot % len(RETURNS)]),
    lambda clerks, lot: clerks.with_return(lot, RETURNS[lot % len(RETURNS)]),
    lambda clerks, lot: clerks.charge(lot),
    lambda clerks, lot: clerks.propose(lot, ("goods", "freight", "price")[lot % 3]),
    lambda clerks, lot: clerks.change(lot, ("address", "far", "note", "pieces")[lot % 4]),
    lambda clerks, lot: clerks.refund(lot),
    lambda clerks, lot: clerks.split(lot),
    lambda clerks, lot: clerks.hold(lot),
    lambda clerks, lot: clerks.restock(lot),
)


async def make_callers(database_url: str, people: People) -> dict[str, Headers]:
    """Tokens of a shopper with orders, of staff who may do everything, and a merchant's key."""
    engine = build_engine(patient(database_url))
    async with build_sessions(engine).begin() as session:
        await session.execute(text(_ACTIVE), {"id": people.member_id})
        clerk = await make_staff(session, scopes=tuple(Scope), is_owner=True)
        key = await make_api_key(session, merchant_id=people.merchant_id, scopes=tuple(Scope))
        shopper = await make_login(session, Audience.STOREFRONT, people.member_id, tokens=ALL_DAY)
        staff = await make_login(session, Audience.ADMIN, clerk.id, tokens=ALL_DAY)
    await engine.dispose()
    return {"storefront": shopper.headers, "admin": staff.headers, "merchant": bearer(key)}


async def look_round(database_url: str, known: Known) -> None:
    """Know rows of every table, whoever they belong to."""
    engine = build_engine(patient(database_url))
    async with engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            columns = [each.name for each in table.columns if _is_told(each.name)]
            if columns:
                await _look_at(connection, table.name, columns, known)
    await engine.dispose()


def _is_told(name: str) -> bool:
    return name == "id" or (name.endswith(NAMES) and "hash" not in name)


async def _look_at(
    connection: AsyncConnection, table: str, columns: list[str], known: Known
) -> None:
    named = ", ".join(f'"{each}"::text' for each in columns)
    statement = f"SELECT {named} FROM {table} ORDER BY random() LIMIT {ROWS}"
    for row in await connection.execute(text(statement)):
        for name, value in zip(columns, row, strict=True):
            if value not in {None, ""}:
                known.add("", table.replace("_", "-"), name, value)
