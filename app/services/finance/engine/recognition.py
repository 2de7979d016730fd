"""What of an order becomes revenue when goods leave (payments specification 3.2). Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from app.core.enums.ledger import AccountKind
from app.services.ledger.engine import Account, Entry, Journal
from app.services.payments.engine.attribution import Cells, PaidRow, Span, cut, less


class Missing(Exception):
    """A line has fewer units that can become revenue; says how many fewer, by line."""

    def __init__(self, missing: Mapping[UUID, int]) -> None:
        super().__init__("fewer units are left")
        self.missing = missing


class Sponsored(NamedTuple):
    """What a funder pays of a unit's discounts, `tax_minor` at `tax_rate_bps` in it."""

    line_id: UUID
    unit_index: int
    funder: str
    amount_minor: int
    tax_minor: int
    tax_rate_bps: int


class Revenue(NamedTuple):
    """What becomes revenue: from what was paid in advance, and from what others owe.

    Goods and shipping are without tax; `taxes` are by rate in basis points.
    """

    prepaid_minor: int = 0
    funded_minor: int = 0
    goods_minor: int = 0
    shipping_minor: int = 0
    taxes: tuple[tuple[int, int], ...] = ()

    @property
    def tax_minor(self) -> int:
        return sum(tax for _, tax in self.taxes)


def choose(
    rows: Sequence[PaidRow],
    returned: Iterable[Span],
    wanted: Mapping[UUID, int] | None,
    asked: Iterable[Span] = (),
) -> tuple[Span, ...]:
    """The first units of each line that are neither revenue nor given back.

    All there are where nothing is `wanted`. Of those `returned` some are only `asked` back: a
    parcel took them where the others do not suffice. Raises `Missing`.
    """
    gone, waiting = _places(returned), _places(asked)
    left = None if wanted is None else dict(wanted)
    chosen: list[Span] = []
    for is_asked in (False,) if left is None else (False, True):
        for row in rows:
            line_id, first, quantity = row.span
            if line_id is None or row.is_earned:
                continue
            free = [
                i
                for i in range(first, first + quantity)
                if ((line_id, i) in waiting if is_asked else (line_id, i) not in gone)
            ]
            if left is not None:
                free = free[: left.get(line_id, 0)]
                left[line_id] = left.get(line_id, 0) - len(free)
            chosen += _runs(line_id, free)
    if left is not None and (missing := {line: n for line, n in left.items() if n > 0}):
        raise Missing(missing)
    return tuple(chosen)


def revenue(
    rows: Sequence[PaidRow],
    decided: Sequence[Cells],
    spans: Sequence[Span],
    sponsored: Iterable[Sponsored],
) -> Revenue:
    """What `spans` are worth after what was `decided` to go back of them.

    The tax of a unit that was given back in part is what the refunds leave of it, so that
    everything that is given back later brings exactly its tax.
    """
    sums = [Cells(each.span, (sum(each.minor),)) for each in decided]
    prepaid = goods = shipping = 0
    taxes: dict[int, int] = {}
    for row in rows:
        whole = list(cut([Cells(row.span, (row.amount_minor,))], [*spans, *(s.span for s in sums)]))
        mine = [each for each in sums if each.span.line_id == row.span.line_id]
        inside = [each for each in mine if _overlap(each.span, row.span)]
        for each in less(whole, [c for i in inside for c in _clipped(i, row.span)]):
            if not any(_overlap(each.span, span) for span in spans):
                continue
            (left,) = each.minor
            gone = row.amount_minor - left
            tax = row.tax_minor - (gone * row.tax_minor // row.amount_minor if gone else 0)
            count = each.span.quantity
            prepaid += left * count
            taxes[row.tax_rate_bps] = taxes.get(row.tax_rate_bps, 0) + tax * count
            if row.span.line_id is None:
                shipping += (left - tax) * count
            else:
                goods += (left - tax) * count
    funded = 0
    for each_unit in sponsored:
        unit = Span(each_unit.line_id, each_unit.unit_index, 1)
        if any(_overlap(unit, span) for span in spans):
            funded += each_unit.amount_minor
            goods += each_unit.amount_minor - each_unit.tax_minor
            rate = each_unit.tax_rate_bps
            taxes[rate] = taxes.get(rate, 0) + each_unit.tax_minor
    by_rate = tuple((rate, tax) for rate, tax in sorted(taxes.items()) if tax)
    return Revenue(prepaid, funded, goods, shipping, by_rate)


def recognised(
    found: Revenue, *, order_id: UUID, member_id: UUID, currency: str, reference: str
) -> Journal | None:
    """What was paid in advance, and what others owe of it, becomes revenue and tax.

    None when nothing was, as for gifts.
    """
    if not found.prepaid_minor + found.funded_minor:
        return None
    prepaid = Account(AccountKind.ORDER_PREPAID, order_id, currency=currency)
    entries = [
        (prepaid, found.prepaid_minor + found.funded_minor),
        (Account(AccountKind.REVENUE, "goods", currency=currency), -found.goods_minor),
        (Account(AccountKind.REVENUE, "shipping", currency=currency), -found.shipping_minor),
        *((tax_account(rate, currency), -tax) for rate, tax in found.taxes),
    ]
    return Journal(
        key=f"recognise:{reference}",
        kind="recognise",
        entries=tuple(Entry(account, minor) for account, minor in entries if minor),
        order_id=order_id,
        member_id=member_id,
    )


def tax_account(rate_bps: int, currency: str) -> Account:
    return Account(AccountKind.TAX_PAYABLE, str(rate_bps), currency=currency)


def _places(spans: Iterable[Span]) -> set[tuple[UUID | None, int]]:
    return {(line, i) for line, first, count in spans for i in range(first, first + count)}


def _runs(line_id: UUID, places: Sequence[int]) -> Iterator[Span]:
    first = last = None
    for place in places:
        if first is None or last is None or place != last + 1:
            if first is not None and last is not None:
                yield Span(line_id, first, last - first + 1)
            first = place
        last = place
    if first is not None and last is not None:
        yield Span(line_id, first, last - first + 1)


def _overlap(one: Span, other: Span) -> bool:
    return (
        one.line_id == other.line_id
        and one.first < other.first + other.quantity
        and other.first < one.first + one.quantity
    )


def _clipped(cells: Cells, span: Span) -> Iterator[Cells]:
    """What of `cells` lies in `span`."""
    first = max(cells.span.first, span.first)
    end = min(cells.span.first + cells.span.quantity, span.first + span.quantity)
    if first < end:
        yield Cells(Span(span.line_id, first, end - first), cells.minor)
