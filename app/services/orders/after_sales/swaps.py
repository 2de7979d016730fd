"""Other goods instead of those that come back: what they list for, and whether they are there."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import now
from app.core.enums.after_sales import ReturnKind
from app.core.errors import InvalidReference
from app.repositories.orders import AskedLine
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
