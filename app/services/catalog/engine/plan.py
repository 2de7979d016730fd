"""What a generator run would change: wanted SKUs against those that exist."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.services.catalog.engine.barcodes import BarcodeRule
from app.services.catalog.engine.matrix import Cell, problems


@dataclass(frozen=True, slots=True)
class Existing:
    """A SKU as it is now, with its single-unit prices on the lists of the run."""

    id: UUID
    key: str
    code: str
    name: str | None
    barcode: str | None
    weight_grams: int
    is_active: bool
    prices: Mapping[UUID, int]


@dataclass(frozen=True, slots=True)
class Create:
    cell: Cell
    barcode: str | None


@dataclass(frozen=True, slots=True)
class Update:
    """`changes` maps field to (before, after); prices are named `price:<list id>`."""

    sku: Existing
    cell: Cell
    barcode: str | None
    changes: Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A combination that cannot be made, and why."""

    cell: Cell
    reasons: Sequence[str]


@dataclass(frozen=True, slots=True)
class Plan:
    """`surplus` are active SKUs the run does not want; they are left alone unless asked for."""

    create: Sequence[Create]
    update: Sequence[Update]
    unchanged: Sequence[Existing]
    surplus: Sequence[Existing]
    conflicts: Sequence[Conflict]


def plan(
    cells: Sequence[Cell],
    existing: Sequence[Existing],
    *,
    taken_codes: Collection[str],
    barcodes: BarcodeRule | None,
    taken_barcodes: Collection[str],
) -> Plan:
    """Compare by option key. A SKU that exists keeps its code and barcode: labels are printed.

    `taken_codes` and `taken_barcodes` belong to SKUs of other products.
    """
    by_key = {sku.key: sku for sku in existing}
    wanted = {cell.key for cell in cells}
    used = {sku.code for sku in existing} | set(taken_codes)
    twins = Counter(cell.code for cell in cells if cell.key not in by_key)
    own = {sku.barcode for sku in existing if sku.barcode is not None}
    free = barcodes.unused(own | set(taken_barcodes)) if barcodes else None

    create: list[Create] = []
    update: list[Update] = []
    unchanged: list[Existing] = []
    conflicts: list[Conflict] = []
    for cell in cells:
        reasons = problems(cell)
        sku = by_key.get(cell.key)
        if sku is None:
            reasons += ["code-taken"] if cell.code in used else []
            reasons += ["code-twice"] if twins[cell.code] > 1 else []
        barcode = sku.barcode if sku is not None else None
        if free is not None and barcode is None and not reasons:
            barcode = next(free, None)
            reasons += ["no-barcode-left"] if barcode is None else []
        if reasons:
            conflicts.append(Conflict(cell, reasons))
        elif sku is None:
            create.append(Create(cell, barcode))
        elif changes := dict(_changes(sku, cell, barcode)):
            update.append(Update(sku, cell, barcode, changes))
        else:
            unchanged.append(sku)
    surplus = [sku for sku in existing if sku.is_active and sku.key not in wanted]
    return Plan(create, update, unchanged, surplus, conflicts)


def _changes(
    sku: Existing, cell: Cell, barcode: str | None
) -> Iterator[tuple[str, tuple[Any, Any]]]:
    pairs: dict[str, tuple[Any, Any]] = {
        "name": (sku.name, cell.name),
        "weight_grams": (sku.weight_grams, cell.weight_grams),
        "barcode": (sku.barcode, barcode),
        "is_active": (sku.is_active, True),
    }
    for list_id, minor in cell.prices.items():
        pairs[f"price:{list_id}"] = (sku.prices.get(list_id), minor)
    yield from ((field, pair) for field, pair in pairs.items() if pair[0] != pair[1])
