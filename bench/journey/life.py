"""The life of orders through the services, stage by stage, each timed over all orders."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from time import perf_counter
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import text
from typing_extensions import override

from app.adapters.resources import Resources
from app.core import clock
from app.core.actor import Actor, Audience
from app.core.db import unit_of_work
from app.core.enums.after_sales import ReturnKind
from app.core.enums.payments import RefundReason, TenderKind
from app.core.enums.shipping import ShipmentState, TrackingSource
from app.core.ids import new_id
from app.services import orders, payments
from app.services.cart.engine import agree
from app.services.payments import PaymentTerms, TenderRequest
from app.worker.dispatch import deliver_one
from app.worker.schedule import JOBS
from bench.journey.year import Basket
from tests.factories.payments import staff
from tests.fakes.gateway import FakeGateway

T = TypeVar("T")
MOST_LINES, MOST_PIECES, AGREED_MINOR = 30, 9, 10_000_000
ADDRESS = {
    "recipient": "Household",
    "phone": "+12025550123",
    "country": "US",
    "province": "OH",
    "city": "Cincinnati",
    "district": None,
    "street": "1 Vine St",
    "postal_code": "45202",
    "region_code": None,
}
IN_TWO, SOUND = 0.2, 0.5
"""Shares: of orders that leave in two parcels, of pieces that come back as good as new."""
BY_GATEWAY = (TenderRequest(kind=TenderKind.GATEWAY, channel="alipay"),)
GRADES = orders.after_sales.Grades
_CART = text("""
    WITH cart AS (
        INSERT INTO carts (id, member_id, channel_id, currency)
        SELECT :id, :member_id, id, currency FROM channels WHERE id = :channel_id RETURNING id)
    INSERT INTO cart_lines (id, cart_id, member_id, sku_id, quantity, options_key)
    SELECT gen_random_uuid(), c.id, :member_id, g.sku_id, g.quantity, ''
    FROM cart c, unnest(CAST(:sku_ids AS uuid[]), CAST(:quantities AS int[]))
        AS g(sku_id, quantity)
