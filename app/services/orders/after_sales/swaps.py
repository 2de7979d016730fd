"""Other goods instead of those that come back: what they list for, and whether they are there."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import now
from app.core.enums.after_sales import ReturnKind
from app.core.errors import InvalidReference
from app.repositories.orders import AskedLine, ReturnLineRepository
from app.services import catalog, inventory, pricing
from app.services.orders.refund_facts import RefundFacts
from app.services.pricing.engine import TaxMode, tax_minor


async def differences(
    session: AsyncSession,
    facts: RefundFacts,
    instead: Mapping[UUID, UUID],
    held: Mapping[UUID, UUID],
) -> dict[UUID, int]:
    """By line, how much more or less than the piece that comes back the wanted one lists for.

    Both as they are listed now, so that nobody pays for what prices did meanwhile; goods that are
    listed no more, as they were in the order. With their tax, also where prices are listed without
    it. Three statements, none where nothing else is wanted.
    Raises `InvalidReference` for a SKU that the same seller does not sell here, and for kits: the
    promise of the order says of what its own consist, and of no other.
    """
    if not instead:
        return {}
    rows = {UUID(each["id"]): each for each in facts.row["lines"]}
    own = {line_id: UUID(rows[line_id]["sku_id"]) for line_id in instead}
    before = {line_id: held.get(line_id, own[line_id]) for line_id in instead}
    channel = await catalog.channel(session, facts.row["channel_id"])
    if await catalog.kits.among(session, instead.values()):
        raise InvalidReference("Kits are not sent instead of other goods", field="for_sku_id")
    goods = await pricing.listed_goods(
        session, sorted({*instead.values(), *before.values()}), channel=channel, at=now()
    )
    found = {}
    for line_id, wanted in instead.items():
        there, row = goods.get(wanted), rows[line_id]
        if there is None or str(there.sku.merchant_id) != row["merchant_id"]:
            raise InvalidReference("Its seller does not sell that", field="for_sku_id")
        known = goods.get(before[line_id])
        listed = (
            _listed(known, channel.tax_mode)
            if known
            else _gross(row["list_minor"], row["tax_rate_bps"], facts.row["tax_mode"])
        )
        found[line_id] = _listed(there, channel.tax_mode) - listed
    return found


def _listed(good: pricing.ListedGood, mode: str) -> int:
    return _gross(good.list_minor, good.sku.tax_rate_bps, mode)


def _gross(list_minor: int, rate_bps: int, mode: str) -> int:
    is_on_top = mode == TaxMode.EXCLUSIVE
    return list_minor + (tax_minor(list_minor, rate_bps, TaxMode.EXCLUSIVE) if is_on_top else 0)


async def places_of(session: AsyncSession, row: RowMapping) -> tuple[tuple[UUID, int], ...]:
    """By line of a return, how many pieces lie behind its own: those others were sent for.

    Goods that were sent instead lie at the end of their line, and what they cost less was given
    back there, so that each piece brings what was paid for it. Lines without such are left out.
    """
    is_given = row["difference_id"] is not None
    lines = {UUID(e["order_line_id"]) for e in row["lines"] if is_given or e["is_swapped"]}
    return await behind(session, row["order_id"], lines) if lines else ()


async def behind(
    session: AsyncSession, order_id: UUID, lines: Collection[UUID]
) -> tuple[tuple[UUID, int], ...]:
    """By line, how many of its pieces were swapped and are not asked back."""
    return tuple(
        (each["id"], sum(each["swapped"].values()))
        for each in await ReturnLineRepository(session).of_order(order_id)
        if each["id"] in lines
    )


async def has_stock(
    session: AsyncSession, facts: RefundFacts, kind: ReturnKind, lines: Sequence[AskedLine]
) -> bool:
    """Whether there is now what these lines would have sent."""
    own = {each.id: each.sku_id for each in facts.lines}
    wanted: dict[UUID, int] = {}
    for each in lines:
        is_exchange = kind is ReturnKind.EXCHANGE
        sku_id = (each.for_sku_id if is_exchange else each.sku_id) or own[each.line_id]
        wanted[sku_id] = wanted.get(sku_id, 0) + each.quantity
    found = await inventory.available(session, sorted(wanted), facts.row["channel_id"])
    return all(found[sku_id] >= n for sku_id, n in wanted.items())
