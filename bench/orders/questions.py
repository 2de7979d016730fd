"""What people ask of orders: each list, filter, sort, count, number, export and queue."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Audience
from app.core.enums.intake import IntakeState
from app.core.enums.order_lists import OrderSort, OrderTab
from app.core.enums.order_reviews import OrderReviewState
from app.core.enums.orders import FulfilmentStatus, OrderState, PaymentStatus, ReturnStatus
from app.core.enums.payments import TenderKind
from app.core.enums.shipping import ShipmentState
from app.core.enums.tickets import TicketState
from app.repositories.orders import ArrivalRepository, AxesRepository, EndedRepository
from app.repositories.orders.backorders import BackorderQueue
from app.repositories.orders.export_rows import COLUMNS, ExportReader
from app.repositories.orders.routes import RouteRepository
from app.repositories.reports.order_statistics import OrderStatisticsRepository
from app.services import inventory, orders, payments
from app.services.orders import OrderFilter
from app.services.reports import statistics
from app.services.reports.statistics import METRICS, By
from bench.orders.plans import Ask

PAGE = 20
ENDED = (OrderReviewState.PASSED, OrderReviewState.REJECTED)


@dataclass(frozen=True, slots=True)
class Ground:
    """Who and what the questions are about."""

    member_id: UUID
    merchant_id: UUID
    warehouse_id: UUID
    channel_id: UUID
    sku_code: str
    number: str
    tracking: str
    charged_id: UUID
    at: datetime

    @property
    def shopper(self) -> Actor:
        return Actor(Audience.STOREFRONT, self.member_id)

    @property
    def clerk(self) -> Actor:
        return Actor(Audience.ADMIN, self.member_id)


def questions(ground: Ground) -> Iterator[tuple[str, Ask]]:
    yield from _of_shoppers(ground)
    yield from _of_staff(ground)
    yield from _of_merchants(ground)
    yield from _queues(ground)
    yield from _numbers(ground)
    yield from _timers()


def _of_shoppers(ground: Ground) -> Iterator[tuple[str, Ask]]:
    def page(**more: Any) -> Ask:
        return lambda session: orders.centre.list_orders(
            session, actor=ground.shopper, after=None, limit=PAGE, **more
        )

    yield "my orders", page()
    for tab in OrderTab:
        yield f"my orders {tab}", page(tab=tab)
    yield "my orders, by number", page(looked_for=ground.number)
    yield "my orders, by name of goods", page(looked_for="everyday")
    yield "my counts", lambda session: orders.centre.count_own(session, actor=ground.shopper)


def _of_staff(ground: Ground) -> Iterator[tuple[str, Ask]]:
    day = ground.at - timedelta(days=30)
    filters: dict[str, OrderFilter] = {
        "all": OrderFilter(),
        "number": OrderFilter(number=ground.number),
        "member": OrderFilter(member_id=ground.member_id),
        "channel": OrderFilter(channel_id=ground.channel_id),
        "merchant": OrderFilter(merchant_id=ground.merchant_id),
        "warehouse": OrderFilter(warehouse_id=ground.warehouse_id),
        "method (none of them)": OrderFilter(payment_method=TenderKind.GIFT_CARD),
        "amounts": OrderFilter(currency="CNY", payable_min=30_000, payable_max=31_000),
        "placed on a day": OrderFilter(placed_from=day, placed_to=day + timedelta(days=1)),
        "paid on a day": OrderFilter(paid_from=day, paid_to=day + timedelta(days=1)),
        "shipped on a day": OrderFilter(shipped_from=day, shipped_to=day + timedelta(days=1)),
        "receiver": OrderFilter(receiver="Buyer 7"),
        "phone": OrderFilter(phone="+8613800000007"),
        "goods": OrderFilter(sku_code=ground.sku_code),
        "held": OrderFilter(is_held=True),
        "noted": OrderFilter(has_note=True),
        "label": OrderFilter(label="risky"),
        "state open": OrderFilter(state=OrderState.OPEN),
        "unpaid": OrderFilter(payment_status=PaymentStatus.AWAITING),
        "unfulfilled": OrderFilter(fulfilment_status=FulfilmentStatus.UNFULFILLED),
        "return asked for": OrderFilter(return_status=ReturnStatus.REQUESTED),
        "to ship, of a merchant": OrderFilter(tab=OrderTab.TO_SHIP, merchant_id=ground.merchant_id),
        "to ship and noted": OrderFilter(tab=OrderTab.TO_SHIP, has_note=True),
    }
    for tab in OrderTab:
        filters[f"tab {tab}"] = OrderFilter(tab=tab)

    def page(wanted: OrderFilter, sort: OrderSort, after: Any = None) -> Ask:
        return lambda session: orders.centre.search_orders(
            session, wanted, after=after, limit=PAGE, sort=sort
        )

    for name, wanted in filters.items():
        yield f"staff: {name}", page(wanted, OrderSort.NEWEST)
    for sort in (OrderSort.OLDEST, OrderSort.HIGHEST, OrderSort.LOWEST):
        yield f"staff: all, {sort} first", page(OrderFilter(currency="CNY"), sort)
    yield "staff: to ship, oldest first", page(OrderFilter(tab=OrderTab.TO_SHIP), OrderSort.OLDEST)
    for name, wanted in (
        ("all", OrderFilter()),
        ("of a channel", OrderFilter(channel_id=ground.channel_id)),
        ("placed on a day", filters["placed on a day"]),
        ("of a member", filters["member"]),
    ):
        yield f"staff: counts {name}", _counts(wanted)


def _counts(wanted: OrderFilter) -> Ask:
    return lambda session: orders.centre.count_orders(session, wanted)


def _of_merchants(ground: Ground) -> Iterator[tuple[str, Ask]]:
    def page(wanted: OrderFilter) -> Ask:
        return lambda session: orders.centre.list_merchant_orders(
            session, wanted, merchant_id=ground.merchant_id, after=None, limit=PAGE
        )

    yield "merchant: all", page(OrderFilter())
    for tab in (OrderTab.TO_SHIP, OrderTab.TO_RECEIVE, OrderTab.AFTER_SALES):
        yield f"merchant: {tab}", page(OrderFilter(tab=tab))
    yield (
        "merchant: counts",
        lambda session: orders.centre.count_of_merchant(
            session, OrderFilter(), merchant_id=ground.merchant_id
        ),
    )


def _queues(ground: Ground) -> Iterator[tuple[str, Ask]]:
    def parts(**wanted: Any) -> Ask:
        return lambda session: orders.shipping.list_fulfilments(
            session, orders.shipping.FulfilmentFilter(**wanted), after=None, limit=PAGE
        )

    def parcels(**wanted: Any) -> Ask:
        return lambda session: orders.shipping.list_shipments(
            session, orders.shipping.ShipmentFilter(**wanted), after=None, limit=PAGE
        )

    def reviews(**wanted: Any) -> Ask:
        return lambda session: orders.review.list_reviews(
            session,
            orders.review.OrderReviewFilter(**wanted),
            actor=ground.clerk,
            after=None,
            limit=PAGE,
        )

    def tickets(**wanted: Any) -> Ask:
        return lambda session: orders.tickets.list_tickets(
            session, orders.tickets.TicketFilter(**wanted), after=None, limit=PAGE
        )

    def returns(**wanted: Any) -> Ask:
        return lambda session: orders.after_sales.list_returns(
            session,
            orders.after_sales.ReturnFilter(**wanted),
            actor=ground.clerk,
            after=None,
            limit=PAGE,
        )

    yield "shipping queue", parts()
    yield "shipping queue of a warehouse", parts(warehouse_id=ground.warehouse_id)
    yield "shipping queue, picked", parts(status=FulfilmentStatus.PICKING)
    yield "parcels", parcels()
    yield "parcels under way", parcels(state=ShipmentState.IN_TRANSIT)
    yield "parcels that are lost (none)", parcels(state=ShipmentState.LOST)
    yield "parcel by its number", parcels(tracking_number=ground.tracking)
    yield "review queue", reviews()
    yield "reviews that passed", reviews(states=(OrderReviewState.PASSED,))
    yield "reviews overdue", reviews(is_overdue=True)
    yield (
        "counts of reviews",
        lambda session: orders.review.count_reviews(session, actor=ground.clerk),
    )
    yield "tickets", tickets()
    yield "tickets open", tickets(state=TicketState.OPEN)
    yield "tickets overdue", tickets(is_overdue=True)
    yield "returns", returns()
    yield "returns open", returns(is_open=True)
    yield "returns of a merchant", returns(merchant_id=ground.merchant_id)
    yield "reviews that passed or were rejected", reviews(states=ENDED)
    yield from _rooms(ground)


def _rooms(ground: Ground) -> Iterator[tuple[str, Ask]]:
    """Lists that stand beside orders."""

    def troubles(**wanted: Any) -> Ask:
        asked = dict.fromkeys(("kind", "is_open", "merchant_id", "order_id")) | wanted
        return lambda session: orders.carriers.list_troubles(
            session, after=None, limit=PAGE, **asked
        )

    def intakes(state: IntakeState | None) -> Ask:
        return lambda session: orders.intake.list_intakes(
            session, state=state, channel=None, after=None, limit=PAGE
        )

    yield "parcels that are odd", troubles()
    yield "parcels that are odd, open", troubles(is_open=True)
    yield "orders of marketplaces", intakes(None)
    yield "orders of marketplaces that failed", intakes(IntakeState.FAILED)
    yield (
        "charges of an order",
        lambda session: orders.charges.list_charges(
            session, ground.charged_id, after=None, limit=PAGE
        ),
    )
    yield (
        "refunds that need somebody",
        lambda session: payments.list_waiting_refunds(session, after=None, limit=PAGE),
    )
    yield from _waits(ground)


def _waits(ground: Ground) -> Iterator[tuple[str, Ask]]:
    """What is not there yet, and what may travel together."""
    waiting = inventory.backorders.list_waiting
    yield "backorders", lambda session: waiting(session, after=None, limit=PAGE)
    yield "backorders over", lambda session: waiting(session, is_over=True, after=None, limit=PAGE)
    yield (
        "shortages open",
        lambda session: inventory.shortages.list_shortages(
            session, is_open=True, after=None, limit=PAGE
        ),
    )
    yield (
        "parcels for several orders",
        lambda session: orders.shipping.suggest(session, ground.warehouse_id, limit=PAGE),
    )


def _numbers(ground: Ground) -> Iterator[tuple[str, Ask]]:
    def ask(*by: By, days: int) -> Ask:
        told = [name for name, each in METRICS.items() if set(by) <= each.by]
        question = statistics.Question(
            metrics=told,
            by=by,
            from_on=ground.at.date() - timedelta(days=days),
            to_on=ground.at.date(),
        )
        return lambda session: statistics.order_statistics(session, question)

    yield "numbers of a year", ask(days=365)
    yield "numbers of a month by day", ask(By.DAY, days=30)
    yield "numbers of a year by month and channel", ask(By.MONTH, By.CHANNEL, days=365)
    yield "numbers of a month by merchant", ask(By.MERCHANT, days=30)
    yield "numbers of a month by category", ask(By.CATEGORY, days=30)
    yield (
        "export, a chunk of 500",
        lambda session: ExportReader(session).rows(
            OrderFilter(), tuple(COLUMNS), after=None, limit=500
        ),
    )


def _timers() -> Iterator[tuple[str, Ask]]:
    yield "timer: unpaid that expire", lambda session: AxesRepository(session).expired(100)
    yield "timer: received by time", lambda session: ArrivalRepository(session).arriving(100)
    yield "timer: completed by time", lambda session: ArrivalRepository(session).completing(100)
    yield "timer: orders that are over", lambda session: EndedRepository(session).fold(100)
    yield "timer: goods that came", lambda session: BackorderQueue(session).due(100)
    yield "timer: last days that come", lambda session: BackorderQueue(session).ending(3, 100)
    yield "timer: last days that are over", lambda session: BackorderQueue(session).over(100)
    yield "timer: closed warehouses", lambda session: RouteRepository(session).due(100)
    yield "timer: shortages", lambda session: inventory.shortages.due(session, 100)
    yield "timer: hours of 100 orders", _roll


async def _roll(session: AsyncSession) -> int:
    return await OrderStatisticsRepository(session).roll(100)
