"""Pieces that are taken off an order and never leave: what they took of what everybody shares."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.services import pricing
from app.services.orders import shipping
from app.services.orders.refund_facts import RefundFacts
from app.services.payments import Span
from app.services.pricing import QuotaUse


async def take_off(
    session: AsyncSession,
    order: RowMapping,
    facts: RefundFacts,
    spans: Sequence[Span],
    *,
    actor: Actor,
) -> None:
    """Do not send units of a locked, paid order that come back, as far as they are in no parcel.

    Their stock is everybody's, and they count against no purchase limit and no quota price any
    more, as if they were taken off before it was paid. Locks the limits, then stock, then quotas.
    """
    open_ = await shipping.open_pieces(session, order["id"])
    gone = []
    for each in spans:
        if each.line_id is not None and (n := min(each.quantity, open_[each.line_id])):
            open_[each.line_id] -= n
            gone.append(Span(each.line_id, each.first, n))
    if not gone:
        return
    bought = {each.id: each.sku_id for each in facts.lines if not each.is_gift}
    limited = [(bought[e.line_id], e.quantity) for e in gone if e.line_id in bought]
    await pricing.lessen_purchase_limits(session, order["id"], limited)
    await shipping.drop_pieces(session, order, _by_line(gone), actor=actor)
    if held := await pricing.held_quota(session, order["id"]):
        less = quota_of(facts, gone, held)
        await pricing.lessen_quota(session, order["id"], less, exchanges=(), bargains=())


def quota_of(
    facts: RefundFacts, spans: Sequence[Span], held: Sequence[QuotaUse]
) -> tuple[QuotaUse, ...]:
    """What units had of quota prices, by what they cost, as far as the order has it still."""
    left = {each: each.quantity for each in held}
    names = {line.priced_as: line.id for line in facts.lines if line.priced_as is not None}
    mine: dict[UUID | None, list[Span]] = defaultdict(list)
    for span in spans:
        mine[span.line_id].append(span)
    less: Counter[QuotaUse] = Counter()
    for line in facts.quote["lines"]:
        for price_id, count in _priced(line, mine[names[line["line_id"]]]):
            for each in held:
                same = (each.sku_id, (str(each.price_list_id), each.min_quantity))
                if same == (UUID(line["sku_id"]), price_id):
                    n = min(count, left[each])
                    left[each] -= n
                    less[each] += n
    return tuple(each._replace(quantity=n) for each, n in less.items() if n)


def _priced(
    line: Mapping[str, Any], spans: Sequence[Span]
) -> Iterator[tuple[tuple[str, int], int]]:
    """Prices, by list and from how many pieces on, that these units of a line had."""
    first = 0
    for unit in line["units"]:
        last = first + unit["count"]
        count = sum(max(0, min(last, s.first + s.quantity) - max(first, s.first)) for s in spans)
        first = last
        same = (unit["price_kind"], unit["price_minor"])
        for price in line["prices"] if count else ():
            if (price["kind"], price["price_minor"]) == same and price["quantity"]:
                yield (price["price_list_id"], price["min_quantity"]), count
                break


def _by_line(spans: Sequence[Span]) -> dict[UUID, int]:
    pieces: Counter[UUID] = Counter()
    for each in spans:
        if each.line_id is not None:
            pieces[each.line_id] += each.quantity
    return dict(pieces)
