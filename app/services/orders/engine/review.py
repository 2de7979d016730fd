"""Rules that look at an order before it leaves: which hold, and what follows from all of them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

from app.core.enums.catalog import ChannelKind
from app.core.enums.order_reviews import ReviewEffect
from app.core.enums.orders import OrderKind, OrderSource
from app.core.enums.payments import TenderKind
from app.services.orders.engine.review_facts import OrderFacts
from app.services.orders.engine.review_schema import flag, texts, whole, within

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ORDER = (ReviewEffect.PASS, ReviewEffect.HOLD, ReviewEffect.REJECT)

Test: TypeAlias = Callable[[OrderFacts, Any], bool]


@dataclass(frozen=True, slots=True)
class Condition:
    """What a condition may be set to, and whether an order meets it then."""

    schema: Mapping[str, Any]
    holds: Test


def _region(facts: OrderFacts, paths: Iterable[str]) -> bool:
    parts = (path.split("/") for path in paths)
    return any(list(facts.region[: len(each)]) == each for each in parts)


def _contains(said: str, words: Iterable[str]) -> bool:
    return any(word.casefold() in said.casefold() for word in words)


def _alike(facts: OrderFacts, minutes: int) -> bool:
    return facts.duplicate_minutes is not None and facts.duplicate_minutes <= minutes


_ID = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
_MINOR = 10**15
_METHODS = [str(each) for each in TenderKind]
_CHANNELS = [str(each) for each in ChannelKind]
_SOURCES = [str(each) for each in OrderSource]
_KINDS = [str(each) for each in OrderKind]

CONDITIONS: Mapping[str, Condition] = {
    "min_minor": Condition(
        whole(0, _MINOR, "What the order costs, at least; minor units of `currency`."),
        lambda facts, least: facts.payable_minor >= least,
    ),
    "max_minor": Condition(
        whole(0, _MINOR, "What the order costs, at most; minor units of `currency`."),
        lambda facts, most: facts.payable_minor <= most,
    ),
    "currency": Condition(
        texts("Currencies of orders, ISO 4217.", pattern="^[A-Z]{3}$"),
        lambda facts, known: facts.currency in known,
    ),
    "regions": Condition(texts("Paths from the country down: `CN/广东省/深圳市`."), _region),
    "region_differs": Condition(
        flag("Another province or city than all paid orders of the member before."),
        lambda facts, _: facts.region_differs,
    ),
    "address_odd": Condition(
        flag("Something of the address is missing or cannot be one."),
        lambda facts, _: bool(facts.address_problems),
    ),
    "address_contains": Condition(
        texts("Words in the receiver or the street, such as those of forwarders."),
        lambda facts, words: _contains(facts.address_text, words),
    ),
    "is_blacklisted": Condition(
        flag("The member, the phone or the address is on the blacklist."),
        lambda facts, _: bool(facts.blacklisted),
    ),
    "min_risk_score": Condition(
        whole(0, 100, "The score of risk, at least; 0 to 100."),
        lambda facts, least: facts.risk_score >= least,
    ),
    "duplicate_within_minutes": Condition(
        whole(1, 1_440, "The same goods for the same member, phone or address within that time."),
        _alike,
    ),
    "member_orders_per_hour": Condition(
        whole(2, 1_000, "Orders of the member in an hour, with this one, at least."),
        lambda facts, least: facts.member_orders >= least,
    ),
    "phone_orders_per_hour": Condition(
        whole(2, 1_000, "Orders to the phone in an hour, with this one, at least."),
        lambda facts, least: facts.phone_orders >= least,
    ),
    "address_orders_per_hour": Condition(
        whole(2, 1_000, "Orders to the address in an hour, with this one, at least."),
        lambda facts, least: facts.address_orders >= least,
    ),
    "has_note": Condition(
        flag("The shopper noted something."), lambda facts, _: bool(facts.note.strip())
    ),
    "note_contains": Condition(
        texts("Words in the shopper's note."), lambda facts, words: _contains(facts.note, words)
    ),
    "is_first_order": Condition(
        flag("The member has paid for no other order."), lambda facts, _: facts.is_first
    ),
    "payment_methods": Condition(
        texts("One of the ways it is paid by.", among=_METHODS),
        lambda facts, kinds: bool(facts.methods.intersection(kinds)),
    ),
    "category_ids": Condition(
        texts("Categories one of the goods is in, or below.", pattern=_ID),
        lambda facts, ids: bool(facts.category_ids.intersection(map(UUID, ids))),
    ),
    "sku_ids": Condition(
        texts("Goods, one of which is bought.", pattern=_ID),
        lambda facts, ids: bool(facts.sku_ids.intersection(map(UUID, ids))),
    ),
    "min_quantity": Condition(
        whole(1, 1_000_000, "Pieces of the order, at least."),
        lambda facts, least: facts.quantity >= least,
    ),
    "channel_ids": Condition(
        texts("Channels it was placed in.", pattern=_ID),
        lambda facts, ids: facts.channel_id in map(UUID, ids),
    ),
    "channel_kinds": Condition(
        texts("Kinds of channels it was placed in.", among=_CHANNELS),
        lambda facts, kinds: facts.channel_kind in kinds,
    ),
    "sources": Condition(
        texts("Where it comes from: a shopper's cart, or entered without one.", among=_SOURCES),
        lambda facts, known: facts.source in known,
    ),
    "kinds": Condition(
        texts("What it is for; only a sale costs anything.", among=_KINDS),
        lambda facts, known: facts.kind in known,
    ),
    "tiers": Condition(
        texts("Tiers of the member.", most=50), lambda facts, known: facts.tier in known
    ),
}


def conditions_schema() -> dict[str, Any]:
    """JSON schema of the conditions of a rule; a new condition appears by itself."""
    return {
        "$schema": DIALECT,
        "type": "object",
        "properties": {name: dict(each.schema) for name, each in CONDITIONS.items()},
        "additionalProperties": False,
        "dependentRequired": {"min_minor": ["currency"], "max_minor": ["currency"]},
    }


def problem_of(said: Mapping[str, Any]) -> str | None:
    """What is wrong with conditions, in words; None when a rule may have them."""
    for name, value in said.items():
        if name not in CONDITIONS:
            return f"there is no condition {name!r}"
        if not within(CONDITIONS[name].schema, value):
            return f"{name} does not fit its schema"
    amounts = [said[name] for name in ("min_minor", "max_minor") if name in said]
    if amounts and "currency" not in said:
        return "amounts are of a currency"
    if amounts != sorted(amounts):
        return "min_minor is at most max_minor"
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRule:
    """`conditions` as `CONDITIONS` names them; one without any holds for every order."""

    id: UUID
    name: str
    reason_zh: str
    reason_en: str
    effect: ReviewEffect
    priority: int
    conditions: Mapping[str, Any]
    labels: tuple[str, ...] = ()
    order_priority: int = 0
    sla_minutes: int | None = None
    needs_two: bool = False

    def holds(self, facts: OrderFacts) -> bool:
        return all(CONDITIONS[name].holds(facts, value) for name, value in self.conditions.items())

    def reason(self) -> dict[str, Any]:
        """What is kept of it with the review, for the rule may change."""
        return {
            "rule_id": str(self.id),
            "name": self.name,
            "effect": str(self.effect),
            "reason_zh": self.reason_zh,
            "reason_en": self.reason_en,
            "because": list(self.conditions),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What all rules that hold make of an order. `sla_minutes` is the shortest of those."""

    effect: ReviewEffect
    reasons: tuple[Mapping[str, Any], ...]
    labels: tuple[str, ...]
    order_priority: int
    sla_minutes: int | None
    needs_two: bool


def judge(rules: Iterable[ReviewRule], facts: OrderFacts) -> Verdict:
    """The hardest effect of the rules that hold, with the reason of each; without any it passes.

    The order in which rules are kept changes nothing but the order of the reasons.
    """
    found = sorted(
        (each for each in rules if each.holds(facts)), key=lambda each: (each.priority, each.id)
    )
    effect = max((each.effect for each in found), key=_ORDER.index, default=ReviewEffect.PASS)
    soon = [each.sla_minutes for each in found if each.sla_minutes is not None]
    return Verdict(
        effect=effect,
        reasons=tuple(each.reason() for each in found),
        labels=tuple(dict.fromkeys(label for each in found for label in each.labels)),
        order_priority=max((each.order_priority for each in found), default=0),
        sla_minutes=min(soon, default=None),
        needs_two=any(each.needs_two for each in found),
    )
