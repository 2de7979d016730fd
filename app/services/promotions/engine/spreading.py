"""What each unit of a group is discounted by (pricing specification 2.2, 2.6)."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeAlias

from app.services.promotions.engine.actions.base import Group, Part
from app.services.promotions.engine.allocate_units import share_out

Block: TypeAlias = tuple[int, int]
"""So many units of a pile, each discounted by so much."""


class Spread(NamedTuple):
    """Blocks from the front of each pile, by its name; what they take off, and before floors."""

    blocks: dict[int, list[Block]]
    amount_minor: int
    raw_minor: int


def spread_groups(
    spread: str, groups: Iterable[Group], rooms: dict[int, int], limit_minor: int | None
) -> Spread:
    """Discount the groups one after another, none below its floor, until the limit is reached.

    `spread` is over which units of a group; `rooms` what a unit of each pile may be lowered by. A
    group that nothing is taken off claims no units: what has no effect leaves everything to others
    (2.4), and without it the cart costs the same.
    """
    blocks: dict[int, list[Block]] = {}
    amount = raw = 0
    left = limit_minor
    for group in groups:
        if left == 0:
            break
        targets = _targets(spread, group, rooms)
        off = sum([part.count * part.off_minor for part in targets])
        raw += group.times * group.off_minor
        if not off:
            continue
        times = group.times if left is None else min(group.times, left // off)
        _note(blocks, targets, times)
        amount += times * off
        if left is None:
            continue
        left -= times * off
        if times < group.times and left:
            _note(blocks, _spread(targets, left, [part.off_minor for part in targets]), 1)
            amount += left
            left = 0
    return Spread(blocks, amount, raw if limit_minor is None else min(raw, limit_minor))


def _targets(spread: str, group: Group, rooms: dict[int, int]) -> list[Part]:
    """Return the parts of a group with what each unit is discounted by, floors respected."""
    parts = group.parts
    if spread == "target":
        return [Part(pile, count, min(off, rooms[pile.ref])) for pile, count, off in parts]
    pile = parts[0].pile
    if len(parts) == 1 or all(part.pile is pile for part in parts):
        count = sum([part.count for part in parts])
        each, extra = divmod(min(group.off_minor, rooms[pile.ref] * count), count)
        return [Part(pile, n, off) for n, off in ((extra, each + 1), (count - extra, each)) if n]
    return _spread(parts, group.off_minor, [rooms[pile.ref] for pile, _, _ in parts])


def _spread(parts: Sequence[Part], off_minor: int, rooms: Sequence[int]) -> list[Part]:
    heaps = [
        (pile.sku_id, count, pile.entry_minor, room)
        for (pile, count, _), room in zip(parts, rooms, strict=True)
    ]
    off = min(off_minor, sum([count * room for _, count, _, room in heaps]))
    result = []
    for (pile, count, _), (each, extra) in zip(parts, share_out(off, heaps), strict=True):
        if extra:
            result.append(Part(pile, extra, each + 1))
        if count > extra:
            result.append(Part(pile, count - extra, each))
    return result


def _note(blocks: dict[int, list[Block]], parts: Sequence[Part], times: int) -> None:
    """Add `times` like groups; like units of a run are interchangeable, so they lie together."""
    if not times:
        return
    for pile, count, off in parts:
        noted = blocks.setdefault(pile.ref, [])
        units = count * times
        if noted and noted[-1][1] == off:
            noted[-1] = (noted[-1][0] + units, off)
        else:
            noted.append((units, off))
