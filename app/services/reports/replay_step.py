"""The worker's part of a replay: a batch of orders at a time, as long as there are any.

Orders and catalog are read on connections that refuse writes; what a batch found is kept with the
sums and the position in one transaction of its own. So a batch counts once or not at all, whoever
is killed when, and memory holds one batch.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import now
from app.core.db import Sessions, unit_of_work
from app.core.enums.members import MemberKind
from app.core.enums.reports import ReplayState
from app.repositories.reports.placed_orders import PlacedOrderRepository
from app.repositories.reports.replays import ReplayRepository
from app.services import catalog, pricing, promotions
from app.services.pricing.engine import TaxMode
from app.services.promotions import InvalidPromotion, PromotionTerms
from app.services.promotions.engine import Customer, Promotion
from app.services.reports.engine import (
    DayLimits,
    Facts,
    Goods,
    Outcome,
    PlacedOrder,
    Side,
    Spending,
    Tally,
    named_in,
    replay,
)
from app.services.reports.replay_request import KeptRequest, read_request

BATCH: Final = 100
LEASE_SECONDS: Final = 120
MOST_ATTEMPTS: Final = 5
"""A batch that five workers in a row did not finish ends the replay."""


async def replay_step(sessions: Sessions, readers: Sessions, *, batch: int = BATCH) -> bool:
    """Take the next step of a replay, if there is one; whether there may be more to do.

    Cancelling takes effect between two steps.
    """
    async with unit_of_work(sessions) as session:
        claimed = await ReplayRepository(session).claim(lease_seconds=LEASE_SECONDS)
    if claimed is None:
        return False
    request = read_request(claimed.request, claimed.channel_id)
    if claimed.attempts > MOST_ATTEMPTS:
        await _end(sessions, claimed, ReplayState.FAILED, "A batch could not be finished")
    elif claimed.total is None:
        await _plan(sessions, readers, claimed, request)
    elif not await _replay_batch(sessions, readers, claimed, request, batch):
        await _end(sessions, claimed, ReplayState.DONE)
    return True


async def _plan(sessions: Sessions, readers: Sessions, claimed: Any, request: KeptRequest) -> None:
    """Settle which orders are replayed; those placed from now on are not."""
    async with readers() as reader:
        found = await PlacedOrderRepository(reader).bounds(
            request.orders, limit=request.last_orders
        )
    async with unit_of_work(sessions) as session:
        await ReplayRepository(session).plan(
            claimed.id,
            attempts=claimed.attempts,
            first_id=found.first_id,
            last_id=found.last_id,
            total=found.total,
        )


async def _replay_batch(
    sessions: Sessions, readers: Sessions, claimed: Any, request: KeptRequest, size: int
) -> bool:
    """Replay the next orders; False when there are none."""
    if claimed.first_id is None:
        return False
    async with readers() as reader:
        rows = await PlacedOrderRepository(reader).batch(
            request.orders,
            first_id=claimed.first_id,
            last_id=claimed.last_id,
            position=claimed.position,
            limit=size,
        )
        if not rows:
            return False
        orders = [_order(row, claimed.channel_id) for row in rows]
        facts, funding, names = await _facts(reader, orders, request, claimed.channel_id)
        tally = Tally.from_dict(claimed.result.get("tally", {}))
        spending = await _spending(reader, claimed.id, tally, request, rows)
    outcomes = []
    for order in orders:
        outcome = replay(order, facts, request.trial, spending)
        tally.add(outcome, funding)
        if outcome.is_changed or outcome.why is not None or outcome.tried:
            outcomes.append(_kept(outcome))
        await asyncio.sleep(0)  # other work of this process gets its turn between two quotes
    async with unit_of_work(sessions) as session:
        await ReplayRepository(session).save(
            claimed.id,
            outcomes,
            attempts=claimed.attempts,
            seen=claimed.done,
            done=claimed.done + len(orders),
            position=rows[-1].id,
            result={
                "tally": tally.to_dict(),
                "names": claimed.result.get("names", {}) | names,
            },
        )
    return True


async def _end(
    sessions: Sessions, claimed: Any, state: ReplayState, error: str | None = None
) -> None:
    async with unit_of_work(sessions) as session:
        await ReplayRepository(session).end(
            claimed.id, state, attempts=claimed.attempts, error=error
        )


def _order(row: Any, channel_id: UUID) -> PlacedOrder:
    member_id = str(row.member_id)
    kept = None if row.priced_with is None else orjson.loads(row.priced_with)
    if kept is not None:
        customer = Customer.from_dict(kept["customer"], member_id)
    elif row.member_kind == MemberKind.MEMBER:  # from before it was kept: as it is today
        tags = frozenset((row.tier,)) if row.tier else frozenset[str]()
        customer = Customer(member_id, tags, row.tier, row.orders_count)
    else:
        customer = Customer()
    return PlacedOrder(
        id=str(row.id),
        number=row.number,
        member_id=member_id,
        placed_at=row.created_at,
        channel_id=str(channel_id),
        tax_mode=TaxMode(row.tax_mode),
        customer=customer,
        payable_minor=row.payable_minor,
        quote=orjson.loads(row.quote),
        kept=kept,
        tender_kinds=tuple(row.tender_kinds or ()),
    )


async def _facts(
    reader: AsyncSession, orders: Sequence[PlacedOrder], request: KeptRequest, channel_id: UUID
) -> tuple[Facts, dict[str, Mapping[str, int]], dict[str, str]]:
    """What the orders name, the shares of who funds promotions, and the promotions' names."""
    promotion_ids, sku_ids = named_in([order.quote for order in orders])
    in_force = await promotions.terms_in_force(reader, sorted(map(UUID, promotion_ids)))
    terms: dict[str, PromotionTerms] = {str(each): found for each, found in in_force.items()}
    known = _readable(terms)
    gifts = sorted(
        {
            each.sku_id
            for promotion in (*known.values(), *request.trial.promotions)
            for each in getattr(promotion.rule.action, "presents", ())
        }
    )
    listed: dict[str, int] = {}
    if gifts:
        channel = await catalog.channel(reader, channel_id)
        found = await pricing.listed_goods(
            reader, list(map(UUID, gifts)), channel=channel, at=now()
        )
        listed = {str(each): good.list_minor for each, good in found.items()}
    currency = str(orders[0].quote.get("currency", ""))
    rows = await PlacedOrderRepository(reader).goods(
        sorted({*map(UUID, sku_ids), *map(UUID, gifts)})
    )
    terms |= request.terms
    return (
        Facts({str(row.id): _goods(row, currency) for row in rows}, known, listed),
        {each: dict(held.funding) for each, held in terms.items()},
        {each: held.name for each, held in terms.items()},
    )


