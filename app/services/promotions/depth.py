"""How much of the price a promotion may take, as far as its terms alone can tell. Pure."""

from typing import cast

from app.core.money import share_bps
from app.services.promotions.engine import Promotion, Rule
from app.services.promotions.engine.actions.addon import AddOn
from app.services.promotions.engine.actions.amount_off import AmountOff
from app.services.promotions.engine.actions.base import (
    AmountAction,
    GroupAction,
    Kind,
    Pile,
    UnitAction,
)
from app.services.promotions.engine.actions.bundles import BundleFixed
from app.services.promotions.engine.actions.bxgy import BuyGet
from app.services.promotions.engine.actions.each import Each
from app.services.promotions.engine.actions.each_unit import PercentOffUnit
from app.services.promotions.engine.actions.ladder import Ladder
from app.services.promotions.engine.actions.nth import Nth
from app.services.promotions.engine.actions.percent_off import PercentOff
from app.services.promotions.engine.conditions import MinAmount

WHOLE_BPS = 10_000
MANY = 1_000
"""Pieces enough for a group of any kind."""


def depth_bps(rule: Rule) -> int | None:
    """The most it takes of the goods' price in basis points; None when that is up to the price."""
    depth: int | None = None
    match rule.action:
        case PercentOffUnit(rate_bps=rate) | PercentOff(rate_bps=rate):
            depth = rate
        case Nth(n=n, rate_bps=rate):
            depth = rate // n
        case BuyGet(buy=buy, get=get, rate_bps=rate):
            depth = rate * get // (buy + get)
        case Each(every_minor=every, each_off_minor=off):
            depth = off * WHOLE_BPS // every
        case Ladder() as ladder:
            depth = _ladder_bps(ladder)
        case AmountOff(amount_minor=amount):
            depth = _flat_bps(rule, amount)
    return depth


def joint_depth_bps(a: Promotion, b: Promotion) -> int | None:
    """The most both together take: side by side in one stage, one after the other in two."""
    one, two = depth_bps(a.rule), depth_bps(b.rule)
    if one is None or two is None:
        return None
    together = one + two
    if a.stage != b.stage:
        together -= share_bps(one, two)
    return min(WHOLE_BPS, together)


def most_off_minor(rule: Rule, price_minor: int) -> int:
    """The most it can take off one piece of `price_minor`, as far as its terms alone can tell.

    A set of named goods depends on what the others cost, and is not looked at.
    """
    action, off = rule.action, 0
    if action.kind is Kind.UNIT:
        off = cast("UnitAction", action).off_minor(price_minor)
    elif action.kind is Kind.AMOUNT:
        depth = depth_bps(rule)
        alone = cast("AmountAction", action).off_minor(price_minor, 1)
        off = alone if depth is None else share_bps(price_minor, depth)
    elif action.kind is Kind.GROUP and not isinstance(action, BundleFixed):
        off = _off_in_a_group(cast("GroupAction", action), price_minor)
    limit = rule.max_discount_minor
    return off if limit is None else min(off, limit)


def _off_in_a_group(action: GroupAction, price_minor: int) -> int:
    """Where the piece meant carries the discount, all of it; else a piece's part of the group."""
    if action.spread == "target" and not isinstance(action, AddOn):
        return share_bps(price_minor, int(getattr(action, "rate_bps", WHOLE_BPS)))
    pile = Pile(0, MANY, price_minor, "")
    bounds = action.bounds([[pile]] * len(action.scopes))
    return min(price_minor, max((most for _, most in bounds), default=0))


def _flat_bps(rule: Rule, amount_minor: int) -> int | None:
    """A fixed amount is the deeper the less it asks for; without a threshold nobody knows."""
    least = max(
        (
            each.amount_minor
            for each in rule.thresholds
            if isinstance(each, MinAmount) and each.scope is None
        ),
        default=0,
    )
    return min(WHOLE_BPS, amount_minor * WHOLE_BPS // least) if least else None


def _ladder_bps(action: Ladder) -> int | None:
    """Tiers by pieces with an amount off depend on what the pieces cost."""
    shares = [
        tier.off_bps or min(WHOLE_BPS, tier.off_minor * WHOLE_BPS // tier.reach)
        for tier in action.tiers
        if tier.off_bps or action.by == "amount"
    ]
    return max(shares, default=None)