""")


@dataclass(frozen=True, slots=True)
class Stage:
    name: str
    done: int
    seconds: float

    @override
    def __str__(self) -> str:
        rate = self.done / self.seconds if self.seconds else 0
        return f"{self.name:<36}{self.done:>8} in {self.seconds:>7.1f} s{rate:>8.0f} a second"


@dataclass
class Life:
    """`at_once` things are done side by side, each in transactions of its own."""

    resources: Resources
    gateway: FakeGateway
    channel_id: UUID
    skus: dict[int, UUID]
    people: dict[int, UUID]
    lots: Random
    at_once: int = 4
    stages: list[Stage] = field(default_factory=list)
    tally: Counter[str] = field(default_factory=Counter)
    owners: dict[UUID, UUID] = field(default_factory=dict)
    baskets_of: defaultdict[int, asyncio.Lock] = field(
        default_factory=lambda: defaultdict(asyncio.Lock)
    )
    """A household has one open cart at a time."""

    @property
    def terms(self) -> PaymentTerms:
        return PaymentTerms.of(self.resources.settings)

    async def every(
        self, name: str, things: Sequence[T], work: Callable[[T], Awaitable[object]]
    ) -> None:
        """Do it for each of them and keep how long it took."""
        waiting = iter(things)
        begun = perf_counter()

        async def one_after_another() -> None:
            for each in waiting:
                await work(each)

        await asyncio.gather(*(one_after_another() for _ in range(self.at_once)))
        self._keep(name, len(things), begun)

    def drawn(self, ids: Sequence[UUID], share: float) -> set[UUID]:
        """That share of them, one at least."""
        return set(self.lots.sample(ids, max(1, round(share * len(ids)))))

    def _keep(self, name: str, done: int, begun: float) -> None:
        self.stages.append(Stage(name, done, perf_counter() - begun))
        print(self.stages[-1], flush=True)

    async def place(self, basket: Basket) -> None:
        """A cart with the basket's goods becomes an order."""
        async with self.baskets_of[basket.household]:
            await self._place(basket)

    async def _place(self, basket: Basket) -> None:
        member_id, cart_id = self.people[basket.household], new_id()
        pieces: Counter[UUID] = Counter()
        for product, quantity, _, _ in basket.lines[:MOST_LINES]:
            if (sku_id := self.skus.get(product)) is not None:
                pieces[sku_id] += quantity
        wanted = {sku_id: min(count, MOST_PIECES) for sku_id, count in pieces.items()}
        if not wanted:
            self.tally["baskets of nothing that is sold"] += 1
            return
        values = {
            "id": cart_id,
            "member_id": member_id,
            "channel_id": self.channel_id,
            "sku_ids": list(wanted),
            "quantities": list(wanted.values()),
        }
        async with unit_of_work(self.resources.sessions) as session:
            await session.execute(_CART, values)
        goods = [(str(sku_id), "", count) for sku_id, count in wanted.items()]
        command = orders.PlaceOrder(
            cart_id=cart_id,
            quote_hash=str(agree(goods, (), "0" * 64, "standard", AGREED_MINOR)),
            address=ADDRESS,
            tenders=BY_GATEWAY,
        )
        async with unit_of_work(self.resources.sessions) as session:
            placed = await orders.place_order(
                session,
                command,
                actor=_shopper(member_id),
                limits=self.resources.settings.checkout,
                terms=self.terms,
            )
        self.owners[placed.id] = member_id

    async def pay(self, order_id: UUID) -> None:
        """The gateway is asked, the shopper pays there, and its notice comes."""
        sessions, gateways = self.resources.sessions, self.resources.gateways
        async with unit_of_work(sessions) as session:
            plan = await payments.read_plan(session, order_id)
        started = await payments.start_attempt(
            sessions, gateways, orders.PLAN_OWNER, plan, terms=self.terms
        )
        if started.attempt is None:
            raise ValueError(f"{order_id} needs no payment")
        paid = self.gateway.pay(started.attempt.out_trade_no)
        headers, body = self.gateway.notice(paid)
        await payments.receive_notice(
            *(sessions, gateways, orders.PLAN_OWNER, "alipay", headers, body),
            at=clock.now(),
            terms=self.terms,
        )

    async def cancel(self, order_id: UUID) -> None:
        await orders.cancel_order(
            self.resources.sessions,
            self.resources.gateways,
            order_id,
            actor=_shopper(self.owners[order_id]),
            reason="Changed my mind",
            terms=self.terms,
        )

    async def ship(self, order_id: UUID) -> None:
        """Each part leaves in a parcel, some in two."""
        async with unit_of_work(self.resources.sessions) as session:
            for part in await self._parts(session, order_id):
                line = part["lines"][0]
                halves: list[Any] = [None]
                if line["quantity"] > 1 and self.lots.random() < IN_TWO:
                    halves = [{UUID(str(line["order_line_id"])): 1}, None]
                for pieces in halves:
                    parcel = orders.shipping.PackParcel(
                        fulfilment_id=part["id"],
                        waybill=orders.shipping.Waybill(carrier_code="sf"),
                        pieces=pieces,
                    )
                    await orders.shipping.ship(
                        session, parcel, actor=staff(), limits=self.resources.settings.shipping
                    )

    async def deliver(self, order_id: UUID) -> None:
        """Its carrier says that it is there."""
        async with unit_of_work(self.resources.sessions) as session:
            wanted = orders.shipping.ShipmentFilter(order_id=order_id)
            for parcel in await orders.shipping.list_shipments(
                session, wanted, after=None, limit=100
            ):
                await orders.shipping.record_tracking(
                    session,
                    parcel["id"],
                    orders.shipping.Sighting(state=ShipmentState.DELIVERED),
                    actor=None,
                    source=TrackingSource.CARRIER,
                    limits=self.resources.settings.shipping,
                )

    async def confirm(self, order_id: UUID) -> None:
        async with unit_of_work(self.resources.sessions) as session:
            await orders.shipping.confirm_receipt(
                session,
                order_id,
                actor=_shopper(self.owners[order_id]),
                limits=self.resources.settings.shipping,
            )

    async def send_back(self, order_id: UUID) -> None:
        """A piece of the first line comes back, is looked at and its money returned."""
        after_sales, sessions = orders.after_sales, self.resources.sessions
        limits, clerk = self.resources.settings.after_sales, staff()
        async with unit_of_work(sessions) as session:
            statement = "SELECT id FROM order_lines WHERE order_id = :id ORDER BY position LIMIT 1"
            line_id = (await session.execute(text(statement), {"id": order_id})).scalar_one()
            asked = after_sales.AskReturn(
                order_id=order_id,
                kind=ReturnKind.RETURN,
                reason_code=RefundReason.DEFECTIVE,
                reason="It was broken",
                lines=((line_id, 1),),
            )
            row = await after_sales.ask_return(
                session, asked, actor=_shopper(self.owners[order_id]), terms=self.terms
            )
        grade = GRADES(1, 0, 0) if self.lots.random() < SOUND else GRADES(0, 1, 0)

        async def step(work: Callable[..., Awaitable[Any]], *args: Any, **more: Any) -> Any:
            async with unit_of_work(sessions) as session:
                return await work(
                    session, row["id"], *args, version=row["version"], actor=clerk, **more
                )

        row = await step(after_sales.approve, limits=limits)
        row = await step(after_sales.receive_goods)
        row = await step(after_sales.inspect_goods, {line_id: grade})
        await step(after_sales.refund_return, terms=self.terms)

    async def work(self) -> None:
        """The worker delivers messages and runs each job until little is left to do."""
        begun, settings = perf_counter(), self.resources.settings.worker
        done = 0

        async def deliver() -> None:
            nonlocal done
            while await deliver_one(self.resources.sessions, settings):
                done += 1

        await asyncio.gather(*(deliver() for _ in range(self.at_once)))
        self._keep("  messages delivered", done, begun)
        begun = perf_counter()
        for job in JOBS:
            if job.name in _RUN:
                await job.run(self.resources)
        self._keep("  rounds of the worker's jobs", 1, begun)

    async def until(self, job: str, statement: str) -> int:
        """Run a job until the statement counts nothing; how much it counted before."""
        (run,) = (each.run for each in JOBS if each.name == job)
        before = left = await self.count(statement)
        begun = perf_counter()
        while left:
            await run(self.resources)
            now = await self.count(statement)
            if now == left:
                raise RuntimeError(f"{job} leaves {left}")
            left = now
        self._keep(f"  {job}", before, begun)
        return before

    async def count(self, statement: str) -> int:
        async with unit_of_work(self.resources.sessions) as session:
            return int(await session.scalar(text(statement)))

    async def time_passes(self, column: str, order_ids: Iterable[UUID], by: timedelta) -> None:
        """What an order waits for comes earlier."""
        statement = (
            f"UPDATE orders SET {column} = {column} - CAST(:by AS interval) WHERE id = ANY (:ids)"
        )
        async with unit_of_work(self.resources.sessions) as session:
            await session.execute(text(statement), {"by": by, "ids": list(order_ids)})

    async def _parts(self, session: Any, order_id: UUID) -> Sequence[Any]:
        wanted = orders.shipping.FulfilmentFilter(order_id=order_id)
        return await orders.shipping.list_fulfilments(session, wanted, after=None, limit=100)


_RUN = ("payments.settle", "ledger.roll_up", "reports.order_hours", "orders.returns")


def _shopper(member_id: UUID) -> Actor:
    return Actor(Audience.STOREFRONT, member_id)
