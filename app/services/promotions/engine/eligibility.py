"""Refusals known before the cart is looked at, and those of a promotion taken alone."""

from datetime import datetime

from app.services.promotions.engine.actions import AmountAction, GroupAction, UnitAction
from app.services.promotions.engine.actions.base import AMOUNT, FEE, GIFT, GROUP, UNIT
from app.services.promotions.engine.amounts import terms
from app.services.promotions.engine.board import Board
from app.services.promotions.engine.candidates import Candidate
from app.services.promotions.engine.context import Context
from app.services.promotions.engine.evaluate import most_worth, worth
from app.services.promotions.engine.gifts import gift_of
from app.services.promotions.engine.groups import pools_of
from app.services.promotions.engine.reasons import NO_GAP, Gap, Reason, Refusal
from app.services.promotions.engine.state import State
from app.services.promotions.engine.types import UNLIMITED, Coupon, Promotion, Quota

_NOT_ACTIVE = Refusal(Reason.NOT_ACTIVE)
_NOT_HERE = Refusal(Reason.CHANNEL)
_NO_CODE = Refusal(Reason.CODE_REQUIRED)
_NO_GIFT = Refusal(Reason.GIFT_OUT_OF_STOCK)
_NO_EFFECT = Refusal(Reason.ZERO_EFFECT)


def refusal(promotion: Promotion, context: Context) -> Refusal | None:
    """Return why the promotion is out for this customer, here and now, whatever is in the cart."""
    starts_at, ends_at = promotion.starts_at, promotion.ends_at
    has_window = starts_at is not None or ends_at is not None
    if not promotion.is_active or (has_window and not _is_open(starts_at, ends_at, context.at)):
        return _NOT_ACTIVE
    if promotion.channel_ids and context.channel_id not in promotion.channel_ids:
        return _NOT_HERE
    if promotion.currency is not None and promotion.currency != context.currency:
        return Refusal(Reason.CHANNEL, (("currency", promotion.currency),))
    found = None
    if promotion.coupon is not None:
        found = _coupon_refusal(promotion.coupon, context.at)
    elif promotion.needs_coupon:
        return _NO_CODE
    if found is None and promotion.quota is not UNLIMITED:
        found = _quota_refusal(promotion.quota, context)
    for gate in promotion.rule.gates:
        if found is not None:
            break
        found = gate.refusal(context)
    return found


def alone_refusal(candidate: Candidate, root: State) -> Refusal | None:
    """Return why the promotion would do nothing for this cart even alone.

    Set what it is worth `alone` at most. A promotion whose saving alone is more than what is left
    of its budget is refused, so the saving it is booked with always fits. One on groups may save
    more in company than alone where others claim the units that floors keep from being cheaper.
    """
    board = root.board
    is_group = candidate.kind is GROUP
    gap = candidate.gap_alone
    most = _alone(candidate, root) if gap is NO_GAP else 0
    if not most:
        gap = whole_gap(candidate, gap, root)
        if any(gap):
            return Refusal(Reason.THRESHOLD_NOT_MET, gap.detail())
        if candidate.kind is GIFT and gift_of(candidate, root) is None:
            return _NO_GIFT
        return _NO_EFFECT
    budget = candidate.promotion.quota.remaining_budget_minor
    amount = most // board.scale
    if budget is not None and amount > budget:
        return Refusal(
            Reason.BUDGET, (("needed_minor", amount), ("remaining_minor", max(0, budget)))
        )
    candidate.alone = most
    is_idle = is_group and candidate.floor_minor and not worth(candidate, root)
    return _NO_EFFECT if is_idle else None


def _alone(candidate: Candidate, root: State) -> int:
    """Return what the promotion is worth where its conditions hold, for groups at most."""
    board = root.board
    kind = candidate.kind
    if kind is AMOUNT:
        base = candidate.goods_minor
        return min(terms(candidate, base), base - candidate.floor_minor) * board.scale
    if kind is UNIT:
        return _off_units(candidate, board) * board.scale
    if kind is GROUP:
        return most_worth(candidate, root)
    if kind is FEE:
        return min(terms(candidate, board.fee_minor), board.fee_minor) * board.scale
    given = gift_of(candidate, root)
    return given.list_minor if given else 0


def _off_units(candidate: Candidate, board: Board) -> int:
    action: UnitAction = candidate.action
    runs, floors, total = board.runs, board.floors, 0
    for atom in board.atoms(candidate.mask):
        price = runs[atom].entry_minor
        total += min(action.off_minor(price), price - floors[atom]) * runs[atom].quantity
    limit = candidate.limit_minor
    return total if limit is None else min(total, limit)


def whole_gap(candidate: Candidate, gap: Gap, entry: State) -> Gap:
    """Return what conditions and action together miss; `gap` is what the conditions do."""
    if candidate.kind is AMOUNT:
        action: AmountAction = candidate.action
        base = entry.net_over(candidate.mask)
        if not action.off_minor(base, candidate.quantity):
            step = action.next_step(base, candidate.quantity)
            if step is not None:
                return gap.joined(step.gap)
    elif candidate.kind is GROUP:
        grouping: GroupAction = candidate.action
        pools = pools_of(candidate, entry)
        if not grouping.possible(pools):
            return gap.joined(Gap(missing_quantity=grouping.missing(pools, 1)))
    return gap


def _is_open(starts_at: datetime | None, ends_at: datetime | None, at: datetime) -> bool:
    return (starts_at is None or starts_at <= at) and (ends_at is None or at < ends_at)


def _coupon_refusal(coupon: Coupon, at: datetime) -> Refusal | None:
    if not _is_open(coupon.valid_from, coupon.valid_to, at):
        return Refusal(Reason.NOT_ACTIVE, (("coupon_id", coupon.id),))
    if not coupon.is_available:
        return Refusal(Reason.EXHAUSTED, (("coupon_id", coupon.id),))
    return None


def _quota_refusal(quota: Quota, context: Context) -> Refusal | None:
    if quota.uses_per_customer is not None:
        if context.customer.id is None:
            return Refusal(
                Reason.IDENTITY_REQUIRED, (("uses_per_customer", quota.uses_per_customer),)
            )
        if quota.customer_uses >= quota.uses_per_customer:
            return Refusal(Reason.EXHAUSTED, (("uses_per_customer", quota.uses_per_customer),))
    if quota.remaining_uses is not None and quota.remaining_uses <= 0:
        return Refusal(Reason.EXHAUSTED, (("remaining_uses", 0),))
    if quota.remaining_budget_minor is not None and quota.remaining_budget_minor <= 0:
        return Refusal(Reason.BUDGET, (("remaining_minor", 0),))
    return None
