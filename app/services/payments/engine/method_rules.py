"""Which ways to pay an order may use, by rules of staff; each refusal says why."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.core.enums.payments import MethodEffect, TenderKind
from app.services.payments.engine.routing import Sale, SaleLine


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodRule:
    """Refuses `method` where every condition that is set holds, or allows it only there.

    `regions` are paths from the country down (`CN/广东省/深圳市`); amounts are of what the order
    costs, in minor units of `currency`. Of categories and products, one of the goods is enough to
    refuse, and all of them have to be there to allow. A limit is of the goods they name, each for
    itself: `limit_bps` of what it costs.
    """

    id: UUID
    name: str
    method: TenderKind
    effect: MethodEffect
    regions: tuple[str, ...] = ()
    min_minor: int | None = None
    max_minor: int | None = None
    currency: str | None = None
    tiers: tuple[str, ...] = ()
    category_ids: frozenset[UUID] = frozenset()
    product_ids: frozenset[UUID] = frozenset()
    deliveries: tuple[str, ...] = ()
    channel_ids: frozenset[UUID] = frozenset()
    limit_bps: int | None = None

    def conditions(self, sale: Sale, payable_minor: int) -> dict[str, bool]:
        """Whether each condition that is set holds, by its name."""
        found: dict[str, bool] = {}
        if self.regions:
            found["region"] = any(_is_within(each, sale.region) for each in self.regions)
        if self.min_minor is not None or self.max_minor is not None:
            low = self.min_minor is None or payable_minor >= self.min_minor
            found["amount"] = low and (self.max_minor is None or payable_minor <= self.max_minor)
        if self.currency is not None:
            found["currency"] = sale.currency == self.currency
        if self.tiers:
            found["tier"] = sale.tier in self.tiers
        if self.effect is not MethodEffect.LIMIT:
            found |= self._of_goods(sale)
        if self.deliveries:
            found["delivery"] = sale.delivery in self.deliveries
        if self.channel_ids:
            found["channel"] = sale.channel_id in self.channel_ids
        return found

    def refusal(self, sale: Sale, payable_minor: int) -> dict[str, Any] | None:
        """Why the rule refuses its method: the conditions that hold, or those that do not."""
        if self.effect is MethodEffect.LIMIT:
            return None
        found = self.conditions(sale, payable_minor)
        if self.effect is MethodEffect.REFUSE:
            because = list(found) if all(found.values()) else None
        else:
            because = [name for name, holds in found.items() if not holds] or None
        if because is None:
            return None
        named = {"code": "rule", "rule_id": str(self.id), "name": self.name}
        return named | {"effect": str(self.effect), "because": because}

    def names(self, line: SaleLine) -> bool:
        """Whether the goods are among those the rule is about."""
        is_within = not self.category_ids or bool(line.categories & self.category_ids)
        return is_within and (not self.product_ids or line.product_id in self.product_ids)

    def _of_goods(self, sale: Sale) -> dict[str, bool]:
        enough = any if self.effect is MethodEffect.REFUSE else all
        found: dict[str, bool] = {}
        if self.category_ids:
            found["category"] = enough(bool(x.categories & self.category_ids) for x in sale.lines)
        if self.product_ids:
            found["product"] = enough(x.product_id in self.product_ids for x in sale.lines)
        return found


def refusals(
    rules: Iterable[MethodRule], method: TenderKind, sale: Sale, payable_minor: int
) -> list[dict[str, Any]]:
    """Every reason why an order of `payable_minor` may not be paid by `method`; none if it may."""
    found = (each.refusal(sale, payable_minor) for each in rules if each.method is method)
    return [each for each in found if each is not None]


def _is_within(path: str, region: tuple[str, ...]) -> bool:
    wanted = tuple(path.split("/"))
    return region[: len(wanted)] == wanted