def _readable(terms: Mapping[str, PromotionTerms]) -> dict[str, Promotion]:
    found: dict[str, Promotion] = {}
    for each, held in terms.items():
        try:
            found[each] = promotions.promotion_of(UUID(each), held)
        except InvalidPromotion:  # the order that names it says so
            continue
    return found


def _goods(row: Any, currency: str) -> Goods:
    return Goods(
        sku_id=str(row.id),
        spu_id=str(row.spu_id),
        brand_id=str(row.brand_id) if row.brand_id else None,
        merchant_id=str(row.merchant_id),
        categories=frozenset(map(str, (row.category_id, *row.ancestor_ids))),
        cost_minor=row.cost_minor if row.cost_currency == currency else None,
    )


async def _spending(
    reader: AsyncSession, replay_id: UUID, tally: Tally, request: KeptRequest, rows: Sequence[Any]
) -> Spending:
    """What earlier batches used of what is tried, as far as its limits ask."""
    spending = Spending()
    tried = request.trial.promotions
    for each in tried:
        sums = tally.promotions.get(each.id)
        if sums is not None:
            spending.uses[each.id] = sums["orders"][1]
            spending.amounts[each.id] = sums["amount"][1]
    if any(each.quota.uses_per_customer is not None for each in tried):
        members = sorted({row.member_id for row in rows})
        for used in await ReplayRepository(reader).used(replay_id, members):
            key = (str(used.promotion_id), str(used.member_id))
            spending.by_member[key] = used.uses
    if request.trial.by_day:
        await _spend_by_day(reader, replay_id, request.trial.by_day, spending, rows)
    return spending


async def _spend_by_day(
    reader: AsyncSession,
    replay_id: UUID,
    limits: Mapping[str, DayLimits],
    spending: Spending,
    rows: Sequence[Any],
) -> None:
    """Tell `spending` on which days the orders fall, and what is used of those days."""
    replays = ReplayRepository(reader)
    zones = {UUID(each): limit.zone for each, limit in limits.items()}
    days = await replays.days(zones, {row.id: row.created_at for row in rows})
    spending.limits = limits
    spending.day_of = {(str(each.promotion_id), str(each.order_id)): each.day for each in days}
    since = min(row.created_at for row in rows)
    for used in await replays.used_by_day(replay_id, zones, since=since):
        spending.count_day(str(used.promotion_id), used.day, str(used.member_id), used.uses)


def _kept(outcome: Outcome) -> dict[str, Any]:
    order, before, after = outcome.order, outcome.before, outcome.after
    return {
        "order_id": order.id,
        "number": order.number,
        "member_id": order.member_id,
        "placed_at": order.placed_at,
        "is_changed": outcome.is_changed,
        "why": outcome.why,
        "stored_minor": order.payable_minor,
        "before_minor": before.payable_minor if before else None,
        "after_minor": after.payable_minor if after else None,
        "before": _taken(before),
        "after": _taken(after),
        "tried": outcome.tried,
    }


def _taken(side: Side | None) -> list[dict[str, Any]] | None:
    if side is None:
        return None
    return [
        {"promotion_id": each.promotion_id, "amount_minor": each.amount_minor}
        for each in side.taken
    ]
