"""A promotion prepared for one cart: its units, its thresholds and what it is worth alone."""

from collections.abc import Sequence
from typing import Any

from app.services.promotions.engine.actions.base import FEE, GROUP, UNIT, Group, Pile
from app.services.promotions.engine.board import Board
from app.services.promotions.engine.reasons import NO_GAP, Gap
from app.services.promotions.engine.scope import Scope
from app.services.promotions.engine.state import State
from app.services.promotions.engine.types import Promotion


class Candidate:
    """Bit `index` stands for it in sets of candidates; `alone` is its worth alone.

    Worth is cents saved times `Board.scale`, plus the list value of gifts. `position` orders what
    is decided: twice the place of its stage, and one more for discounts on single units, which
    come after those on groups. `pools` are the units a group action draws on, `mask` all units it
    may touch, `reach` all it depends on. `apart` are the candidates it shares no unit with,
    `touching` those on whose claims it depends which groups it can form; `piles` are its pools
    before anything is taken off, dearest first, and `groups` what it forms of them, once somebody
    asked for them.

    `goods_minor`, `floor_minor` and `quantity` are those of its units before anything is taken off
    (0 where nobody asks, for discounts on single units and groups of a cart without floors);
    `short_minor` is how much its conditions miss then, and `place` where the promotion stands among
    all that were given.
    """

    __slots__ = (
        "action",
        "alone",
        "apart",
        "bit",
        "clique",
        "fixed_gap",
        "floor_minor",
        "goods_minor",
        "groups",
        "index",
        "is_consumable",
        "kind",
        "limit_minor",
        "mask",
        "merit",
        "piles",
        "place",
        "pools",
        "position",
        "promotion",
        "quantity",
        "rank",
        "reach",
        "short_minor",
        "thresholds",
        "touching",
    )

    def __init__(self, index: int, promotion: Promotion, stage: int, board: Board) -> None:
        rule = promotion.rule
        action = rule.action
        kind = action.kind
        free = board.free(promotion.stage)
        self.index = index
        self.bit = 1 << index
        self.place = index
        self.promotion = promotion
        self.rank = promotion.rank
        self.action: Any = action
        self.kind = kind
        self.position = 2 * stage + (kind is UNIT)
        self.limit_minor = rule.max_discount_minor
        self.is_consumable = promotion.coupon is not None
        self.alone = self.apart = self.clique = self.merit = self.touching = 0
        self.groups: Sequence[Group] | None = None
        self.piles: Sequence[Sequence[Pile]] | None = None
        self.pools: tuple[int, ...] = ()
        own = mask = rule.scope.mask(board) & free
        if kind is GROUP:
            self.pools = tuple(
                [own if scope is None else scope.mask(board) & free for scope in rule.pools]
            )
            mask = 0
            for pool in self.pools:
                mask |= pool
            if not rule.counts_own:
                own = mask
        self.mask = mask
        self.reach = board.fee_bit if kind is FEE else mask
        if board.has_floors or not (kind is UNIT or kind is GROUP):
            self.goods_minor, self.floor_minor, self.quantity = board.sums(mask)
        else:
            self.goods_minor = self.floor_minor = self.quantity = 0
        self.thresholds: list[tuple[int, int]] = []
        self.fixed_gap = NO_GAP
        self.short_minor = 0
        if rule.thresholds:
            self._measure(free, own, board)

    def _measure(self, free: int, own: int, board: Board) -> None:
        """Note what the conditions count and what of it no discount can change.

        Those without a scope count the promotion's `own`; for add-on goods, all the others.
        """
        rule = self.promotion.rule
        for need, scope in rule.needs:
            is_own = scope is None and not rule.is_addon
            mask = own if is_own else self._counted(scope, free, own, board)
            self.thresholds.append((need, mask))
            self.reach |= mask
            self.short_minor = max(self.short_minor, need - board.sums(mask).goods_minor)
        for threshold in rule.counts:
            mask = self._counted(threshold.scope, free, own, board)
            gap = threshold.gap(0, board.list_minor(mask), board.sums(mask).quantity)
            if any(gap):
                self.fixed_gap = self.fixed_gap.joined(gap)

    def _counted(self, scope: Scope | None, free: int, own: int, board: Board) -> int:
        counted = own if scope is None else scope.mask(board) & free
        if self.promotion.rule.is_addon:
            counted = (free if scope is None else counted) & ~self.mask
        return counted

    @property
    def gap_alone(self) -> Gap:
        """What its conditions miss before anything is taken off."""
        minor, quantity = self.fixed_gap
        return Gap(self.short_minor, quantity) if self.short_minor > minor else self.fixed_gap

    def gap(self, entry: State) -> Gap:
        """Return what its conditions miss when its stage starts from `entry`."""
        most = minor = self.fixed_gap.missing_minor
        for need, mask in self.thresholds:
            missing = need - entry.net_over(mask)
            most = max(most, missing)
        return self.fixed_gap if most == minor else Gap(most, self.fixed_gap.missing_quantity)

    def is_short(self, entry: State) -> bool:
        """Whether a condition does not hold when its stage starts from `entry`."""
        if self.fixed_gap is not NO_GAP:
            return True
        for need, mask in self.thresholds:  # noqa: SIM110 - a generator costs twice as much here
            if entry.net_over(mask) < need:
                return True
        return False
