"""A desk where orders are lived, what the machine of orders works at.

Two shoppers share nothing; their orders share stock of three SKUs in two warehouses of the platform
and of one in a merchant's.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.adapters.resources import Resources
from app.core import clock
from app.core.actor import Actor
from app.core.db import Sessions, unit_of_work
from app.core.enums.order_reviews import ReviewEffect
from app.core.enums.payments import PlanState, TenderKind
from app.core.enums.scopes import Scope
from app.core.ids import new_id
from app.core.settings import (
    DatabaseSettings,
    HttpSettings,
    PaymentSettings,
    Settings,
    WorkerSettings,
)
from app.services import orders, payments
from app.services.payments import PaymentTerms, TenderRequest
from app.services.payments.ports import GatewayPayment, GatewayState
from app.worker.dispatch import deliver_all
from app.worker.schedule import JOBS
from tests.factories.cart import make_cart
from tests.factories.inventory import make_warehouse, put_stock
from tests.factories.members import make_member
from tests.factories.merchants import make_merchant
from tests.factories.orders import ADDRESS, quote_hash, shopper
from tests.factories.payments import give_balance, give_points, make_gift_card, staff
from tests.factories.shop import Shop, make_shop
from tests.fakes.gateway import FakeGateway
from tests.integration.orders.reviewing import make_rule

PIECES = 9
DEAR_MINOR = 60_000
"""From here on the rules of review hold an order."""
_OLDER = {
    "orders": (
        *("created_at", "expires_at", "paid_at", "arrival_due_at", "received_at"),
        *("completes_at", "completed_at", "cancelled_at", "updated_at"),
    ),
    "reservations": ("expires_at", "changed_at"),
    "shipments": ("shipped_at", "delivered_at"),
    "order_returns": ("due_at",),
    "order_reviews": ("claimed_until",),
    "order_charges": ("expires_at",),
    "backorders": ("ships_at", "expires_at", "changed_at"),
    "backorder_terms": ("ships_at",),
    "payment_plans": ("created_at", "updated_at"),
    "payment_attempts": ("created_at", "updated_at", "next_query_at", "expires_at"),
    "refund_tenders": ("created_at", "next_query_at"),
    "gateway_events": ("created_at",),
    "outbox": ("next_attempt_at",),
}
"""What grows older as time passes: everything that jobs and time limits look at."""
_DAYS = """
    UPDATE stock_batches SET made_on = made_on - CAST(:days AS int),
        expires_on = expires_on - CAST(:days AS int)
