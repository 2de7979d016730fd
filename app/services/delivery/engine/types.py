"""What freight is worked out from, and what comes of it. Amounts are integer minor units."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from app.core.enums.delivery import DeliveryMethod, FreightBasis, Refusal


class Place(NamedTuple):
    """Where something goes: a country, and in China a region of six digits where it is known."""

    country: str
    region_code: str | None


class Zone(NamedTuple):
    """What freight costs to `regions`: leading digits of region codes, or countries.

    The first `first_units` cost `first_minor`, every `step_units` begun after that `step_minor`.
    From `free_from_minor` of goods or `free_from_pieces` on that is free; `surcharge_minor` never.
    """

    code: str
    name: str
    regions: tuple[str, ...]
    is_served: bool = True
    first_units: int = 1
    first_minor: int = 0
    step_units: int = 1
    step_minor: int = 0
    surcharge_minor: int = 0
    free_from_minor: int | None = None
    free_from_pieces: int | None = None
    transit_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """What a merchant asks for one method, from one warehouse or from any.

    An order placed by `cutoff_minute` of a day in `works_on` (Monday is 1) counts for that day,
    and leaves `handling_days` of those later. `has_slot` says whether there is one to choose.
    """

    id: UUID
    version: int
    merchant_id: UUID
    warehouse_id: UUID | None
    method: DeliveryMethod
    basis: FreightBasis
    zones: tuple[Zone, ...]
    max_weight_grams: int | None = None
    refused_category_ids: frozenset[UUID] = frozenset()
    cutoff_minute: int = 1_440
    handling_days: int = 0
    works_on: frozenset[int] = frozenset(range(1, 8))
    has_slot: bool = False


class Goods(NamedTuple):
    """Pieces of a line that one merchant sends from a warehouse, where that is known.

    `amount_minor` is what all of them cost before promotions; weight and volume are of one piece.
    """

    merchant_id: UUID
    warehouse_id: UUID | None
    pieces: int
    weight_grams: int
    volume_cm3: int
    amount_minor: int
    category_ids: frozenset[UUID] = frozenset()


class Point(NamedTuple):
    """Where goods can be fetched."""

    id: UUID
    merchant_id: UUID
    place: Place
    is_active: bool


class Slot(NamedTuple):
    """A time to be there, and until when and for how many orders it can be chosen."""

    id: UUID
    merchant_id: UUID
    method: DeliveryMethod
    ends_at: datetime
    orders_until: datetime
    left: int
    is_active: bool


class Reason(NamedTuple):
    """Why not, whose goods are the matter, and the figures behind it."""

    code: Refusal
    merchant_id: UUID | None
    detail: Mapping[str, Any]


class Freight(NamedTuple):
    """What goods of one merchant cost to send; without a template, nothing."""

    merchant_id: UUID
    warehouse_id: UUID | None
    template_id: UUID | None
    template_version: int | None
    zone: str | None
    units: int
    fee_minor: int
    surcharge_minor: int
    is_free: bool
    arrives_on: date | None


class Option(NamedTuple):
    """A method: whether it can be had, what it costs in all, and when the last of it arrives."""

    kind: DeliveryMethod
    reasons: tuple[Reason, ...]
    fee_minor: int
    arrives_on: date | None
    freights: tuple[Freight, ...]

    @property
    def is_allowed(self) -> bool:
        return not self.reasons


class Judgement(NamedTuple):
    """Every method there is for an order, and the one that was wished for."""

    chosen: Option
    options: tuple[Option, ...]
