"""A promotion prepared for one cart: its units, its thresholds and what it is worth alone."""

from collections.abc import Sequence
from typing import cast

from app.services.promotions.engine.actions import GroupAction, Kind
from app.services.promotions.engine.actions.addon import AddOn
from app.services.promotions.engine.actions.base import Pile
from app.services.promotions.engine.board import Board
from app.services.promotions.engine.reasons import NO_GAP, Gap
from app.services.promotions.engine.scope import Scope
from app.services.promotions.engine.state import State
from app.services.promotions.engine.types import Promotion

EVERYTHING = Scope()


class Candidate:
    """Bit `index` stands for it in sets of candidates; `alone` is its worth alone.

    Worth is cents saved times `Board.scale`, plus the list value of gifts. `position` orders what
    is decided: twice the place of its stage, and one more for discounts on single units, which
    come after those on groups. `pools` are the units a group action draws on, `mask` all units it
    may touch, `reach` all it depends on. `apart` are the candidates it shares no unit with,
    `touching` those on whose claims it depends which groups it can form; `piles` are its pools
    before anything is taken off, dearest first, once somebody asked for them.
    """

    __slots__ = (
        "action",
        "alone",
        "apart",
        "bit",
        "clique",
        "fixed_gap",
        "floor_minor",
        "index",
        "is_consumable",
        "kind",
        "limit_minor",
        "mask",
        "merit",
        "piles",
        "pools",
        "position",
        "promotion",
        "quantity",
        "rank",
        "reach",
        "thresholds",
        "touching",
    )

    def __init__(self, index: int, promotion: Promotion, stage: int, board: Board) -> None:
        rule = promotion.rule
        free = board.free(promotion.stage)
        self.index = index
        self.bit = 1 << index
        self.promotion = promotion
        self.rank = promotion.rank
        self.action = rule.action
        self.kind = rule.action.kind
        self.position = 2 * stage + (self.kind is Kind.UNIT)
        self.limit_minor = rule.max_discount_minor
        self.is_consumable = promotion.coupon is not None
        self.alone = 0
        self.apart = 0
        self.clique = 0
        self.merit = 0
        self.piles: Sequence[Sequence[Pile]] | None = None
        self.touching = 0
        own = rule.scope.mask(board) & free
        self.pools: tuple[int, ...] = ()
        self.mask = own
        is_own = True
        if self.kind is Kind.GROUP:
            self.pools = _pools(cast("GroupAction", self.action), own, free, board)
            self.mask = 0
            for pool in self.pools:
                self.mask |= pool
            is_own = EVERYTHING in cast("GroupAction", self.action).scopes
        sums = board.sums(self.mask)
        self.quantity = sums.quantity
        self.floor_minor = sums.floor_minor
        self._measure(free, own if is_own else self.mask, board)

    def _measure(self, free: int, own: int, board: Board) -> None:
        """Note what the conditions count and what of it no discount can change.

        Those without a scope count the promotion's `own`; for add-on goods, all the others.
        """
        rule = self.promotion.rule
        is_addon = isinstance(self.action, AddOn)
        self.fixed_gap = NO_GAP
        self.reach = board.fee_bit if self.kind is Kind.FEE else self.mask
        self.thresholds: list[tuple[int, int]] = []
        for threshold in rule.thresholds:
            if threshold.scope is None:
                mask = free if is_addon else own
            else:
                mask = threshold.scope.mask(board) & free
            if is_addon:
                mask &= ~self.mask
            _, _, listed, quantity = board.sums(mask)
            if threshold.is_fixed:
                gap = threshold.gap(0, listed, quantity)
                if any(gap):
                    self.fixed_gap = self.fixed_gap.joined(gap)
            else:
                need = threshold.gap(0, listed, quantity).missing_minor
                self.thresholds.append((need, mask))
                self.reach |= mask

    def gap(self, entry: State) -> Gap:
        """Return what its conditions miss when its stage starts from `entry`."""
        gap = self.fixed_gap
        for need, mask in self.thresholds:
            missing = need - entry.net_over(mask)
            if missing > 0:
                gap = gap.joined(Gap(missing_minor=missing))
        return gap

    def is_short(self, entry: State) -> bool:
        """Whether a condition does not hold when its stage starts from `entry`."""
        if self.fixed_gap is not NO_GAP:
            return True
        for need, mask in self.thresholds:  # noqa: SIM110 - a generator costs twice as much here
            if entry.net_over(mask) < need:
                return True
        return False


def _pools(action: GroupAction, own: int, free: int, board: Board) -> tuple[int, ...]:
    """Return the units of each pool; the promotion's scope is the pool of an empty scope."""
    return tuple(
        own if scope == EVERYTHING else scope.mask(board) & free for scope in action.scopes
    )