"""
_EMPTY_CART = (
    """DELETE FROM cart_lines USING carts c
       WHERE c.id = cart_id AND c.state = 'open' AND c.member_id = :member_id""",
    "DELETE FROM carts WHERE member_id = :member_id AND state = 'open'",
)
TIMERS = (
    *("payments.settle", "orders.expire", "orders.review", "orders.review_time"),
    *("orders.receive", "orders.complete", "orders.returns", "orders.parcels", "inventory.free"),
    *("orders.expire_charges", "orders.backorders", "inventory.expire"),
)
_BOOKS = {
    "orders": "SELECT id, state, payment_status, fulfilment_status, return_status, version",
    "fulfilments": "SELECT id, status, warehouse_id",
    "fulfilment_lines": "SELECT fulfilment_id, order_line_id, quantity, cancelled, packed, shipped",
    "shipments": "SELECT id, state, version",
    "reservations": "SELECT id, quantity, shipped, freed, state",
    "stock": "SELECT sku_id, warehouse_id, on_hand, reserved, damaged, frozen",
    "stock_movements": "SELECT count(*)",
    "ledger_journals": "SELECT count(*)",
    "refunds": "SELECT id, state, amount_minor",
    "order_returns": "SELECT id, state, version",
    "order_changes": "SELECT count(*)",
    "order_holds": "SELECT id, lifted_at IS NULL",
    "order_reviews": "SELECT id, state, version",
    "order_charges": "SELECT id, state, settled_at, earned_minor",
    "backorders": "SELECT id, filled, freed",
    "batch_stock": "SELECT batch_id, warehouse_id, on_hand, damaged, frozen",
    "stock_serials": "SELECT id, state, document",
}
"""Everything a repeated request could change."""


@dataclass(frozen=True, slots=True)
class Person:
    id: UUID
    card_id: UUID

    @property
    def actor(self) -> Actor:
        return shopper(self.id)


@dataclass
class OrderDesk:
    """`sessions` may crash, `plain` look on. `done` are requests that are over, to be repeated.

    `special` says which goods are not like others.
    """

    sessions: Any
    plain: Sessions
    gateway: FakeGateway = field(default_factory=FakeGateway)
    people: list[Person] = field(default_factory=list)
    sku_ids: list[UUID] = field(default_factory=list)
    warehouses: list[UUID] = field(default_factory=list)
    done: list[Callable[[], Awaitable[object]]] = field(default_factory=list)
    special: frozenset[str] = frozenset()
    clerks: tuple[Actor, ...] = field(
        default_factory=lambda: tuple(
            replace(staff(), scopes=frozenset({Scope.PAYMENTS_WRITE})) for _ in range(3)
        )
    )
    settings: Settings = field(
        default_factory=lambda: Settings(
            database=DatabaseSettings(url="postgresql+asyncpg:///unused"),
            http=HttpSettings(rate_limits_enabled=False),
            payments=PaymentSettings(gateways=["alipay"], query_after_seconds=60),
            worker=WorkerSettings(max_attempts=1_000),
        )
    )

    @property
    def terms(self) -> PaymentTerms:
        return PaymentTerms.of(self.settings)

    @property
    def gateways(self) -> dict[str, FakeGateway]:
        return {"alipay": self.gateway}

    @property
    def resources(self) -> Resources:
        return Resources(
            settings=self.settings,
            sessions=self.sessions,
            readers=self.plain,
            messages=_Silent(),
            gateways=self.gateways,
        )

    async def open(self, effect: ReviewEffect | None) -> None:
        async with unit_of_work(self.plain) as session:
            shop = await make_shop(session, quantity=PIECES)
            other = await make_warehouse(session, shop.merchant.id, priority=200)
            for sku_id in shop.sku_ids:
                await put_stock(session, sku_id, other.id, PIECES)
            theirs = await _shop_of_another(session)
            self.sku_ids = [*shop.sku_ids, theirs.sku_ids[0]]
            self.warehouses = [shop.warehouse.id, other.id]
            if effect is not None:
                dear = {"min_minor": DEAR_MINOR, "currency": ["CNY"]}
                await make_rule(session, effect, conditions=dear)
            for _ in range(2):
                member_id = new_id()
                await make_member(session, id=member_id)
                card = await make_gift_card(session, 9_000, member_id=member_id)
                await give_points(session, member_id, 2_000, terms=self.terms)
                await give_balance(session, member_id, 70_000)
                self.people.append(Person(member_id, card.id))

    def sku(self, at: int) -> UUID:
        """One of those that are sold here, counted round."""
        return self.sku_ids[at % len(self.sku_ids)]

    async def rows(self, statement: str, **values: Any) -> Sequence[Any]:
        async with unit_of_work(self.plain) as session:
            return (await session.execute(text(statement), values)).mappings().all()

    async def order_ids(self) -> list[UUID]:
        return [row["id"] for row in await self.rows("SELECT id FROM orders ORDER BY id")]

    async def owner_of(self, order_id: UUID) -> Actor:
        (row,) = await self.rows("SELECT member_id FROM orders WHERE id = :id", id=order_id)
        return shopper(row["member_id"])

    async def lines_of(self, order_id: UUID) -> Sequence[Any]:
        statement = "SELECT * FROM order_lines WHERE order_id = :id ORDER BY position"
        return await self.rows(statement, id=order_id)

    async def once(self, work: Callable[[AsyncSession], Awaitable[Any]]) -> Any:
        """Do it in one transaction; done, it can be repeated."""

        async def again() -> Any:
            async with unit_of_work(self.sessions) as session:
                return await work(session)

        found = await again()
        self.done.append(again)
        return found

    async def place(
        self, person: Person, goods: Mapping[UUID, int], means: Sequence[TenderRequest]
    ) -> None:
        """A cart becomes an order; sent again it is an order already."""
        async with unit_of_work(self.plain) as session:
            for statement in _EMPTY_CART:
                await session.execute(text(statement), {"member_id": person.id})
            cart_id = await make_cart(session, person.id, list(goods.items()))
            agreed = await quote_hash(session, cart_id, person.actor)
        command = orders.PlaceOrder(
            cart_id=cart_id, quote_hash=agreed, address=ADDRESS, tenders=tuple(means)
        )
        await self.once(
            lambda session: orders.place_order(
                session,
                command,
                actor=person.actor,
                limits=self.settings.checkout,
                terms=self.terms,
            )
        )

    async def start(self, order_id: UUID) -> None:
        async with unit_of_work(self.sessions) as session:
            plan = await payments.read_plan(session, order_id)
        if plan.state is PlanState.AWAITING:
            await payments.start_attempt(
                self.sessions, self.gateways, orders.PLAN_OWNER, plan, terms=self.terms
            )

    async def notify(self, payment: GatewayPayment) -> None:
        headers, body = self.gateway.notice(payment)

        async def tell() -> None:
            await payments.receive_notice(
                *(self.sessions, self.gateways, orders.PLAN_OWNER, "alipay"),
                *(headers, body),
                at=clock.now(),
                terms=self.terms,
            )

        await tell()
        self.done.append(tell)

    def known(self, *states: GatewayState) -> list[GatewayPayment]:
        return [x for x in self.gateway.books.values() if x.state in states]

    async def cancel(self, order_id: UUID, actor: Actor) -> None:
        async def ask() -> None:
            await orders.cancel_order(
                self.sessions,
                self.gateways,
                order_id,
                actor=actor,
                reason="Not any more",
                terms=self.terms,
            )

        await ask()
        self.done.append(ask)

    async def work(self) -> None:
        """The worker delivers what is due and sends refunds on their way."""
        while await deliver_all(self.sessions, self.settings.worker):
            pass
        await self.run("payments.settle")

    async def run(self, *names: str) -> None:
        for job in JOBS:
            if job.name in names:
                await job.run(self.resources)

    async def later(self, hours: int) -> None:
        """Time passes, and the jobs of the worker with it."""
        async with unit_of_work(self.plain) as session:
            for table, columns in _OLDER.items():
                moved = ", ".join(f"{each} = {each} - CAST(:by AS interval)" for each in columns)
                statement = text(f"UPDATE {table} SET {moved}")
                await session.execute(statement, {"by": timedelta(hours=hours)})
            await session.execute(text(_DAYS), {"days": hours // 24})
        await self.run(*TIMERS)

    async def books(self) -> dict[str, set[tuple[Any, ...]]]:
        found = {}
        async with unit_of_work(self.plain) as session:
            for table, columns in _BOOKS.items():
                rows = await session.execute(text(f"{columns} FROM {table}"))
                found[table] = {tuple(row) for row in rows}
        return found

    def means(self, person: Person, names: set[str], cap: int | None) -> list[TenderRequest]:
        """What somebody pays with; the gateway pays the rest unless it is left out."""
        offered = {
            "card": TenderRequest(
                kind=TenderKind.GIFT_CARD, gift_card_id=person.card_id, max_minor=cap
            ),
            "points": TenderRequest(kind=TenderKind.POINTS, max_points=cap),
            "balance": TenderRequest(kind=TenderKind.BALANCE, max_minor=cap),
            "gateway": TenderRequest(kind=TenderKind.GATEWAY, channel="alipay"),
        }
        return [offered[name] for name in ("card", "points", "balance", "gateway") if name in names]


async def _shop_of_another(session: AsyncSession) -> Shop:
    """A second shop, whose goods and warehouse are a merchant's."""
    seller = await make_merchant(session)
    shop = await make_shop(session, quantity=PIECES)
    for statement in (
        "UPDATE spus SET merchant_id = :seller WHERE id = :spu",
        "UPDATE skus SET merchant_id = :seller WHERE spu_id = :spu",
        "UPDATE warehouses SET merchant_id = :seller WHERE id = :warehouse",
    ):
        values = {"seller": seller.id, "spu": shop.spu.id, "warehouse": shop.warehouse.id}
        await session.execute(text(statement), values)
    return shop


class _Silent:
    async def send(self, *, destination: str, kind: str, text: str) -> None:
        """Nobody is written to."""
