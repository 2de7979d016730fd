"""Pricing the goods a customer keeps anew, discounts that stay frozen aside."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from app.services.pricing.engine import Line, PriceOption
from app.services.promotions.engine.actions import Kind
from app.services.promotions.engine.context import Cart, Context
from app.services.promotions.engine.paid import PaidOrder, PaidUnits
from app.services.promotions.engine.quote import quote
from app.services.promotions.engine.types import GiftFact, Promotion, Quota

Kept: TypeAlias = tuple[PaidUnits, int]
"""Units that were alike, and how many of them are kept."""


class RepricedUnits(NamedTuple):
    """`quantity` units of `run`, what promotions take off each now, and what it costs then."""

    run: PaidUnits
    quantity: int
    discounts: tuple[tuple[str, int], ...]
    net_minor: int


class Repriced(NamedTuple):
    """The units as they cost now, in the order of their lines; the promotions that still give."""

    units: list[RepricedUnits]
    giving: frozenset[str]

    @property
    def nets(self) -> list[tuple[str, int]]:
        """As `(line id, net_minor)` of some units each."""
        return [(each.run.line.id, each.quantity * each.net_minor) for each in self.units]


class _Cell(NamedTuple):
    """`quantity` units of `run`, each with `taken_minor` taken off by what was priced anew."""

    run: PaidUnits
    quantity: int
    taken_minor: int
    discounts: tuple[tuple[str, int], ...] = ()


def repriced(order: PaidOrder, kept: Sequence[Kept]) -> Repriced:
    """Run the stages over the kept units with the promotions that reprice and those that give.

    A stage starts from the price less what earlier stages take off: the frozen discounts of
    promotions that do not reprice, and the new ones of those that do. What stays frozen for the
    same and later stages is out of reach as if it were part of the floor.
    """
    cells = [_Cell(run, count, 0) for run, count in kept]
    stages = {stage: place for place, stage in enumerate(order.context.stages)}
    anew = order.anew
    place_of = {p.id: stages[p.stage] for p in order.promotions if p.id not in anew}
    giving: set[str] = set()
    for place, stage in enumerate(order.context.stages):
        mine = [
            _as_applied(p, order)
            for p in order.promotions
            if p.stage == stage and (p.id in anew or p.rule.action.kind is Kind.GIFT)
        ]
        if mine:
            lines = [_line(f"{i:09}", c, place, place_of, order) for i, c in enumerate(cells)]
            answer = quote(Cart(tuple(lines)), mine, order.context)
            giving |= {gift.promotion_id for gift in answer.gifts}
            cells = [
                cell._replace(
                    quantity=unit.count,
                    taken_minor=cell.taken_minor + unit.price_minor - unit.net_minor,
                    discounts=cell.discounts + unit.discounts,
                )
                for cell, line in zip(cells, answer.lines, strict=True)
                for unit in line.units
            ]
    return Repriced([_priced(cell, place_of) for cell in cells], frozenset(giving))


def _priced(cell: _Cell, place_of: dict[str, int]) -> RepricedUnits:
    run = cell.run
    frozen = tuple(each for each in run.discounts if each[0] in place_of)
    net = run.price_minor - cell.taken_minor - _frozen(run, place_of, 0)
    return RepricedUnits(run, cell.quantity, frozen + cell.discounts, net)


def _as_applied(promotion: Promotion, order: PaidOrder) -> Promotion:
    """The promotion with what it gave and without the limits it was counted against."""
    given: dict[str, int] = {}
    for gift in order.gifts:
        given[gift.sku_id] = given.get(gift.sku_id, 0) + gift.quantity
    mine = [gift for gift in order.gifts if gift.promotion_id == promotion.id]
    return replace(
        promotion,
        is_active=True,
        starts_at=None,
        ends_at=None,
        needs_coupon=False,
        coupon=None,
        quota=Quota(),
        gifts=tuple(GiftFact(g.sku_id, g.list_minor, given[g.sku_id]) for g in mine),
    )


def _line(
    line_id: str, cell: _Cell, place: int, place_of: dict[str, int], order: PaidOrder
) -> Line:
    """The units of a cell as the stage at `place` finds them."""
    run = cell.run
    ahead = _frozen(run, place_of, place)
    entry = run.price_minor - cell.taken_minor - (_frozen(run, place_of, 0) - ahead)
    listed = run.line.list_minor
    return replace(
        run.line,
        id=line_id,
        quantity=cell.quantity,
        prices=(PriceOption("frozen", entry),) if entry < listed else (),
        floor_minor=_floor(run, order.context) + ahead,
        blocks=run.blocks,
    )


def _floor(run: PaidUnits, context: Context) -> int:
    cap_floor = -(-run.line.list_minor * (10_000 - context.max_discount_bps) // 10_000)
    return min(max(run.line.floor_minor, cap_floor), run.price_minor)


def _frozen(run: PaidUnits, place_of: dict[str, int], first: int) -> int:
    """What promotions that do not reprice took off one unit, from the stage at `first` on."""
    return sum(amount for key, amount in run.discounts if place_of.get(key, -1) >= first)
