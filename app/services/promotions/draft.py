"""What a promotion says, and whether it can work like that. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from app.services.pricing.engine import family
from app.services.promotions.engine import InvalidConfig, Rule, parse_rule
from app.services.promotions.errors import InvalidPromotion

NEVER, ON_CANCEL, ON_FULL_REFUND = "never", "on_cancel", "on_full_refund"
RETURNS = (NEVER, ON_CANCEL, ON_FULL_REFUND)
SAME_EXPIRY, GRACE = "same", "grace"
EXPIRIES = (SAME_EXPIRY, GRACE)
POLICIES = ("prorata", "reprice")
MERCHANT_BPS = "merchant_bps"
FUNDERS = (MERCHANT_BPS, "platform_bps", "supplier_bps")
WHOLE_BPS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PromotionTerms:
    """Everything about a promotion that may change while it is a draft.

    `scope`, `condition`, `action`, `stack` and `limits` are the engine's configuration. `refund`
    holds `return_coupon`, `coupon_expiry` and `policy`; `funding` shares in basis points that
    make up 10000. Null limits are unlimited; days begin at midnight in `time_zone` (IANA), or,
    where that is null, in that of the first channel, or of the default one.
    """

    name: str
    stage: str
    currency: str
    action: Mapping[str, Any]
    priority: int = 0
    channel_ids: tuple[UUID, ...] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    needs_coupon: bool = False
    scope: Mapping[str, Any] = field(default_factory=dict)
    condition: Mapping[str, Any] = field(default_factory=dict)
    stack: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, Any] = field(default_factory=dict)
    funding: Mapping[str, Any] = field(default_factory=dict)
    refund: Mapping[str, Any] = field(default_factory=dict)
    total_uses: int | None = None
    uses_per_member: int | None = None
    uses_per_day: int | None = None
    uses_per_member_per_day: int | None = None
    time_zone: str | None = None
    budget_minor: int | None = None


def check(terms: PromotionTerms) -> Rule:
    """The rule the terms make. Raises `InvalidPromotion` with everything that is wrong."""
    errors = [fault(pointer, message) for pointer, message in _faults(terms)]
    rule: Rule | None = None
    try:
        rule = parse_rule(terms.stage, config(terms))
    except InvalidConfig as error:
        errors.append(fault(error.pointer or "/", error.message))
    if errors or rule is None:
        raise InvalidPromotion("Correct what the errors point at", errors=errors)
    return rule


def fault(pointer: str, message: str, code: str = "invalid-terms") -> dict[str, str]:
    """One of the `errors` of an `InvalidPromotion`."""
    return {"pointer": pointer, "code": code, "message": message}


def config(terms: PromotionTerms) -> dict[str, Any]:
    members = {
        "scope": terms.scope,
        "condition": terms.condition,
        "action": terms.action,
        "stack": terms.stack,
        "limits": terms.limits,
    }
    return {name: dict(value) for name, value in members.items() if value}


def _faults(terms: PromotionTerms) -> Iterator[tuple[str, str]]:
    if terms.starts_at and terms.ends_at and terms.ends_at <= terms.starts_at:
        yield "/ends_at", "must be after starts_at"
    choices = {"return_coupon": RETURNS, "coupon_expiry": EXPIRIES, "policy": POLICIES}
    for name, value in terms.refund.items():
        if name not in choices:
            yield f"/refund/{name}", "is not known here"
        elif value not in choices[name]:
            yield f"/refund/{name}", f"must be one of {', '.join(choices[name])}"
    yield from _goods_faults(terms.action)
    yield from _funding_faults(terms.funding)
    yield from _billing_faults(terms)


def _goods_faults(action: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """SKUs are compared as text, so an id must be written as every answer writes it."""
    for member in ("presents", "items"):
        named = action.get(member)
        for position, each in enumerate(named if isinstance(named, list) else ()):
            sku_id = each.get("sku_id") if isinstance(each, Mapping) else None
            if isinstance(sku_id, str) and not _is_id(sku_id):
                yield f"/action/{member}/{position}/sku_id", "must be the id of a SKU"


def _is_id(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _funding_faults(funding: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    is_sound = True
    for name, value in funding.items():
        if name not in FUNDERS:
            is_sound = False
            yield f"/funding/{name}", "is not known here"
        elif not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= WHOLE_BPS:
            is_sound = False
            yield f"/funding/{name}", f"must be from 0 to {WHOLE_BPS}"
    if funding and is_sound and sum(funding.values()) != WHOLE_BPS:
        yield "/funding", f"must add up to {WHOLE_BPS}"


def _billing_faults(terms: PromotionTerms) -> Iterator[tuple[str, str]]:
    """Others are billed for what is taken off goods (`orders.discounted_units`), and nothing else.

    A share of anything else would be agreed on and asked of nobody.
    """
    if not any(terms.funding.get(name) for name in FUNDERS if name != MERCHANT_BPS):
        return
    what = None
    if family(terms.stage) == "shipping":
        what = "delivery fees"
    elif terms.action.get("type") == "gift":
        what = "gifts"
    if what is not None:
        yield "/funding", f"must be the merchant's: others are billed for discounts, not for {what}"
