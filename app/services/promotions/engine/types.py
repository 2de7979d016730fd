"""Promotions as the engine sees them. Frozen, hashable, free of I/O."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.services.promotions.engine.actions import Action
from app.services.promotions.engine.actions.addon import AddOn
from app.services.promotions.engine.conditions import Gate, Threshold
from app.services.promotions.engine.scope import Scope


@dataclass(frozen=True, slots=True)
class Stack:
    """What a promotion shares an order with (pricing specification 2.3). Ids and group names mix.

    ```json
    {"exclusive": "none"|"stage"|"order", "groups": ["spring"],
     "in_stage": "conflict"|"stack"|["id or group", …],
     "across": "stack"|"conflict"|["stage", …],
     "not_with": ["id or group", …], "scope": "unit"|"order"}
    ```

    Defaults: no exclusivity, no group, one promotion per stage, stages share. Allowing takes
    consent from both sides, forbidding takes one. `scope` is `unit` in an item stage by default
    and must be `order` elsewhere.
    """

    exclusive: str = "none"
    groups: tuple[str, ...] = ()
    in_stage: str | tuple[str, ...] = "conflict"
    across: str | tuple[str, ...] = "stack"
    not_with: tuple[str, ...] = ()
    scope: str = "order"

    @property
    def is_default(self) -> bool:
        """Whether it shares on default terms, whatever its `scope`."""
        return self in _DEFAULT_STACKS


_OWN = Scope()
_DEFAULT_STACKS = (Stack(), Stack(scope="unit"))


def _derived() -> Any:
    """A field that follows from the others, worked out once when the record is made."""
    return field(init=False, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Rule:
    """A parsed configuration. `digest` identifies it in `rules_hash`.

    What every cart would ask of it follows, worked out once: `needs` are the thresholds on what
    goods cost when the stage begins, as `(amount_minor, scope)`, `counts` all others; a scope of
    None is the promotion's own. `pools` are the scopes a group action draws on in the same way,
    and `counts_own` says that conditions count the promotion's own goods and not those of pools.
    """

    scope: Scope
    gates: tuple[Gate, ...]
    thresholds: tuple[Threshold, ...]
    action: Action
    stack: Stack
    max_discount_minor: int | None
    digest: str
    needs: tuple[tuple[int, Scope | None], ...] = _derived()
    counts: tuple[Threshold, ...] = _derived()
    pools: tuple[Scope | None, ...] = _derived()
    counts_own: bool = _derived()
    is_addon: bool = _derived()
    shares_by_default: bool = _derived()

    def __post_init__(self) -> None:
        scopes: tuple[Scope, ...] = getattr(self.action, "scopes", (_OWN,))
        needs = [
            (each.gap(0, 0, 0).missing_minor, each.scope)
            for each in self.thresholds
            if not each.is_fixed
        ]
        derived = {
            "needs": tuple(needs),
            "counts": tuple(each for each in self.thresholds if each.is_fixed),
            "pools": tuple(None if each == _OWN else each for each in scopes),
            "counts_own": _OWN in scopes,
            "is_addon": isinstance(self.action, AddOn),
            "shares_by_default": self.stack.is_default,
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)


@dataclass(frozen=True, slots=True)
class GiftFact:
    """A SKU a promotion may give: its list price and how many pieces are there to give."""

    sku_id: str
    list_minor: int
    available: int


@dataclass(frozen=True, slots=True)
class Coupon:
    """A coupon instance the shopper holds or typed in; applying the promotion uses it up."""

    id: str
    code: str | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    is_available: bool = True


@dataclass(frozen=True, slots=True)
class Quota:
    """What is left of a promotion right now; `None` is unlimited.

    `remaining_uses` and `remaining_budget_minor` already subtract reservations. With
    `uses_per_customer` an anonymous cart is refused; `customer_uses` is what this customer used.
    """

    remaining_uses: int | None = None
    remaining_budget_minor: int | None = None
    uses_per_customer: int | None = None
    customer_uses: int = 0


UNLIMITED = Quota()


@dataclass(frozen=True, slots=True)
class Promotion:
    """A candidate: a rule, where and when it runs, its quota, and the coupon that would pay it.

    One promotion with two coupons is two candidates; at most one of them is ever applied. No
    channels named means all of them, no currency any. `gifts` are the facts on the SKUs it may
    give, `gift_choice` the one the shopper asked for.
    """

    id: str
    name: str
    stage: str
    rule: Rule
    priority: int = 0
    is_active: bool = True
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    channel_ids: frozenset[str] = frozenset()
    currency: str | None = None
    needs_coupon: bool = False
    coupon: Coupon | None = None
    quota: Quota = UNLIMITED
    gifts: tuple[GiftFact, ...] = ()
    gift_choice: str | None = None
    rank: tuple[int, str, str] = _derived()
    """Sort key: higher priority first, then smaller id, then smaller coupon id."""
    ruled: tuple[Any, ...] = _derived()
    """What `rules_hash` covers of it."""

    def __post_init__(self) -> None:
        coupon = self.coupon.id if self.coupon else ""
        object.__setattr__(self, "rank", (-self.priority, self.id, coupon))
        ruled = (
            self.id,
            self.stage,
            self.priority,
            self.currency,
            sorted(self.channel_ids),
            self.rule.digest,
            str(self.starts_at),
            str(self.ends_at),
        )
        object.__setattr__(self, "ruled", ruled)
