"""What staff should know before a promotion starts (pricing specification 2.9). Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.services.promotions.engine import Promotion, broken_rule

EXACT_CANDIDATES = 12
"""Beyond so many promotions that touch one cart the best set is searched within a budget."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that works but may not be meant. `others` are promotions it has to do with."""

    code: str
    message: str
    others: tuple[str, ...] = ()


def lint(
    promotion: Promotion, others: Sequence[Promotion], *, has_quota: bool
) -> tuple[Remark, ...]:
    """Return what to look at twice; `others` run in the same window and currency."""
    return tuple(_warnings(promotion, others, has_quota=has_quota))


def _warnings(
    promotion: Promotion, others: Sequence[Promotion], *, has_quota: bool
) -> Iterator[Remark]:
    rule = promotion.rule
    if promotion.needs_coupon and not has_quota:
        yield Remark("COUPON_WITHOUT_QUOTA", "Coupons of it are limited by nothing but issue")
    if rule.stack.exclusive != "none" and not rule.thresholds:
        yield Remark(
            "EXCLUSIVE_WITHOUT_THRESHOLD", "It may shut out better promotions in every cart"
        )
    if len(others) >= EXACT_CANDIDATES:
        yield Remark(
            "LARGE_COMPONENT",
            f"More than {EXACT_CANDIDATES} promotions may meet in one cart",
            tuple(each.id for each in others),
        )
    grouped = tuple(
        each.id for each in others if set(each.rule.stack.groups) & set(rule.stack.groups)
    )
    if grouped:
        yield Remark("GROUP_OVERLAP", "Others of its group run at the same time", grouped)
    loose = tuple(
        each.id
        for each in others
        if each.stage == promotion.stage and broken_rule(promotion, each) == 0
    )
    if loose:
        yield Remark("STACKS_IN_STAGE", "It adds up with others of its stage", loose)
