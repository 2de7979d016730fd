"""How much of an order points may pay, by what is in it (payments specification 3.3)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.core.enums.payments import MethodEffect, TenderKind
from app.services.payments.engine.method_rules import MethodRule
from app.services.payments.engine.routing import Sale, SaleLine

WHOLE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsLimitReason:
    """Points pay at most `limit_bps` of each of `lines`, or of the shipping fee, or of everything.

    `code` tells them apart: `rule` is one of staff, `shipping` and `order` are settings.
    """

    code: str
    limit_bps: int
    rule_id: UUID | None = None
    name: str | None = None
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsLimit:
    """The most that points may pay, beside what goods cost in points alone; and why not all."""

    most_minor: int
    reasons: tuple[PointsLimitReason, ...] = ()


def points_limit(
    rules: Iterable[MethodRule],
    sale: Sale,
    payable_minor: int,
    *,
    point_value_minor: int = 1,
    shipping_bps: int = WHOLE,
    order_bps: int = WHOLE,
) -> PointsLimit:
    """Of each line at most what the strictest rule about it leaves, of the rest as settings say.

    What is payable and no line's is the shipping fee. Each part is rounded down for itself, so the
    sum never is more than any of the limits says.
    """
    applying = [
        each
        for each in rules
        if each.method is TenderKind.POINTS
        and each.effect is MethodEffect.LIMIT
        and all(each.conditions(sale, payable_minor).values())
    ]
    limits = {line.id: _strictest(applying, line) for line in sale.lines}
    fixed = sum(line.exchange_points for line in sale.lines) * point_value_minor
    goods = 0
    for line in sale.lines:
        rule = limits[line.id]
        amount = max(0, line.amount_minor - line.exchange_points * point_value_minor)
        goods += amount * (WHOLE if rule is None else rule.limit_bps or 0) // WHOLE
    fee = max(0, payable_minor - sum(line.amount_minor for line in sale.lines))
    if not sale.lines:
        shipping_bps = WHOLE  # what is no sale of goods has no fee either
    most = goods + fee * shipping_bps // WHOLE
    reasons = _by_rule(sale.lines, limits)
    if fee and shipping_bps < WHOLE:
        reasons.append(PointsLimitReason(code="shipping", limit_bps=shipping_bps))
    whole = max(0, payable_minor - fixed) * order_bps // WHOLE
    if order_bps < WHOLE:
        reasons.append(PointsLimitReason(code="order", limit_bps=order_bps))
    return PointsLimit(most_minor=min(most, whole), reasons=tuple(reasons))


def _strictest(rules: Sequence[MethodRule], line: SaleLine) -> MethodRule | None:
    about = [each for each in rules if each.names(line)]
    return min(about, key=lambda each: (each.limit_bps or 0, each.id), default=None)


def _by_rule(
    lines: Sequence[SaleLine], limits: dict[str, MethodRule | None]
) -> list[PointsLimitReason]:
    found: dict[UUID, list[str]] = {}
    rules: dict[UUID, MethodRule] = {}
    for line in lines:
        rule = limits[line.id]
        if rule is not None and line.amount_minor and (rule.limit_bps or 0) < WHOLE:
            rules[rule.id] = rule
            found.setdefault(rule.id, []).append(line.id)
    return [
        PointsLimitReason(
            code="rule",
            limit_bps=rules[rule_id].limit_bps or 0,
            rule_id=rule_id,
            name=rules[rule_id].name,
            lines=tuple(named),
        )
        for rule_id, named in found.items()
    ]
