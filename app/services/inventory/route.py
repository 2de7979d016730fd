"""Choosing the warehouses that fill an order, and saying why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.inventory import ReservationRepository, StockRepository
from app.repositories.inventory.earmarks import EarmarkRepository
from app.services.inventory.backorders import stand_in
from app.services.inventory.engine import (
    DEFAULT,
    Allocation,
    Destination,
    Level,
    Policy,
    RateOf,
    Route,
    Site,
    Wanted,
    combine,
    find_route,
    shortages,
    steps_between,
)
from app.services.inventory.errors import OutOfStock

_LEVEL = len(Level._fields)


@dataclass(frozen=True, slots=True)
class Routed:
    """The warehouses chosen; `reasons` by warehouse are kept with what is sent from there.

    All of it `is_earmarked`: it was held before, as it was asked for.
    """

    allocations: tuple[Allocation, ...]
    reasons: Mapping[UUID, Mapping[str, Any]]
    is_earmarked: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """Goods that are promised in one of a merchant's warehouses already.

    Others of the merchant may have them instead; that one too, unless they `leave` it.
    """

    merchant_id: UUID
    warehouse_id: UUID
    leave: bool = False


async def route(
    session: AsyncSession,
    *,
    channel_id: UUID,
    wanted: Sequence[Wanted],
    to: Destination | None = None,
    rate_of: RateOf | None = None,
    standing: Standing | None = None,
    may_wait: bool = False,
    earmark: str | None = None,
) -> Routed:
    """Choose the warehouses that shall fill what is wanted, from a reading without locks.

    They are the cheapest as the channel's policy counts, for goods that go `to` and cost
    `rate_of` to send. Nothing is promised by it: `hold` does that, last. Raises `OutOfStock`
    naming every SKU that falls short with what there is of it; lines of one SKU count together.
    With `may_wait` what is sold before it is there waits; for a statement more where it is short.

    With `standing` they are chosen anew for what is promised: where too little is elsewhere, as
    many as there are. What is held as `earmark` fills it alone, if that is enough for all of it.
    """
    need = combine(wanted)
    rows = await StockRepository(session).levels(list(need), channel_id)
    levels = [Level(*row[:_LEVEL]) for row in rows]
    waiting: tuple[Allocation, ...] = ()
    held = await _held(session, earmark, levels, need)
    if held is not None:
        levels = held
    if standing is None:
        if short := shortages(levels, need):
            lacking: Mapping[UUID, int] = short
            if may_wait:
                waiting, lacking = await stand_in(session, channel_id, need, short)
            await refuse(session, lacking)
            need |= short
    else:
        levels = _of(standing, levels, need)
        need |= shortages(levels, need)
    need = {sku_id: n for sku_id, n in need.items() if n}
    policy = policy_of(rows)
    sites = sites_of(rows, to)
    found = find_route(levels, need, sites, policy, rate_of)
    codes = {row.warehouse_id: row.code for row in rows}
    version = rows[0].policy["version"] if rows and rows[0].policy else 0
    return Routed(
        found.allocations + waiting, reasons_of(found, sites, codes, version), held is not None
    )


async def _held(
    session: AsyncSession, earmark: str | None, levels: Sequence[Level], need: Mapping[UUID, int]
) -> list[Level] | None:
    """What is held, as if it were all there is; None where that is too little."""
    if earmark is None:
        return None
    kept = await EarmarkRepository(session).kept(earmark, sorted(need))
    held = [
        each._replace(available=kept.get((each.sku_id, each.warehouse_id), 0)) for each in levels
    ]
    return None if shortages(held, need) else held


def _of(standing: Standing, levels: Sequence[Level], need: Mapping[UUID, int]) -> list[Level]:
    """What the merchant has; what is promised already is there for the taking.

    Of equals the warehouse it is in comes first.
    """
    found = []
    for each in levels:
        is_here = each.warehouse_id == standing.warehouse_id
        if each.merchant_id != standing.merchant_id or (is_here and standing.leave):
            continue
        free = max(0, each.available) + (need[each.sku_id] if is_here else 0)
        found.append(each._replace(available=free, code="" if is_here else each.code))
    return found


def policy_of(rows: Sequence[Any]) -> Policy:
    """What the channel of the levels weighs."""
    said = rows[0].policy if rows else None
    return Policy(**{each: said[each] for each in Policy.__slots__}) if said else DEFAULT


def sites_of(rows: Sequence[Any], to: Destination | None) -> dict[UUID, Site]:
    """The warehouses of levels as choices."""
    sites: dict[UUID, Site] = {}
    goods: dict[UUID, dict[UUID, tuple[int, int]]] = {}
    for row in rows:
        mine = goods.setdefault(row.warehouse_id, {})
        mine[row.sku_id] = (row.weight_grams, row.volume_cm3 or 0)
        if row.warehouse_id not in sites:
            steps = steps_between(row.country, row.region_code, row.service_regions, to)
            sites[row.warehouse_id] = Site(steps, row.handling_minor, mine)
    return sites


def reasons_of(
    found: Route, sites: Mapping[UUID, Site], codes: Mapping[UUID, str], version: int
) -> dict[UUID, dict[str, Any]]:
    """Why each warehouse, as fulfilments keep it: what it counts for, and what was passed over."""
    whole = {
        "cost_minor": found.cost_minor,
        "gap_minor": found.gap_minor,
        "policy_version": version,
        "passed_over": [
            {"warehouse": codes[warehouse_id], "cost_minor": cost}
            for warehouse_id, cost in found.passed_over
        ],
    }
    return {
        warehouse_id: {
            "warehouse": codes[warehouse_id],
            "steps": sites[warehouse_id].steps,
            "counts": cost._asdict(),
            "order": whole,
        }
        for warehouse_id, cost in found.costs.items()
    }


async def refuse(session: AsyncSession, short: Mapping[UUID, int]) -> None:
    """Goods that are promised to unpaid orders may come back: then it says when to ask again."""
    if not short:
        return
    seconds = await ReservationRepository(session).seconds_held(list(short))
    raise OutOfStock(
        "Not enough stock" if seconds is None else "All is promised, some of it not paid for yet",
        retry_after_seconds=seconds,
        available={str(sku_id): n for sku_id, n in short.items()},
        is_held=seconds is not None,
    )
