"""Choosing the warehouses that fill an order, and saying why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.ids import id_of
from app.repositories.inventory import ReservationRepository, StockRepository
from app.repositories.inventory.earmarks import EarmarkRepository
from app.services.inventory.backorders import stand_in
from app.services.inventory.engine import (
    DEFAULT,
    Allocation,
    Destination,
    Kits,
    Level,
    Part,
    Policy,
    RateOf,
    Route,
    Site,
    Wanted,
    beside,
    combine,
    explode,
    find_route,
    fits,
    fixed,
    place,
    shortages,
    steps_between,
    with_kits,
)
from app.services.inventory.errors import OutOfStock
from app.services.inventory.kits import of

_LEVEL = len(Level._fields)
NO_KITS: Kits = {}


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
    sold_as: Kits = NO_KITS,
) -> Routed:
    """Choose the warehouses that shall fill what is wanted, from a reading without locks.

    They are the cheapest as the channel's policy counts, for goods that go `to` and cost
    `rate_of` to send. Nothing is promised by it: `hold` does that, last. Raises `OutOfStock`
    naming every SKU that falls short with what there is of it; lines of one SKU count together.
    With `may_wait` what is sold before it is there waits; for a statement more where it is short.

    With `standing` they are chosen anew for what is promised: where too little is elsewhere, as
    many as there are. What is held as `earmark` fills it alone, if that is enough for all of it.

    A kit comes whole from one warehouse. It is what its composition says now, or what `sold_as`
    says; kits wait for nothing.
    """
    need = combine(wanted)
    rows = await StockRepository(session).levels([*need, *explode(need, sold_as)], channel_id)
    levels = [Level(*row[:_LEVEL]) for row in rows]
    kits = kits_of(rows, need) | {kit: sold_as[kit] for kit in need if kit in sold_as}
    waiting: tuple[Allocation, ...] = ()
    if earmark is not None and kits:
        kits |= {kit: parts for kit, parts in (await of(session, earmark)).items() if kit in need}
    held = await _held(session, earmark, levels, need, kits)
    if held is not None:
        levels = held
    if standing is not None:
        levels = _of(standing, levels, explode(need, kits))
    short = lacking_of(levels, need, kits)
    if standing is None and short:
        lacking: Mapping[UUID, int] = short
        alone = {sku_id: n for sku_id, n in short.items() if sku_id not in kits}
        if may_wait and alone:
            waiting, lacking = await stand_in(session, channel_id, need, alone)
            need |= {each.sku_id: short[each.sku_id] for each in waiting}
            lacking = lacking_of(levels, need, kits) | dict(lacking)
        await refuse(session, lacking, kits)
        short = {}
    need = {sku_id: n for sku_id, n in (need | short).items() if n}
    policy = policy_of(rows)
    sites = sites_of(rows, to, kits)
    found = find_route(with_kits(levels, kits), need, sites, policy, rate_of)
    if kits and not fits(_with_parts(found.allocations, kits), levels):
        levels = fixed(levels, place(levels, need, kits)[0], kits)
        found = find_route(levels, need, sites, policy, rate_of)
    codes = {row.warehouse_id: row.code for row in rows}
    version = rows[0].policy["version"] if rows and rows[0].policy else 0
    chosen = _with_parts(found.allocations, kits)
    return Routed(chosen + waiting, reasons_of(found, sites, codes, version), held is not None)


async def _held(
    session: AsyncSession,
    earmark: str | None,
    levels: Sequence[Level],
    need: Mapping[UUID, int],
    kits: Kits,
) -> list[Level] | None:
    """What is held, as if it were all there is; None where that is too little."""
    if earmark is None:
        return None
    kept = await EarmarkRepository(session).kept(earmark, list(explode(need, kits)))
    held = [
        each._replace(available=kept.get((each.sku_id, each.warehouse_id), 0)) for each in levels
    ]
    return None if lacking_of(held, need, kits) else held


def lacking_of(levels: Sequence[Level], need: Mapping[UUID, int], kits: Kits) -> dict[UUID, int]:
    """How many there are of what falls short, beside all else that is needed."""
    if not kits:
        return shortages(levels, need)
    there: dict[UUID, int] = {}
    for each in with_kits(levels, kits):
        there[each.sku_id] = there.get(each.sku_id, 0) + max(0, each.available)
    short = {sku_id: n for sku_id, n in beside(there, need, kits).items() if n < need[sku_id]}
    left = dict(need) | short
    placed, is_whole = place(levels, left, kits)
    if is_whole:
        return short
    return short | {
        kit_id: n
        for kit_id in kits
        if (n := sum(n for (each, _), n in placed.items() if each == kit_id)) < left[kit_id]
    }


def kits_of(rows: Sequence[Any], need: Mapping[UUID, int]) -> dict[UUID, Sequence[Part]]:
    """Of what the kits among what is needed consist, as levels say."""
    said = rows[0].kits if rows else None
    if not said:
        return {}
    found = {
        id_of(kit_id): tuple(Part(id_of(sku_id), n, worth) for sku_id, n, worth in parts)
        for kit_id, parts in said.items()
    }
    return {kit_id: parts for kit_id, parts in found.items() if kit_id in need}


def _with_parts(chosen: Sequence[Allocation], kits: Kits) -> tuple[Allocation, ...]:
    if not kits:
        return tuple(chosen)
    return tuple(each._replace(parts=tuple(kits.get(each.sku_id, ()))) for each in chosen)


def _of(standing: Standing, levels: Sequence[Level], need: Mapping[UUID, int]) -> list[Level]:
    """What the merchant has; what is promised already is there for the taking.

    Of equals the warehouse it is in comes first.
    """
    found = []
    for each in levels:
        is_here = each.warehouse_id == standing.warehouse_id
        if each.merchant_id != standing.merchant_id or (is_here and standing.leave):
            continue
        free = max(0, each.available) + (need.get(each.sku_id, 0) if is_here else 0)
        found.append(each._replace(available=free, code="" if is_here else each.code))
    return found


def policy_of(rows: Sequence[Any]) -> Policy:
    """What the channel of the levels weighs."""
    said = rows[0].policy if rows else None
    return Policy(**{each: said[each] for each in Policy.__slots__}) if said else DEFAULT


def sites_of(rows: Sequence[Any], to: Destination | None, kits: Kits) -> dict[UUID, Site]:
    """The warehouses of levels as choices; a kit is as heavy and big as its pieces."""
    sites: dict[UUID, Site] = {}
    goods: dict[UUID, dict[UUID, tuple[int, int]]] = {}
    for row in rows:
        mine = goods.setdefault(row.warehouse_id, {})
        mine[row.sku_id] = (row.weight_grams, row.volume_cm3 or 0)
        if row.warehouse_id not in sites:
            steps = steps_between(row.country, row.region_code, row.service_regions, to)
            sites[row.warehouse_id] = Site(steps, row.handling_minor, mine)
    for mine in goods.values():
        for kit_id, parts in kits.items():
            each = [(part.quantity, *mine.get(part.sku_id, (0, 0))) for part in parts]
            mine[kit_id] = sum(n * grams for n, grams, _ in each), sum(n * v for n, _, v in each)
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


async def refuse(session: AsyncSession, short: Mapping[UUID, int], kits: Kits) -> None:
    """Goods that are promised to unpaid orders may come back: then it says when to ask again."""
    if not short:
        return
    seconds = await ReservationRepository(session).seconds_held(list(explode(short, kits)))
    raise OutOfStock(
        "Not enough stock" if seconds is None else "All is promised, some of it not paid for yet",
        retry_after_seconds=seconds,
        available={str(sku_id): n for sku_id, n in short.items()},
        is_held=seconds is not None,
    )
