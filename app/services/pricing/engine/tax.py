"""Tax on what is paid for a line after discounts (pricing specification 2.8)."""

from collections.abc import Sequence
from enum import StrEnum

from app.core.enums.pricing import TaxScope
from app.core.money import allocate, round_half_up


class TaxMode(StrEnum):
    """Whether prices already contain the tax."""

    INCLUSIVE = "inclusive"
    EXCLUSIVE = "exclusive"


def tax_minor(net_minor: int, rate_bps: int, mode: TaxMode) -> int:
    """Tax contained in (inclusive) or due on top of (exclusive) `net_minor`, rounded half up."""
    whole = 10_000 + rate_bps if mode == TaxMode.INCLUSIVE else 10_000
    return round_half_up(net_minor * rate_bps, whole)


def line_taxes(
    lines: Sequence[tuple[str, int, int]], mode: TaxMode, scope: TaxScope = TaxScope.LINE
) -> list[int]:
    """Tax of each `(line id, net_minor, rate_bps)`, in the order given.

    With `TaxScope.RATE_GROUP` the tax of all lines of one rate is rounded once and split over
    them in proportion to their net, spare units to the larger remainder.
    """
    if scope == TaxScope.LINE:
        # As `tax_minor` has it, without two calls a line.
        if mode == TaxMode.INCLUSIVE:
            return [
                (2 * net * rate + 10_000 + rate) // (20_000 + 2 * rate) for _, net, rate in lines
            ]
        return [(net * rate + 5_000) // 10_000 for _, net, rate in lines]
    taxes = [0] * len(lines)
    for rate in {rate for _, _, rate in lines}:
        members = [i for i, line in enumerate(lines) if line[2] == rate]
        nets = [lines[i][1] for i in members]
        total = tax_minor(sum(nets), rate, mode)
        for i, share in zip(
            members, allocate(total, nets, nets, [lines[i][0] for i in members]), strict=True
        ):
            taxes[i] = share
    return taxes
