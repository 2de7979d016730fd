"""Paying a gateway in parts: what accounts offer, and what an amount may be paid by (3.3, 3.7)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.enums.payments import FeeBearer
from app.services.payments.errors import InstalmentsNotOffered, InstalmentsUnsupported


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalmentPlan:
    """Paying in `count` parts, from `min_minor` on; `fee_bearer` pays the gateway's fee for it."""

    count: int
    fee_bearer: FeeBearer
    currency: str
    min_minor: int = 0

    def suits(self, currency: str, amount_minor: int) -> bool:
        return self.currency == currency and amount_minor >= self.min_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalmentSkills:
    """What a gateway can do. `currencies` None: any."""

    counts: frozenset[int]
    bearers: frozenset[FeeBearer] = frozenset(FeeBearer)
    currencies: frozenset[str] | None = None

    def can(self, plan: InstalmentPlan) -> bool:
        return (
            plan.count in self.counts
            and plan.fee_bearer in self.bearers
            and (self.currencies is None or plan.currency in self.currencies)
        )


def require_skills(plans: Iterable[InstalmentPlan], skills: InstalmentSkills | None) -> None:
    """Raise `InstalmentsUnsupported` for the first plan a gateway cannot do, with what it can."""
    for plan in plans:
        if skills is None:
            raise InstalmentsUnsupported("The gateway takes no instalments", count=plan.count)
        if not skills.can(plan):
            raise InstalmentsUnsupported(
                "The gateway has no such plan",
                count=plan.count,
                fee_bearer=plan.fee_bearer,
                currency=plan.currency,
                counts=sorted(skills.counts),
                fee_bearers=sorted(skills.bearers),
                currencies=None if skills.currencies is None else sorted(skills.currencies),
            )


def suiting(
    plans: Iterable[InstalmentPlan], currency: str, amount_minor: int
) -> tuple[InstalmentPlan, ...]:
    """The plans an amount may be paid by, the one with the fewest parts first."""
    found = (each for each in plans if each.suits(currency, amount_minor))
    return tuple(sorted(found, key=lambda each: each.count))


def agreed(
    plans: Sequence[InstalmentPlan], count: int | None, currency: str, amount_minor: int
) -> InstalmentPlan | None:
    """The plan a shopper chose; None who pays at once.

    Raises `InstalmentsNotOffered` with those that could be chosen.
    """
    if count is None:
        return None
    offered = suiting(plans, currency, amount_minor)
    for each in offered:
        if each.count == count:
            return each
    raise InstalmentsNotOffered(
        "Choose one of the plans, or pay at once",
        instalments=count,
        amount_minor=amount_minor,
        currency=currency,
        plans=[told(each) for each in offered],
    )


def told(plan: InstalmentPlan) -> dict[str, Any]:
    """A plan in words of JSON: as a problem tells it, and as it is kept."""
    return {
        "count": plan.count,
        "fee_bearer": str(plan.fee_bearer),
        "currency": plan.currency,
        "min_minor": plan.min_minor,
    }


def read_plan(said: dict[str, Any]) -> InstalmentPlan:
    """A plan as `told` told it."""
    return InstalmentPlan(**said | {"fee_bearer": FeeBearer(said["fee_bearer"])})
