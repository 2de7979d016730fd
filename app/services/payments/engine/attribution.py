"""Which tender paid what of which unit (payments specification 3.5). Pure.

The matrix follows from what an order froze and is never stored; what was refunded of it is. Units
that are alike stay together as runs, so an order of thousands of pieces costs no more than one of
a few.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from app.services.payments.engine.spreading import Share, Weight, spread


class Span(NamedTuple):
    """`quantity` units of a line from `first` on; the shipping fee has no line and is one unit."""

    line_id: UUID | None
    first: int
    quantity: int


SHIPPING = Span(None, 0, 1)


class PaidRow(NamedTuple):
    """Like units of what a plan pays for, or its shipping fee; amounts are those of one unit.

    `amount_minor` has all its tax in it, `tax_minor` at `tax_rate_bps`; `points_minor` of it could
    be had for points alone. `is_earned` once it is revenue and no longer owed.
    """

    span: Span
    amount_minor: int
    points_minor: int = 0
    tax_minor: int = 0
    tax_rate_bps: int = 0
    is_earned: bool = False


class Row(NamedTuple):
    """Units that cost `amount_minor` each, tax on top included, of which points paid a part.

    `points_minor` is what of it could be had for points alone.
    """

    span: Span
    amount_minor: int
    points_minor: int = 0


class Cells(NamedTuple):
    """What each tender paid of each unit of `span`, in the order of the tenders."""

    span: Span
    minor: tuple[int, ...]

    @property
    def total_minor(self) -> int:
        return self.span.quantity * sum(self.minor)


class _Part(NamedTuple):
    span: Span
    left_minor: int
    pinned_minor: int
    minor: tuple[int, ...] = ()


def matrix(
    rows: Sequence[Row], tenders: Sequence[int], points_at: int | None = None
) -> tuple[Cells, ...]:
    """Attribute the amounts of `tenders` to the units of `rows`: both add up exactly.

    What goods cost in points alone is attributed to the points tender, the one at `points_at`,
    first. Then each tender in order is split in proportion to what its units still cost; the last
    one takes what remains. Raises `ValueError` unless rows and tenders sum to the same.
    """
    if sum(row.amount_minor * row.span.quantity for row in rows) != sum(tenders):
        raise ValueError("the tenders do not pay what the units cost")
    parts = _pinned(rows, tenders[points_at]) if points_at is not None else _unpinned(rows)
    for place, amount in enumerate(tenders):
        pinned = sum(p.pinned_minor * p.span.quantity for p in parts) if place == points_at else 0
        shares = spread(amount - pinned, [Weight(p.left_minor, p.span.quantity) for p in parts])
        parts = [
            _Part(
                span,
                part.left_minor - each,
                part.pinned_minor,
                (*part.minor, each + (part.pinned_minor if place == points_at else 0)),
            )
            for part, found in zip(parts, shares, strict=True)
            for span, each in divided(part.span, found)
        ]
    return tuple(Cells(part.span, part.minor) for part in parts)


def _unpinned(rows: Iterable[Row]) -> list[_Part]:
    return [_Part(row.span, row.amount_minor, 0) for row in rows]


def _pinned(rows: Sequence[Row], points_minor: int) -> list[_Part]:
    """Rows with what points alone pay taken off; never more than the tender brings."""
    wanted = [Weight(min(row.points_minor, row.amount_minor), row.span.quantity) for row in rows]
    total = min(points_minor, sum(each * quantity for each, quantity in wanted))
    return [
        _Part(span, row.amount_minor - each, each)
        for row, shares in zip(rows, spread(total, wanted), strict=True)
        for span, each in divided(row.span, shares)
    ]


def divided(span: Span, shares: Iterable[Share]) -> Iterable[tuple[Span, int]]:
    """The span in parts, one per share, with what each of its units gets."""
    first = span.first
    for each, quantity in shares:
        yield Span(span.line_id, first, quantity), each
        first += quantity


def less(cells: Sequence[Cells], taken: Sequence[Cells]) -> tuple[Cells, ...]:
    """`cells` without `taken`. Raises `ValueError` where more was taken than there is."""
    left = list(cut(cells, [each.span for each in taken]))
    places: dict[UUID | None, list[int]] = {}
    for place, each in enumerate(left):
        places.setdefault(each.span.line_id, []).append(place)
    firsts_of = {line: [left[p].span.first for p in mine] for line, mine in places.items()}
    for gone in taken:
        mine = places.get(gone.span.line_id, [])
        firsts = firsts_of.get(gone.span.line_id, [])
        end = gone.span.first + gone.span.quantity
        at = bisect_left(firsts, gone.span.first)
        reached = gone.span.first
        while at < len(mine) and firsts[at] < end:
            place = mine[at]
            kept = tuple(a - b for a, b in zip(left[place].minor, gone.minor, strict=True))
            if min(kept, default=0) < 0:
                raise ValueError(f"more was taken of {gone.span} than there is")
            left[place] = Cells(left[place].span, kept)
            reached += left[place].span.quantity
            at += 1
        if reached != end:
            raise ValueError(f"{gone.span} is no part of it")
    return tuple(left)


def cut(cells: Iterable[Cells], spans: Iterable[Span]) -> Iterable[Cells]:
    """The same cells in runs that begin and end where any of `spans` does."""
    bounds: dict[UUID | None, set[int]] = {}
    for line_id, first, quantity in spans:
        bounds.setdefault(line_id, set()).update((first, first + quantity))
    for each in cells:
        line_id, first, quantity = each.span
        end = first + quantity
        inside = sorted(b for b in bounds.get(line_id, ()) if first < b < end)
        for start, stop in zip((first, *inside), (*inside, end), strict=True):
            yield Cells(Span(line_id, start, stop - start), each.minor)
