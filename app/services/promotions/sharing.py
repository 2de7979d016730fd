"""Which promotions share an order, and whose setting keeps them apart. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from app.services.promotions.engine import Promotion, broken_rule, hard_rule


class Relation(StrEnum):
    """`never_on_one_unit`: both may be used in an order, though never on the same piece."""

    SHARES = "shares"
    NEVER_ON_ONE_UNIT = "never_on_one_unit"
    EXCLUDES = "excludes"


@dataclass(frozen=True, slots=True)
class Sharing:
    """How two promotions stand to each other; `rule` is that of 2.3 they break, 0 for none."""

    relation: Relation
    rule: int
    because: str


def sharing(a: Promotion, b: Promotion) -> Sharing:
    """What two different promotions do in one order; the same whichever comes first."""
    if b.id < a.id:
        a, b = b, a
    rule = broken_rule(a, b)
    if rule == 0:
        return Sharing(Relation.SHARES, 0, "No setting of either keeps them apart.")
    is_hard = hard_rule(a, b) != 0
    relation = Relation.EXCLUDES if is_hard else Relation.NEVER_ON_ONE_UNIT
    return Sharing(relation, rule, _WHY[rule - 1](a, b))


def _exclusive_for_order(a: Promotion, b: Promotion) -> str:
    return _sentences(
        _says(each, "exclusive", "order") for each in (a, b) if each.rule.stack.exclusive == "order"
    )


def _common_group(a: Promotion, b: Promotion) -> str:
    shared = sorted(set(a.rule.stack.groups) & set(b.rule.stack.groups))
    return f"Both are in group {', '.join(shared)}: see `groups` of {_called(a)} and {_called(b)}."


def _named(a: Promotion, b: Promotion) -> str:
    return _sentences(
        f"{_called(one)} names {_called(other)} in `not_with`"
        for one, other in ((a, b), (b, a))
        if _lists(one.rule.stack.not_with, other)
    )


def _one_stage(a: Promotion, b: Promotion) -> str:
    return _sentences(
        _stage_refusal(one, other)
        for one, other in ((a, b), (b, a))
        if not _permits_in_stage(one, other)
    )


def _two_stages(a: Promotion, b: Promotion) -> str:
    return _sentences(
        f"{_called(one)} has `across` {_shown(one.rule.stack.across)}, without stage {other.stage}"
        for one, other in ((a, b), (b, a))
        if one.rule.stack.across != "stack" and other.stage not in one.rule.stack.across
    )


_WHY = (_exclusive_for_order, _common_group, _named, _one_stage, _two_stages)


def _permits_in_stage(one: Promotion, other: Promotion) -> bool:
    stack = one.rule.stack
    if stack.exclusive == "stage" or stack.in_stage == "conflict":
        return False
    return stack.in_stage == "stack" or _lists(tuple(stack.in_stage), other)


def _stage_refusal(one: Promotion, other: Promotion) -> str:
    stack = one.rule.stack
    if stack.exclusive == "stage":
        return _says(one, "exclusive", "stage")
    if stack.in_stage == "conflict":
        return _says(one, "in_stage", "conflict")
    return f"{_called(one)} has `in_stage` {_shown(stack.in_stage)}, without {_called(other)}"


def _lists(listed: tuple[str, ...], promotion: Promotion) -> bool:
    return promotion.id in listed or not set(promotion.rule.stack.groups).isdisjoint(listed)


def _says(promotion: Promotion, setting: str, value: str) -> str:
    return f"{_called(promotion)} has `{setting}` {value}"


def _called(promotion: Promotion) -> str:
    return f"“{promotion.name}”"


def _shown(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else f"[{', '.join(value)}]"


def _sentences(parts: Iterable[str]) -> str:
    return "; ".join(parts) + "."
