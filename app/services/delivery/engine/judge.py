"""Which methods an order may use, why not the others, and what each costs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.core.enums.delivery import DeliveryMethod, Refusal
from app.services.delivery.engine.arrival import arrives_on
from app.services.delivery.engine.fees import at_most, fee_of, zone_of
from app.services.delivery.engine.types import (
    Freight,
    Goods,
    Judgement,
    Option,
    Place,
    Point,
    Reason,
    Slot,
    Template,
)

_APPOINTED = frozenset({DeliveryMethod.PICKUP, DeliveryMethod.SAME_CITY})
_Parcel = tuple[UUID, UUID | None]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the shopper chose; `point` and `slot` as they are now, None where none was chosen."""

    kind: DeliveryMethod
    point: Point | None = None
    slot: Slot | None = None


def judge(
    goods: Sequence[Goods], templates: Iterable[Template], wish: Wish, place: Place, at: datetime
) -> Judgement:
    """Every method the merchants have, with standard and the one wished for.

    `at` is the local time. Standard travel is free where its merchant has no template for it. A
    template of the warehouse goes before that of any; goods with one template travel together.
    """
    offered: dict[DeliveryMethod, dict[_Parcel, Template]] = {}
    for template in templates:
        of_method = offered.setdefault(template.method, {})
        of_method[template.merchant_id, template.warehouse_id] = template
    kinds = [
        kind
        for kind in DeliveryMethod
        if kind in offered or kind in {wish.kind, DeliveryMethod.STANDARD}
    ]
    options = {
        kind: _option(
            kind,
            goods,
            offered.get(kind, {}),
            wish if kind is wish.kind else None,
            wish.point.place if kind is DeliveryMethod.PICKUP and wish.point else place,
            at,
        )
        for kind in kinds
    }
    return Judgement(options[wish.kind], tuple(options.values()))


def _option(
    kind: DeliveryMethod,
    goods: Sequence[Goods],
    offered: Mapping[_Parcel, Template],
    wish: Wish | None,
    place: Place,
    at: datetime,
) -> Option:
    groups: dict[_Parcel, list[Goods]] = {}
    for each in goods:
        exact = (each.merchant_id, each.warehouse_id)
        groups.setdefault(exact if exact in offered else (each.merchant_id, None), []).append(each)
    reasons: list[Reason] = []
    freights: list[Freight] = []
    for parcel, together in sorted(
        groups.items(), key=lambda item: (item[0][0], str(item[0][1] or ""))
    ):
        template = offered.get(parcel)
        if template is None:
            if kind is not DeliveryMethod.STANDARD:
                reasons.append(Reason(Refusal.NOT_OFFERED, parcel[0], {}))
            freights.append(
                Freight(*parcel, None, None, None, 0, 0, 0, is_free=True, arrives_on=None)
            )
            continue
        freight, why = _freight(template, together, place, at)
        reasons.extend(why)
        freights.append(freight)
    if kind in _APPOINTED:
        reasons.extend(_appointed(kind, {each.merchant_id for each in goods}, offered, wish, at))
    days = [each.arrives_on for each in freights if each.arrives_on is not None]
    by_slot = wish.slot.ends_at.astimezone(at.tzinfo).date() if wish and wish.slot else None
    return Option(
        kind,
        tuple(reasons),
        at_most(sum(each.fee_minor for each in freights)),
        by_slot or (max(days) if len(days) == len(freights) else None),
        tuple(freights),
    )


def _freight(
    template: Template, goods: Sequence[Goods], place: Place, at: datetime
) -> tuple[Freight, list[Reason]]:
    merchant_id, reasons = template.merchant_id, []
    weight = sum(each.weight_grams * each.pieces for each in goods)
    if template.max_weight_grams is not None and weight > template.max_weight_grams:
        figures = {"weight_grams": weight, "max_weight_grams": template.max_weight_grams}
        reasons.append(Reason(Refusal.TOO_HEAVY, merchant_id, figures))
    refused = template.refused_category_ids & frozenset().union(
        *(each.category_ids for each in goods)
    )
    if refused:
        named = {"category_ids": sorted(map(str, refused))}
        reasons.append(Reason(Refusal.CATEGORY_REFUSED, merchant_id, named))
    key = (template.id, template.version)
    parcel = (merchant_id, template.warehouse_id)
    zone = zone_of(template.zones, place)
    if zone is None or not zone.is_served:
        where = {"zone": zone.code if zone else None, "region_code": place.region_code}
        reasons.append(Reason(Refusal.ZONE_NOT_SERVED, merchant_id, where))
        nothing = Freight(*parcel, *key, where["zone"], 0, 0, 0, is_free=False, arrives_on=None)
        return nothing, reasons
    fee = fee_of(zone, template.basis, goods)
    day = arrives_on(
        at,
        cutoff_minute=template.cutoff_minute,
        handling_days=template.handling_days,
        works_on=template.works_on,
        transit_days=zone.transit_days,
    )
    found = Freight(
        *parcel,
        *key,
        zone.code,
        fee.units,
        fee.fee_minor,
        fee.surcharge_minor,
        is_free=fee.is_free,
        arrives_on=day,
    )
    return found, reasons


def _appointed(
    kind: DeliveryMethod,
    merchant_ids: set[UUID],
    offered: Mapping[_Parcel, Template],
    wish: Wish | None,
    at: datetime,
) -> list[Reason]:
    """What keeps an order from being brought, or fetched, where and when it is to be."""
    reasons: list[Reason] = []
    if len(merchant_ids) > 1:
        reasons.append(Reason(Refusal.SEVERAL_MERCHANTS, None, {"merchants": len(merchant_ids)}))
    if wish is None:
        needs = kind is DeliveryMethod.SAME_CITY and offered
        if needs and not any(each.has_slot for each in offered.values()):
            reasons.append(Reason(Refusal.NO_SLOT, None, {}))
        return reasons
    if kind is DeliveryMethod.PICKUP:
        if wish.point is None:
            reasons.append(Reason(Refusal.POINT_NEEDED, None, {}))
        elif not wish.point.is_active or wish.point.merchant_id not in merchant_ids:
            reasons.append(Reason(Refusal.POINT_CLOSED, wish.point.merchant_id, {}))
    if wish.slot is not None:
        reasons.extend(_slot(kind, merchant_ids, wish.slot, at))
    elif kind is DeliveryMethod.SAME_CITY:
        reasons.append(Reason(Refusal.SLOT_NEEDED, None, {}))
    return reasons


def _slot(
    kind: DeliveryMethod, merchant_ids: set[UUID], slot: Slot, at: datetime
) -> Iterable[Reason]:
    fits = slot.is_active and slot.method is kind and slot.merchant_id in merchant_ids
    if not fits:
        yield Reason(Refusal.NO_SLOT, slot.merchant_id, {})
    elif at >= slot.orders_until:
        until = {"orders_until": slot.orders_until.isoformat()}
        yield Reason(Refusal.CUT_OFF_PASSED, slot.merchant_id, until)
    elif slot.left < 1:
        yield Reason(Refusal.SLOT_FULL, slot.merchant_id, {})
