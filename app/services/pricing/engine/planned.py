"""What a planned change does to one price, and what is wrong with it. Pure."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from app.core.money import round_half_up

WHOLE_BPS = 10_000


class FoundPrice(NamedTuple):
    """A row of a plan as the database knows it; `row` counts from 1.

    `sku_ids` are those the row may mean. `old_minor` is the price just before the instant, None for
    none; `is_taken` says that another plan changes the price at the same instant.
    """

    row: int
    sku_ids: tuple[str, ...]
    min_quantity: int
    old_minor: int | None
    new_minor: int | None
    is_taken: bool
    floor_minor: int | None
    cost_minor: int | None


class PlannedPrice(NamedTuple):
    """A price of a plan. `drop_bps` is how far it falls; `warnings` name what it falls under."""

    row: int
    sku_id: str
    min_quantity: int
    old_minor: int | None
    new_minor: int | None
    drop_bps: int
    warnings: tuple[str, ...]

    @property
    def is_changed(self) -> bool:
        return self.old_minor != self.new_minor

    def needs_approval(self, approval_drop_bps: int) -> bool:
        """Whether somebody else must look: a fall of that size, or under a floor or the cost."""
        if not self.is_changed:
            return False
        is_deep = self.drop_bps >= approval_drop_bps and self.drop_bps > 0
        return is_deep or bool(self.warnings)


class RowFault(NamedTuple):
    """`code` is `UNKNOWN_SKU`, `AMBIGUOUS_SKU`, `REPEATED`, `SAME_INSTANT` or `INVALID`."""

    row: int
    code: str
    message: str


class Plan(NamedTuple):
    """Rows in the order given, without those that are faulty."""

    rows: tuple[PlannedPrice, ...]
    faults: tuple[RowFault, ...]

    @property
    def largest_drop_bps(self) -> int:
        return max((row.drop_bps for row in self.rows), default=0)

    def needs_approval(self, approval_drop_bps: int | None) -> bool:
        """Whether somebody else must look at any of its prices; None: at none."""
        if approval_drop_bps is None:
            return False
        return any(row.needs_approval(approval_drop_bps) for row in self.rows)


def plan_of(found: Iterable[FoundPrice]) -> Plan:
    """Return the plan that the rows make."""
    rows: list[PlannedPrice] = []
    faults: list[RowFault] = []
    seen: set[tuple[str, int]] = set()
    for each in found:
        fault = _fault(each, seen)
        if fault is not None:
            faults.append(fault)
            continue
        (sku_id,) = each.sku_ids
        seen.add((sku_id, each.min_quantity))
        rows.append(
            PlannedPrice(
                each.row,
                sku_id,
                each.min_quantity,
                each.old_minor,
                each.new_minor,
                drop_bps(each.old_minor, each.new_minor),
                _warnings(each),
            )
        )
    return Plan(tuple(rows), tuple(faults))


def drop_bps(old_minor: int | None, new_minor: int | None) -> int:
    """Return by how much of the old price the new one is lower, half up; 0 where it is not."""
    if old_minor is None or new_minor is None or new_minor >= old_minor:
        return 0
    return round_half_up((old_minor - new_minor) * WHOLE_BPS, old_minor)


def _fault(found: FoundPrice, seen: Collection[tuple[str, int]]) -> RowFault | None:
    if not found.sku_ids:
        return RowFault(found.row, "UNKNOWN_SKU", "There is no such SKU")
    if len(found.sku_ids) > 1:
        return RowFault(
            found.row, "AMBIGUOUS_SKU", "Several merchants have a SKU of this code: name its id"
        )
    if (found.sku_ids[0], found.min_quantity) in seen:
        return RowFault(found.row, "REPEATED", "An earlier row is about the same price")
    if found.is_taken:
        return RowFault(found.row, "SAME_INSTANT", "Another plan changes it at the same instant")
    return None


def _warnings(found: FoundPrice) -> tuple[str, ...]:
    if found.new_minor is None:
        return ()
    limits = {"BELOW_FLOOR": found.floor_minor, "BELOW_COST": found.cost_minor}
    return tuple(
        name for name, limit in limits.items() if limit is not None and found.new_minor < limit
    )
