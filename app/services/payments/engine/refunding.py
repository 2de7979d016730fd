"""What a refund takes from which unit and which tender (payments specification 3.5). Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from app.core.enums.payments import RefundPolicy
from app.core.money import allocate
from app.services.payments.engine.attribution import Cells, Row, Span, cut, divided, less, matrix
from app.services.payments.engine.spreading import Weight, spread
from app.services.payments.errors import RefundExceeds


class Take(NamedTuple):
    """`amount_minor` from the units of the first pool, what they lack from those of the next.

    Without an amount everything that is left of the first pool, even if that is nothing.
    """

    pools: tuple[tuple[Span, ...], ...]
    amount_minor: int | None = None


class Split(NamedTuple):
    """What goes back, by unit and tender; rows and columns add up exactly."""

    cells: tuple[Cells, ...]
    by_tender: tuple[int, ...]

    @property
    def total_minor(self) -> int:
        return sum(self.by_tender)


@dataclass(frozen=True, slots=True)
class Standing:
    """What an order has not given back: of its units, and of its tenders in order.

    Under `attributed` each unit knows what is left of each tender in it; under the other policies
    only what is left of the unit, in one column.
    """

    policy: RefundPolicy
    left: tuple[Cells, ...]
    tenders: tuple[int, ...]

    @property
    def total_minor(self) -> int:
        return sum(self.tenders)

    @property
    def goods(self) -> tuple[Span, ...]:
        return tuple(each.span for each in self.left if each.span.line_id is not None)

    def left_of(self, spans: Iterable[Span]) -> int:
        """What is left of these units together."""
        wanted = list(spans)
        return sum(each.total_minor for each in _within(cut(self.left, wanted), wanted))


def standing(
    policy: RefundPolicy,
    rows: Sequence[Row],
    tenders: Sequence[tuple[int, int]],
    taken: Sequence[Cells],
    points_at: int | None = None,
) -> Standing:
    """How an order stands whose tenders are (amount, given back) and whose refunds took `taken`.

    Raises `ValueError` where more was taken than there is: the books would be wrong.
    """
    if policy is RefundPolicy.ATTRIBUTED:
        left = less(matrix(rows, [amount for amount, _ in tenders], points_at), taken)
    else:
        whole = [Cells(row.span, (row.amount_minor,)) for row in rows]
        left = less(whole, [Cells(each.span, (sum(each.minor),)) for each in taken])
    return Standing(policy, left, tuple(amount - back for amount, back in tenders))


def split(standing: Standing, takes: Sequence[Take]) -> Split:
    """What the takes, one after the other, bring from which unit and tender.

    Raises `RefundExceeds` when the pools hold less than is asked of them.
    """
    left = standing.left
    for take in takes:
        left = _taken(left, take)
    taken = [
        Cells(after.span, tuple(a - b for a, b in zip(before.minor, after.minor, strict=True)))
        for before, after in zip(
            cut(standing.left, [each.span for each in left]), left, strict=True
        )
    ]
    taken = [each for each in taken if any(each.minor)]
    if standing.policy is RefundPolicy.ATTRIBUTED:
        by_tender = tuple(
            sum(each.span.quantity * each.minor[place] for each in taken)
            for place in range(len(standing.tenders))
        )
        return Split(tuple(taken), by_tender)
    by_tender = _by_tender(standing, sum(each.total_minor for each in taken))
    rows = [Row(each.span, each.minor[0]) for each in taken]
    return Split(tuple(each for each in matrix(rows, by_tender) if any(each.minor)), by_tender)


def too_few_units(line_id: UUID, left: int) -> RefundExceeds:
    """What to raise where more units are asked for than `left` of a line."""
    return RefundExceeds("Fewer units are left", line_id=str(line_id), refundable_quantity=left)


def _by_tender(standing: Standing, amount_minor: int) -> tuple[int, ...]:
    left = standing.tenders
    if amount_minor > sum(left):
        raise RefundExceeds("The tenders have less left", refundable_minor=sum(left))
    if standing.policy is RefundPolicy.PROPORTIONAL:
        return tuple(allocate(amount_minor, left, left, range(len(left))))
    found = []
    for each in reversed(left):
        found.append(min(each, amount_minor))
        amount_minor -= found[-1]
    return tuple(reversed(found))


def _taken(left: tuple[Cells, ...], take: Take) -> tuple[Cells, ...]:
    """What is left after a take."""
    wanted = take.amount_minor
    for pool in take.pools:
        left = tuple(cut(left, pool))
        mine = list(_within(left, pool))
        there = sum(each.total_minor for each in mine)
        amount = there if wanted is None else min(wanted, there)
        if amount:
            left = less(left, list(_spread(amount, mine)))
        if wanted is not None:
            wanted -= amount
    if wanted:
        raise RefundExceeds(
            "More than what is left of it", refundable_minor=(take.amount_minor or 0) - wanted
        )
    return left


def _spread(amount_minor: int, cells: Sequence[Cells]) -> Iterable[Cells]:
    """The amount over cells in proportion to what they hold, tender by tender."""
    width = len(cells[0].minor)
    weights = [
        Weight(each.minor[place], each.span.quantity) for place in range(width) for each in cells
    ]
    shares = spread(amount_minor, weights)
    for place in range(width):
        column = shares[place * len(cells) : (place + 1) * len(cells)]
        for each, found in zip(cells, column, strict=True):
            for span, minor in divided(each.span, found):
                if minor:
                    yield Cells(span, (0,) * place + (minor,) + (0,) * (width - place - 1))


def _within(cells: Iterable[Cells], pool: Sequence[Span]) -> Iterable[Cells]:
    """Those of the cells that lie in the pool; they are cut at its bounds."""
    ranges: dict[object, list[tuple[int, int]]] = {}
    for line_id, first, quantity in pool:
        ranges.setdefault(line_id, []).append((first, first + quantity))
    for each in cells:
        mine = ranges.get(each.span.line_id, ())
        if any(start <= each.span.first < stop for start, stop in mine):
            yield each
