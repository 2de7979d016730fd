"""Cutting piles of like units into groups without looking at single units."""

from collections.abc import Iterator, Sequence

from app.services.promotions.engine.actions.base import Group, Part, Pile

SPREADS = ("group", "target")
"""Over which units a discount is spread: all of the group, so that a partial return cannot keep
what was free, or the discounted ones alone."""

new_part = tuple.__new__
"""`new_part(Part, (...))`, with all three fields, takes about half the time of `Part(...)`."""


def cut(piles: Sequence[Pile], size: int) -> Iterator[tuple[int, list[Part]]]:
    """Yield `(times, parts)`: full groups of `size` units in the order of `piles`.

    Groups that lie inside one pile come as one with their number.
    """
    parts: list[Part] = []
    held = 0
    for pile in piles:
        left = pile.quantity
        if held:
            taken = left if left < size - held else size - held  # noqa: FURB136 - called for every pile there is
            parts.append(new_part(Part, (pile, taken, 0)))
            held += taken
            if held < size:
                continue
            left -= taken
            yield 1, parts
            parts, held = [], 0
        if left >= size:
            times, left = divmod(left, size)
            yield times, [new_part(Part, (pile, size, 0))]
        if left:
            parts, held = [new_part(Part, (pile, left, 0))], left


def take(piles: Sequence[Pile], quantity: int, *, skip: int = 0) -> list[Part]:
    """Return `quantity` units from the front of `piles` after `skip` of them."""
    parts = []
    for pile in piles:
        passed = min(skip, pile.quantity)
        skip -= passed
        taken = min(quantity, pile.quantity - passed)
        if taken:
            parts.append(Part(pile, taken))
            quantity -= taken
        if not quantity:
            break
    return parts


def alike(piles: Sequence[Pile], start: int, size: int) -> int:
    """Return how many groups of `size` from `start` on lie inside one pile; at least one."""
    for pile in piles:
        if start < pile.quantity:
            return max(1, (pile.quantity - start) // size)
        start -= pile.quantity
    return 1


def with_last_off(times: int, parts: Sequence[Part], quantity: int, rate_bps: int) -> Group:
    """Return `times` groups of `parts` with `rate_bps` off each of the last `quantity` units."""
    pile, count, _ = parts[-1]
    if count < quantity:
        cheap = discount_last(parts, quantity, rate_bps)
        return Group(times, cheap, off_of(cheap))
    off = (2 * pile.entry_minor * rate_bps + 10_000) // 20_000
    cheap = (*parts[:-1], new_part(Part, (pile, quantity, off)))
    if count > quantity:
        cheap = (*cheap[:-1], new_part(Part, (pile, count - quantity, 0)), cheap[-1])
    return Group(times, cheap, quantity * off)


def discount_last(parts: Sequence[Part], quantity: int, rate_bps: int) -> tuple[Part, ...]:
    """Return `parts` with `rate_bps` off each of the last `quantity` units."""
    result: list[Part] = []
    for part in reversed(parts):
        taken = min(quantity, part.count)
        quantity -= taken
        if taken:
            off = (2 * part.pile.entry_minor * rate_bps + 10_000) // 20_000
            result.append(Part(part.pile, taken, off))
        if part.count > taken:
            result.append(Part(part.pile, part.count - taken))
    return tuple(reversed(result))


def units_of(piles: Sequence[Pile]) -> int:
    return sum([pile.quantity for pile in piles])


def capped(groups: int, most: int | None) -> int:
    return groups if most is None else min(groups, most)


def off_of(parts: Sequence[Part]) -> int:
    return sum([part.count * part.off_minor for part in parts])


def entry_of(parts: Sequence[Part]) -> int:
    return sum([part.count * part.pile.entry_minor for part in parts])


def by_sku(piles: Sequence[Pile]) -> list[list[Pile]]:
    """Return the piles of each SKU apart, SKUs in the order of their first pile."""
    found: dict[str, list[Pile]] = {}
    for pile in piles:
        found.setdefault(pile.sku_id, []).append(pile)
    return [*found.values()]
