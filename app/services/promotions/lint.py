"""What staff should know before a promotion starts (pricing specification 2.9). Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.services.promotions.depth import joint_depth_bps
from app.services.promotions.engine import Promotion, broken_rule, hard_rule

EXACT_CANDIDATES = 12
"""Beyond so many promotions that touch one cart the best set is searched within a budget."""

JOINT_DISCOUNT_BPS: Final = 7_000

NAMED: Final = 5
"""SKUs a remark names."""

NESTED = frozenset({"categories"})
"""Kinds of which goods carry several names, so that different names may mean the same goods."""


class Severity(StrEnum):
    """Errors keep a promotion from starting, warnings do not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that cannot work, or works but may not be meant.

    `others` are promotions it has to do with; `pointer` is the JSON pointer of what is wrong.
    """

    code: str
    message: str
    others: tuple[str, ...] = ()
    severity: Severity = Severity.WARNING
    pointer: str | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """What became of a promotion in recent orders: `lost` in those where it could have applied.

    `winners` were applied where it lost.
    """

    orders: int = 0
    won: int = 0
    lost: int = 0
    winners: tuple[str, ...] = ()


def lint(
    promotion: Promotion,
    others: Sequence[Promotion],
    *,
    has_quota: bool,
    joint_discount_bps: int = JOINT_DISCOUNT_BPS,
    sample: Sample | None = None,
    at_floor: Sequence[str] = (),
) -> tuple[Remark, ...]:
    """Return what to look at twice; `others` run in the same window and currency.

    `at_floor` are SKUs in scope that the promotion alone can take to their floor.
    """
    beside = [each for each in others if _share_a_channel(promotion, each)]
    return (
        *_on_its_own(promotion, has_quota=has_quota),
        *_on_goods(at_floor),
        *_in_company(promotion, beside, joint_discount_bps),
        *_in_practice(sample or Sample()),
    )


def _on_its_own(promotion: Promotion, *, has_quota: bool) -> Iterator[Remark]:
    rule = promotion.rule
    if promotion.needs_coupon and not has_quota:
        yield Remark("COUPON_WITHOUT_QUOTA", "Coupons of it are limited by nothing but issue")
    if rule.stack.exclusive != "none" and not rule.thresholds:
        yield Remark(
            "EXCLUSIVE_WITHOUT_THRESHOLD", "It may shut out better promotions in every cart"
        )


def _on_goods(at_floor: Sequence[str]) -> Iterator[Remark]:
    if at_floor:
        named = ", ".join(at_floor[:NAMED]) + (", …" if len(at_floor) > NAMED else "")
        yield Remark(
            "REACHES_FLOOR",
            f"Alone it can take {len(at_floor)} SKUs of its scope to where discounts stop: {named}",
        )


def _in_company(
    promotion: Promotion, others: Sequence[Promotion], joint_discount_bps: int
) -> Iterator[Remark]:
    component = _component(promotion, others)
    if len(component) >= EXACT_CANDIDATES:
        yield Remark(
            "LARGE_COMPONENT",
            f"More than {EXACT_CANDIDATES} promotions may meet in one cart",
            component,
        )
    groups = set(promotion.rule.stack.groups)
    if grouped := _ids(each for each in others if groups & set(each.rule.stack.groups)):
        yield Remark("GROUP_OVERLAP", "Others of its group run at the same time", grouped)
    shared = [
        each for each in others if broken_rule(promotion, each) == 0 and _may_meet(promotion, each)
    ]
    if loose := _ids(each for each in shared if each.stage == promotion.stage):
        yield Remark("STACKS_IN_STAGE", "It adds up with others of its stage", loose)
    if deep := _ids(
        each for each in shared if (joint_depth_bps(promotion, each) or 0) > joint_discount_bps
    ):
        yield Remark(
            "DEEP_TOGETHER",
            f"With another it may take more than {joint_discount_bps / 100:g} % off",
            deep,
        )


def _in_practice(sample: Sample) -> Iterator[Remark]:
    if sample.lost and not sample.won:
        yield Remark(
            "UNREACHABLE",
            f"In {sample.lost} of {sample.orders} recent orders it could apply, and in none did"
            " it: others were better or shut it out",
            sample.winners,
        )


def _component(promotion: Promotion, others: Sequence[Promotion]) -> tuple[str, ...]:
    """Ids of the others the best set may have to be found among together with the promotion."""
    reached, left = [promotion], list(others)
    for one in reached:
        met = [each for each in left if hard_rule(one, each) or _may_meet(one, each)]
        reached += met
        left = [each for each in left if each not in met]
    return _ids(each for each in others if each not in left)


def _may_meet(a: Promotion, b: Promotion) -> bool:
    """Whether one piece of goods may be in scope of both; unsure is yes."""
    if any(each.scope for p in (a, b) for each in p.rule.thresholds):
        return True
    one, two = a.rule.scope.included, b.rule.scope.included
    if len(one) != 1 or len(two) != 1:
        return True
    (kind, names), (other_kind, other_names) = one[0], two[0]
    return kind != other_kind or kind in NESTED or not set(names).isdisjoint(other_names)


def _share_a_channel(a: Promotion, b: Promotion) -> bool:
    return not a.channel_ids or not b.channel_ids or not a.channel_ids.isdisjoint(b.channel_ids)


def _ids(promotions: Iterable[Promotion]) -> tuple[str, ...]:
    return tuple(each.id for each in promotions)
