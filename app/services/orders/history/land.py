"""Landing a batch: what is known stays, what is odd is refused, the rest is written at once."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import now
from app.repositories.orders import EndedRepository
from app.repositories.orders.history import OrderHistoryRepository, PastGoods
from app.services import catalog, inventory
from app.services.catalog import ChannelFacts
from app.services.orders.engine.past import PastLine, PastOrder, fault_of
from app.services.orders.history.rows import Batch

KIND = "past_order"
"""Under which the ids of another system are remembered."""

Goods = Mapping[str, Sequence[PastGoods]]


@dataclass(frozen=True, slots=True)
class Landed:
    """Orders made by their outside ids; how many were there already; why others were refused."""

    made: Mapping[str, UUID]
    known: int
    refused: Mapping[str, str]


async def land(
    session: AsyncSession,
    source: str,
    orders: Sequence[PastOrder],
    *,
    channel: str | None,
    members: Mapping[str, UUID],
    actor: Actor,
) -> Landed:
    """Make orders of the past be here, each once however often it is sent.

    They are completed or cancelled, paid or closed, and move nothing: stock came in and left in a
    warehouse of the past, nothing is booked (the books open with balances), no event is told and
    no timer waits for them. `members` are buyers by the source's ids. Raises `InvalidReference`
    for an unknown channel.
    """
    facts = await catalog.channel(session, channel)
    known = await catalog.imports.known_rows(session, source, KIND, [each.ref for each in orders])
    repository = OrderHistoryRepository(session)
    wanted = {each.ref: each for each in orders if each.ref not in known}
    goods: Goods = await _goods(repository, wanted.values())
    taken = await repository.taken([x.number for x in wanted.values() if x.number])
    batch = Batch(facts, source, actor.principal)
    refused: dict[str, str] = {}
    for order in wanted.values():
        why = _fault(order, members, goods, taken)
        if why is not None:
            refused[order.ref] = why
            continue
        if order.number is not None:
            taken.add(order.number)
        lines = [(each, _sold(each, goods)[0]) for each in order.lines]
        batch.add(order, members[order.customer], lines)
    await _write(session, repository, batch, facts)
    await catalog.imports.remember(session, source, KIND, batch.made)
    return Landed(batch.made, len(orders) - len(wanted), refused)


async def _write(
    session: AsyncSession, repository: OrderHistoryRepository, batch: Batch, facts: ChannelFacts
) -> None:
    if not batch.made:
        return
    merchants = {each["merchant_id"] for each in batch.rows["fulfilments"]}
    warehouses = await inventory.history.past_warehouses(session, merchants, country=facts.country)
    await repository.add_carrier()
    promises = batch.leave_from(warehouses)
    await repository.write(batch.rows)
    await EndedRepository(session).fold_past([each["id"] for each in batch.rows["orders"]])
    cause = f"import:{batch.source}"
    await inventory.history.ship_past(
        session, promises, at=now(), cause=cause, actor=batch.principal
    )


async def _goods(
    repository: OrderHistoryRepository, orders: Collection[PastOrder]
) -> dict[str, list[PastGoods]]:
    found = defaultdict(list)
    for each in await repository.goods({line.sku for order in orders for line in order.lines}):
        found[each.code].append(each)
    return found


def _sold(line: PastLine, goods: Goods) -> list[PastGoods]:
    """SKUs the line may be of."""
    found = goods.get(line.sku, ())
    return [each for each in found if line.merchant in {None, each.merchant}]


def _fault(
    order: PastOrder, members: Mapping[str, UUID], goods: Goods, taken: Collection[str]
) -> str | None:
    if (why := fault_of(order, now())) is not None:
        return why
    if order.customer not in members:
        return f"customer {order.customer} is no member, or two"
    if order.number in taken:
        return f"number {order.number} is taken"
    for line in order.lines:
        found = _sold(line, goods)
        if len(found) != 1:
            return f"SKU {line.sku} {'is of several merchants' if found else 'does not exist'}"
    return None
