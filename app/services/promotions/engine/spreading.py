"""What each unit of a group is discounted by (pricing specification 2.2, 2.6)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from app.services.promotions.engine.actions.base import Group
from app.services.promotions.engine.allocate_units import share_out

Block: TypeAlias = tuple[int, int]
"""So many units of a pile, each discounted by so much."""

Target: TypeAlias = tuple[int, int, int]
"""`(ref, count, off_minor)`: so many units of a pile in a group, each discounted by so much."""


class Spread(NamedTuple):
    """Blocks from the front of each pile, by its name; what they take off, and before floors."""

    blocks: dict[int, list[Block]]
    amount_minor: int
    raw_minor: int


def spread_groups(
    spread: str,
    groups: Iterable[Group],
    rooms: Mapping[int, int] | None,
    limit_minor: int | None,
) -> Spread:
    """Discount the groups one after another, none below its floor, until the limit is reached.

    `spread` is over which units of a group; `rooms` what a unit of each pile may be lowered by,
    `None` where it is all it costs. A group that nothing is taken off claims no units: what has no
    effect leaves everything to others (2.4), and without it the cart costs the same.
    """
    blocks: dict[int, list[Block]] = {}
    amount = raw = 0
    left = limit_minor
    for group in groups:
        if left == 0:
            break
        targets = _targets(spread, group, rooms)
        off = sum([count * off for _, count, off in targets])
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
            _note(blocks, _trimmed(group, targets, left), 1)
            amount += left
            left = 0
    return Spread(blocks, amount, raw if limit_minor is None else min(raw, limit_minor))


def _targets(spread: str, group: Group, rooms: Mapping[int, int] | None) -> Sequence[Target]:
    """Return what the units of a group are discounted by, floors respected."""
    _, parts, off = group
    if spread == "target":
        if rooms is None:
            return [(pile.ref, count, each) for pile, count, each in parts]
        return [(pile.ref, count, min(each, rooms[pile.ref])) for pile, count, each in parts]
    pile = parts[0][0]
    if len(parts) == 1 or all(part[0] is pile for part in parts):
        count = sum([part[1] for part in parts])
        if rooms is not None:
            off = min(off, rooms[pile.ref] * count)
        each, extra = divmod(off, count)
        return _split(pile.ref, count, each, extra)
    heaps = [
        (
            pile.sku_id,
            count,
            pile.entry_minor,
            pile.entry_minor if rooms is None else rooms[pile.ref],
        )
        for pile, count, _ in parts
    ]
    if rooms is not None:
        off = min(off, sum([count * room for _, count, _, room in heaps]))
    targets: list[Target] = []
    shares = share_out(off, heaps, is_free=rooms is None)
    for (pile, count, _), (each, extra) in zip(parts, shares, strict=True):
        targets += _split(pile.ref, count, each, extra)
    return targets


def _trimmed(group: Group, targets: Sequence[Target], off_minor: int) -> Sequence[Target]:
    """Return what units are discounted by where the limit leaves less than a whole group takes."""
    piles = {part.pile.ref: part.pile for part in group.parts}
    heaps = [(piles[ref].sku_id, count, piles[ref].entry_minor, off) for ref, count, off in targets]
    trimmed: list[Target] = []
    for (ref, count, _), (each, extra) in zip(targets, share_out(off_minor, heaps), strict=True):
        trimmed += _split(ref, count, each, extra)
    return trimmed


def _split(ref: int, count: int, each_minor: int, extra: int) -> Sequence[Target]:
    """Return `count` units at `each_minor`, the first `extra` of them at one more."""
    if not extra:
        return ((ref, count, each_minor),)
    if extra == count:
        return ((ref, count, each_minor + 1),)
    return ((ref, extra, each_minor + 1), (ref, count - extra, each_minor))


def _note(blocks: dict[int, list[Block]], targets: Sequence[Target], times: int) -> None:
    """Add `times` like groups; like units of a run are interchangeable, so they lie together."""
    if not times:
        return
    for ref, count, off in targets:
        noted = blocks.get(ref)
        units = count * times
        if noted is None:
            blocks[ref] = [(units, off)]
        elif noted[-1][1] == off:
            noted[-1] = (noted[-1][0] + units, off)
        else:
            noted.append((units, off))
