"""What of a refund was revenue, and how much tax is in it. Pure."""

from collections.abc import Sequence

from app.services.payments.engine.attribution import Cells, PaidRow, Span, cut, less
from app.services.payments.engine.journals_refund import Earned, by_rate


def earned_part(rows: Sequence[PaidRow], before: Sequence[Cells], now: Sequence[Cells]) -> Earned:
    """What `now` takes of units that are revenue, after `before`: net, and tax by rate.

    The tax of a unit goes back in proportion, cumulatively and rounded down, so that a unit that is
    given back in steps brings exactly its tax.
    """
    spans = [each.span for each in (*before, *now)]
    parts: list[tuple[PaidRow, Span]] = []
    whole: list[Cells] = []
    for row in rows:
        for each in cut([Cells(row.span, (row.amount_minor,))], spans):
            parts.append((row, each.span))
            whole.append(each)
    earlier = less(whole, _sums(before))
    later = less(earlier, _sums(now))
    net, taxes = 0, []
    for (row, span), first, last in zip(parts, earlier, later, strict=True):
        (left,), (kept,) = first.minor, last.minor
        if not row.is_earned or left == kept:
            continue
        gone, more = row.amount_minor - left, row.amount_minor - kept
        share = more * row.tax_minor // row.amount_minor - gone * row.tax_minor // row.amount_minor
        net += span.quantity * (more - gone - share)
        taxes.append((row.tax_rate_bps, span.quantity * share))
    return Earned(net, by_rate(taxes))


def _sums(cells: Sequence[Cells]) -> list[Cells]:
    return [Cells(each.span, (sum(each.minor),)) for each in cells]
