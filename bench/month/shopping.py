"""Orders from baskets, paid in every mix; some cancelled, timed out, paid late, or paid twice."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from uuid import UUID

from app.adapters.sandbox import Choice, Scenario
from app.core import clock
from app.core.enums.payments import PlanState, PointsShortfall, RefundPolicy, TenderKind
from app.core.errors import InvalidReference
from app.services import orders, payments
from app.services.payments import PlanView, TenderRequest
from app.services.payments.ports import GatewayPayment
from bench.month import by_hand
from bench.month.gateways import CHANNELS, SANDBOX
from bench.month.shop import Basket
from bench.month.story import Month, Planted, Shopper
from tests.factories.cart import make_cart
from tests.factories.orders import ADDRESS, quote_hash, shopper

OWN_OF_HUNDRED = 35
"""How often each of gift card, points and balance has a part."""

OUTSIDE = {
    "wechatpay": 24,
    "alipay": 20,
    "unionpay": 14,
    "sandbox": 14,
    "cash_on_delivery": 13,
    "bank_transfer": 15,
}
FATES = {
    "paid": 76,
    "untold": 5,
    "cancelled": 4,
    "timed out": 4,
    "late": 4,
    "late and untold": 3,
    "twice": 4,
}
"""What becomes of an order that a gateway has to take money for, of a hundred."""

Follow = Callable[[Month, UUID], Awaitable[None]]


async def buy(
    month: Month,
    basket: Basket,
    follow: Follow,
    *,
    fate: str | None = None,
    outside: str | None = None,
) -> None:
    """One order; `follow` is told of it, whatever comes of it."""
    buyer = month.lots.choice(month.shoppers)
    outside = outside or _drawn(month, OUTSIDE)
    requests = _requests(month, buyer, outside, limited=fate is not None)
    try:
        plan = await _place(month, buyer, basket, requests)
    except InvalidReference:  # the card has expired or is used up
        rest = [each for each in requests if each.kind is not TenderKind.GIFT_CARD]
        plan = await _place(month, buyer, basket, rest)
    month.tally[f"order {_mix(plan)}"] += 1
    month.later(partial(follow, month, plan.order_id), hours=1)
    if not plan.due_minor:
        return
    if outside in CHANNELS:
        await _go(month, plan, outside, fate or _drawn(month, FATES))
    else:
        taken = by_hand.cash if outside == TenderKind.CASH_ON_DELIVERY else by_hand.transfer
        month.later(partial(taken, month, plan), days=1 + month.lots.random())


async def _place(
    month: Month, buyer: Shopper, basket: Basket, requests: list[TenderRequest]
) -> PlanView:
    actor = shopper(buyer.id)
    rules = replace(
        month.terms.refund_rules,
        policy=month.lots.choice(list(RefundPolicy)),
        shortfall=month.lots.choice(list(PointsShortfall)),
    )
    async with month.session() as session:
        cart_id = await make_cart(session, buyer.id, basket)
        placed = await orders.place_order(
            session,
            orders.PlaceOrder(
                cart_id=cart_id,
                quote_hash=await quote_hash(session, cart_id, actor),
                address=ADDRESS,
                tenders=tuple(requests),
            ),
            actor=actor,
            limits=month.resources.settings.checkout,
            terms=replace(month.terms, refund_rules=rules),
        )
    month.tally[f"policy {rules.policy}, points spent {rules.shortfall}"] += 1
    return placed.plan


async def _go(month: Month, plan: PlanView, channel: str, fate: str) -> None:
    """The shopper goes to the gateway, and what he does there."""
    sessions, gateways = month.resources.sessions, month.resources.gateways
    started = await payments.start_attempt(
        sessions, gateways, orders.PLAN_OWNER, plan, terms=month.terms
    )
    if fate == "late and untold" and channel == SANDBOX:
        fate = "late"
    month.tally[f"fate {fate}"] += 1
    after_closing = 2 * month.sweep.total_seconds() / 3_600 + 1
    match fate:
        case "paid":
            await pay(month, started)
        case "untold":
            await pay(month, started, told=False)
        case "told the next day":
            await pay(month, started)
            month.told_later.add(_number(started))
        case "told never":
            await pay(month, started)
            month.never_told.add(_number(started))
        case "cancelled":
            month.later(partial(by_hand.cancel, month, plan.order_id), hours=0.1)
        case "late" | "late and untold":
            is_told = fate == "late"
            month.later(partial(_pay_late, month, started, told=is_told), hours=after_closing)
        case "twice":
            await _pay_twice(month, started)


async def pay(month: Month, plan: PlanView, *, told: bool = True, late: bool = False) -> None:
    """Money at the gateway; its notice comes, unless it is lost."""
    if plan.attempt is None:
        raise ValueError(f"{plan.id} was not started")
    channel, number = plan.attempt.channel, plan.attempt.out_trade_no
    if channel == SANDBOX:
        scenario = Scenario.LATE if late else Scenario.SUCCEED
        await month.sandbox.pay(number, Choice(scenario if told else Scenario.LOSE))
        await month.sandbox.settle_tasks()
        return
    paid = month.gateways[channel].pay(number)
    if told:
        await notify(month, channel, paid)
    else:
        month.booked_later.add(number)


async def notify(month: Month, channel: str, paid: GatewayPayment) -> None:
    headers, body = month.gateways[channel].notice(paid)
    resources = month.resources
    reply = await payments.receive_notice(
        *(resources.sessions, resources.gateways, orders.PLAN_OWNER, channel, headers, body),
        at=clock.now(),
        terms=month.terms,
    )
    month.tally[f"notice {reply.outcome}"] += 1


async def _pay_late(month: Month, started: PlanView, *, told: bool) -> None:
    """Paid although the order is closed; where nobody tells us, only the statement does."""
    async with month.session() as session:
        plan = await payments.read_plan(session, started.order_id)
    if plan.state is not PlanState.CLOSED or plan.attempt is None:
        month.tally["late for nothing"] += 1
        return
    await pay(month, plan, told=told, late=True)
    if not told:
        plant_unknown(month, plan)


def plant_unknown(month: Month, plan: PlanView) -> None:
    """A payment that only the statement will tell of."""
    if plan.attempt is None:
        raise ValueError(f"{plan.id} was not started")
    gateway = month.gateways[plan.attempt.channel]
    fact = gateway.seen[-1]
    where = plan.attempt.channel, gateway.day_of(fact.at)
    month.planted.setdefault(where, []).append(Planted("missing_local", fact.number, fact.minor))


async def _pay_twice(month: Month, started: PlanView) -> None:
    """He changes the channel, pays there, and the first payment arrives after all."""
    if started.attempt is None:
        raise ValueError(f"{started.id} was not started")
    first = started.attempt.channel
    other = next(each for each in CHANNELS if each not in {first, SANDBOX})
    again = await payments.new_attempt(
        month.resources.sessions,
        month.resources.gateways,
        orders.PAYMENT_OWNER,
        started.order_id,
        other,
        terms=month.terms,
    )
    await pay(month, again)
    await pay(month, started, late=True)


def _drawn(month: Month, weights: dict[str, int]) -> str:
    return month.lots.choices(list(weights), list(weights.values()))[0]


def _requests(month: Month, buyer: Shopper, outside: str, *, limited: bool) -> list[TenderRequest]:
    """What he pays with; now and then one of his own means is to pay for everything."""

    def most() -> int | None:
        return month.lots.randrange(50, 900) if limited or month.chance(80) else None

    found = []
    if month.chance(OWN_OF_HUNDRED):
        found.append(
            TenderRequest(kind=TenderKind.GIFT_CARD, gift_card_id=buyer.card_id, max_minor=most())
        )
    if month.chance(OWN_OF_HUNDRED):
        found.append(TenderRequest(kind=TenderKind.POINTS, max_points=most()))
    if month.chance(OWN_OF_HUNDRED):
        found.append(TenderRequest(kind=TenderKind.BALANCE, max_minor=most()))
    if outside in CHANNELS:
        return [*found, TenderRequest(kind=TenderKind.GATEWAY, channel=outside)]
    return [*found, TenderRequest(kind=TenderKind(outside))]


def _mix(plan: PlanView) -> str:
    return " + ".join(each.channel or each.kind for each in plan.tenders if each.amount_minor)


def _number(plan: PlanView) -> str:
    if plan.attempt is None:
        raise ValueError(f"{plan.id} was not started")
    return plan.attempt.out_trade_no
