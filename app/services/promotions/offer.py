"""What one piece of a good costs, and why, worked out by the engine that prices carts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from app.services import pricing
from app.services.pricing import Good
from app.services.pricing.engine import Policy, PriceContext
from app.services.promotions import engine
from app.services.promotions.badges import badge
from app.services.promotions.engine import Cart, Gift, NextTier, Promotion
from app.services.promotions.standing import Standing


@dataclass(frozen=True, slots=True)
class AppliedOffer:
    """A promotion that one piece gets; `label` is fit for a badge, `ends_at` for a countdown."""

    promotion_id: UUID
    name: str
    label: str
    amount_minor: int
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class PieceOffer:
    """What one piece costs in a cart of its own: `price_minor`, after all that applies.

    `before_minor` is the price that promotions start from, of `price_kind` and good until
    `price_ends_at`.
    """

    sku_id: UUID
    list_price_minor: int
    before_minor: int
    price_minor: int
    price_kind: str
    price_ends_at: datetime | None
    applied: tuple[AppliedOffer, ...]
    gifts: tuple[Gift, ...]
    next_tiers: tuple[NextTier, ...]


def piece_offer(good: Good, policy: Policy, standing: Standing) -> PieceOffer:
    """Quote one piece without delivery to whom the standing is for, as the channel allows."""
    good = pricing.used_up(good, standing.shopper.used_up)
    context = replace(
        standing.context,
        objective=policy.objective,
        max_discount_bps=policy.max_discount_bps,
        stages=policy.stages,
    )
    before = pricing.offer_of(
        good, PriceContext(context.at, context.channel_id, standing.shopper.tier)
    )
    promotions = {
        each.id: _for_one_piece(each, good.line.sku_id, before.price_minor)
        for each in standing.open
    }
    quote = engine.quote(Cart((good.line,)), promotions.values(), context)
    unit = quote.lines[0].units[0]
    return PieceOffer(
        sku_id=good.sku.sku_id,
        list_price_minor=unit.list_minor,
        before_minor=unit.price_minor,
        price_minor=unit.net_minor,
        price_kind=unit.price_kind,
        price_ends_at=before.ends_at,
        applied=tuple(
            AppliedOffer(
                UUID(each.promotion_id),
                each.name,
                badge(promotions[each.promotion_id], each.amount_minor, context.currency),
                each.amount_minor,
                promotions[each.promotion_id].ends_at,
            )
            for each in quote.applied
        ),
        gifts=quote.gifts,
        next_tiers=quote.next_tiers,
    )


def lowest(offers: Iterable[PieceOffer]) -> PieceOffer | None:
    """The offer a product is shown with: the lowest price, then that of the oldest SKU.

    Whether it is in stock does not matter, as it does not for the range of prices.
    """
    return min(offers, key=lambda each: (each.price_minor, each.sku_id.int), default=None)


def nearest(tiers: Sequence[NextTier], price_minor: int) -> NextTier | None:
    """The step that costs least to reach by more pieces at a price; of equal ones the best."""
    return min(
        tiers,
        key=lambda each: (
            max(each.missing_minor or 0, (each.missing_quantity or 0) * price_minor),
            -each.gain_minor,
            -each.gift_minor,
            each.promotion_id,
        ),
        default=None,
    )


def _for_one_piece(promotion: Promotion, sku_id: str, price_minor: int) -> Promotion:
    """The promotion without what cannot matter to one piece, and the piece not given away.

    A budget of more than the price never stands in the way, so the offer holds for any such.
    """
    budget = promotion.quota.remaining_budget_minor
    if budget is not None and budget >= price_minor:
        promotion = replace(promotion, quota=replace(promotion.quota, remaining_budget_minor=None))
    if any(fact.sku_id == sku_id for fact in promotion.gifts):
        gifts = tuple(
            replace(fact, available=fact.available - 1) if fact.sku_id == sku_id else fact
            for fact in promotion.gifts
        )
        promotion = replace(promotion, gifts=gifts)
    return promotion
