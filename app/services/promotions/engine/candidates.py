"""A promotion prepared for one cart: its units, its thresholds and what it saves alone."""

from app.services.promotions.engine.board import Board
from app.services.promotions.engine.reasons import NO_GAP, Gap
from app.services.promotions.engine.state import State
from app.services.promotions.engine.types import Promotion


class Candidate:
    """Bit `index` stands for it in sets of candidates; `alone_minor` is its saving alone."""

    __slots__ = (
        "action",
        "alone_minor",
        "bit",
        "clique",
        "fixed_gap",
        "floor_minor",
        "index",
        "is_consumable",
        "limit_minor",
        "mask",
        "position",
        "promotion",
        "quantity",
        "rank",
        "reach",
        "thresholds",
    )

    def __init__(self, index: int, promotion: Promotion, position: int, board: Board) -> None:
        rule = promotion.rule
        free = board.free(promotion.stage)
        self.index = index
        self.bit = 1 << index
        self.promotion = promotion
        self.position = position
        self.rank = promotion.rank
        self.action = rule.action
        self.limit_minor = rule.max_discount_minor
        self.is_consumable = promotion.coupon is not None
        self.mask = rule.scope.mask(board) & free
        sums = board.sums(self.mask)
        self.quantity = sums.quantity
        self.floor_minor = sums.floor_minor
        self.fixed_gap = NO_GAP
        self.reach = self.mask
        self.thresholds: list[tuple[int, int]] = []
        self.alone_minor = 0
        self.clique = 0
        for threshold in rule.thresholds:
            mask = threshold.scope.mask(board) & free if threshold.scope else self.mask
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
