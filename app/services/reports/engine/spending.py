"""What orders replayed one after the other leave of the limits of what is tried. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

from app.services.promotions.engine import Promotion
from app.services.reports.engine.figures import Side


class DayLimits(NamedTuple):
    """Uses a day, and uses of one member a day, of days that begin at midnight in `zone`."""

    zone: str
    uses: int | None = None
    uses_per_member: int | None = None


def _tighter(one: int | None, other: int | None) -> int | None:
    return min((each for each in (one, other) if each is not None), default=None)


@dataclass(slots=True)
class Spending:
    """What the orders replayed so far used of what is tried; by id, then by id and member.

    `limits` are those by day, by id, and `day_of` the day of an order by id and order; what was
    used on a day is by id and day, then by member as well.
    """

    uses: dict[str, int] = field(default_factory=dict)
    amounts: dict[str, int] = field(default_factory=dict)
    by_member: dict[tuple[str, str], int] = field(default_factory=dict)
    limits: Mapping[str, DayLimits] = field(default_factory=dict)
    day_of: Mapping[tuple[str, str], date] = field(default_factory=dict)
    by_day: dict[tuple[str, date], int] = field(default_factory=dict)
    by_member_day: dict[tuple[str, date, str], int] = field(default_factory=dict)

    def left(self, promotion: Promotion, order_id: str, member_id: str) -> Promotion:
        """The promotion with what is left of its limits for an order of a member."""
        whole = promotion.quota
        uses, budget = whole.remaining_uses, whole.remaining_budget_minor
        most, used = whole.uses_per_customer, self.by_member.get((promotion.id, member_id), 0)
        left = None if uses is None else uses - self.uses.get(promotion.id, 0)
        daily = self.limits.get(promotion.id)
        if daily is not None:
            day = self.day_of[promotion.id, order_id]
            if daily.uses is not None:
                left = _tighter(left, daily.uses - self.by_day.get((promotion.id, day), 0))
            today = self.by_member_day.get((promotion.id, day, member_id), 0)
            limit = daily.uses_per_member
            if limit is not None and (most is None or limit - today < most - used):
                most, used = limit, today
        return replace(
            promotion,
            quota=replace(
                whole,
                remaining_uses=left,
                remaining_budget_minor=(
                    None if budget is None else budget - self.amounts.get(promotion.id, 0)
                ),
                uses_per_customer=most,
                customer_uses=used,
            ),
        )

    def count(self, after: Side, tried: Iterable[str], order_id: str, member_id: str) -> None:
        """Book what an order used of the promotions `tried`."""
        for each in after.taken:
            if each.promotion_id in tried:
                self.amounts[each.promotion_id] = (
                    self.amounts.get(each.promotion_id, 0) + each.amount_minor
                )
                self.uses[each.promotion_id] = self.uses.get(each.promotion_id, 0) + 1
                key = (each.promotion_id, member_id)
                self.by_member[key] = self.by_member.get(key, 0) + 1
                if each.promotion_id in self.limits:
                    day = self.day_of[each.promotion_id, order_id]
                    self.count_day(each.promotion_id, day, member_id, 1)

    def count_day(self, promotion_id: str, day: date, member_id: str, uses: int) -> None:
        """Book `uses` of a promotion by a member on a day."""
        key = (promotion_id, day)
        self.by_day[key] = self.by_day.get(key, 0) + uses
        by_member = (promotion_id, day, member_id)
        self.by_member_day[by_member] = self.by_member_day.get(by_member, 0) + uses
