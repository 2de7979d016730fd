"""What goes back for single units of an order (pricing 2.2 `refund`, payments 3.5)."""

from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from app.services.pricing.engine import line_taxes
from app.services.promotions.engine.paid import PaidOrder, PaidUnits
from app.services.promotions.engine.quote_types import Gift
from app.services.promotions.engine.repricing import Kept, repriced

Key = tuple[str, int]
"""A unit: its line's id and its index in the line."""


class UnitRefund(NamedTuple):
    """`payable_minor` goes back; `tax_minor` is the tax in it, or on top of it and included.

    Under `reprice` the kept goods may carry more tax than before, so that no tax or less than none
    comes with the refund. `gifts` come back too, or the caller deducts what they list for; they
    are those of the `unearned` that were earned until now.
    """

    payable_minor: int
    tax_minor: int
    gifts: tuple[Gift, ...]
    unearned: tuple[Gift, ...]


class _Standing(NamedTuple):
    """What is kept of an order, what that is worth, and the gifts it no longer earns."""

    payable_minor: int
    tax_minor: int
    unearned: tuple[Gift, ...]


def refund_units(
    order: PaidOrder,
    returning: Collection[Key],
    *,
    returned: AbstractSet[Key] = frozenset(),
    refunded_minor: int = 0,
) -> UnitRefund:
    """Return what goes back for `returning`, after `returned` units brought `refunded_minor`.

    Without a promotion that reprices it is what the units cost to the cent, tax included, in any
    order of steps. Otherwise the goods kept are priced anew with the discounts of the others as
    they were frozen: the refund is what was paid, less what went back, less what the kept goods
    cost, never below nothing, and all steps together give back everything. The shipping fee is no
    part of it. Raises `ValueError` for a unit the order does not have, or one that is back.
    """
    units = {(run.line.id, run.start + i) for run in order.units for i in range(run.quantity)}
    wanted = set(returning)
    if len(wanted) != len(returning) or not wanted <= units or wanted & returned:
        raise ValueError("units that are not there to return")
    before, after = _standing(order, returned), _standing(order, returned | wanted)
    return UnitRefund(
        max(0, order.paid_minor - refunded_minor - after.payable_minor),
        before.tax_minor - after.tax_minor,
        tuple(gift for gift in after.unearned if gift not in before.unearned),
        after.unearned,
    )


def _standing(order: PaidOrder, returned: AbstractSet[Key]) -> _Standing:
    kept = kept_of(order.units, returned)
    frozen = _Standing(
        sum(count * order.paid_of(run) for run, count in kept),
        sum(count * run.tax_minor for run, count in kept),
        (),
    )
    if not returned:
        return frozen
    if not kept:
        return _Standing(0, 0, order.gifts)
    is_repriced = bool(order.anew)
    if not is_repriced and not order.gifts:
        return frozen
    anew = repriced(order, kept)
    unearned = tuple(gift for gift in order.gifts if gift.promotion_id not in anew.giving)
    if not is_repriced:
        return frozen._replace(unearned=unearned)
    nets: dict[str, int] = {}
    rates = {run.line.id: run.line.tax_rate_bps for run, _ in kept}
    for line_id, net in anew.nets:
        nets[line_id] = nets.get(line_id, 0) + net
    taxes = line_taxes(
        [(line_id, net, rates[line_id]) for line_id, net in nets.items()],
        order.context.tax_mode,
        order.context.tax_scope,
    )
    tax = sum(taxes)
    on_top = tax if order.is_taxed_on_top else 0
    return _Standing(sum(nets.values()) + on_top, tax, unearned)


def kept_of(units: Sequence[PaidUnits], returned: AbstractSet[Key]) -> list[Kept]:
    """Return the runs of which something is kept, with how many units that is."""
    counts: dict[str, list[int]] = {}
    for line_id, index in returned:
        counts.setdefault(line_id, []).append(index)
    kept = []
    for run in units:
        back = counts.get(run.line.id, ())
        left = run.quantity - sum(run.start <= i < run.start + run.quantity for i in back)
        if left:
            kept.append((run, left))
    return kept
