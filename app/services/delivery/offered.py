"""What the merchants of a cart offer, read with the cart."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.enums.delivery import DeliveryMethod, FreightBasis
from app.services.delivery.engine import Place, Point, Slot, Template, Zone


@dataclass(frozen=True, slots=True)
class Offered:
    """Active templates of the merchants, and the point and slot that were asked for if they exist.

    `point_row` is the point as the order keeps it.
    """

    templates: tuple[Template, ...] = ()
    point: Point | None = None
    slot: Slot | None = None
    point_row: Mapping[str, Any] | None = None

    @property
    def is_by_warehouse(self) -> bool:
        """Whether freight asks where the goods come from."""
        return any(each.warehouse_id is not None for each in self.templates)


NOTHING = Offered()


def offered_of(
    freight: Sequence[Mapping[str, Any]] | None,
    point: Mapping[str, Any] | None,
    slot: Mapping[str, Any] | None,
) -> Offered:
    """From rows as JSON."""
    if not freight and point is None and slot is None:
        return NOTHING
    return Offered(
        tuple(_template(each) for each in freight or ()),
        _point(point) if point else None,
        _slot(slot) if slot else None,
        point,
    )


def _template(row: Mapping[str, Any]) -> Template:
    warehouse_id = row["warehouse_id"]
    return Template(
        id=UUID(row["id"]),
        version=row["version"],
        merchant_id=UUID(row["merchant_id"]),
        warehouse_id=UUID(warehouse_id) if warehouse_id else None,
        method=DeliveryMethod(row["method"]),
        basis=FreightBasis(row["basis"]),
        zones=tuple(Zone(**(each | {"regions": tuple(each["regions"])})) for each in row["zones"]),
        max_weight_grams=row["max_weight_grams"],
        refused_category_ids=frozenset(map(UUID, row["refused_category_ids"])),
        cutoff_minute=row["cutoff_minute"],
        handling_days=row["handling_days"],
        works_on=frozenset(row["works_on"]),
        has_slot=row["has_slot"],
    )


def _point(row: Mapping[str, Any]) -> Point:
    return Point(
        UUID(row["id"]),
        UUID(row["merchant_id"]),
        Place(row["country"], row["region_code"]),
        row["is_active"],
    )


def _slot(row: Mapping[str, Any]) -> Slot:
    return Slot(
        UUID(row["id"]),
        UUID(row["merchant_id"]),
        DeliveryMethod(row["method"]),
        datetime.fromisoformat(row["ends_at"]),
        datetime.fromisoformat(row["orders_until"]),
        row["capacity"] - row["taken"],
        row["is_active"],
    )
