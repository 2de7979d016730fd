"""Terms that are not in force, as the engine would meet them if they were. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from app.core.ids import named_id
from app.services.promotions.draft import PromotionTerms, check
from app.services.promotions.engine import Coupon, Promotion, Quota
from app.services.promotions.errors import InvalidPromotion

_UNSAVED: Final = UUID("ffffffff-ffff-7fff-bfff-000000000000").int
"""Terms nobody saved are named from here on, so they rank last among equals, as new ones do."""


def unsaved_id(position: int) -> UUID:
    """What answers call the unsaved terms at `position`, counted from 1."""
    return UUID(int=_UNSAVED + position)


def promotions_of(drafts: Sequence[PromotionTerms]) -> tuple[Promotion, ...]:
    """Unsaved terms as running promotions of which nothing is used, for one cart on one day.

    Raises `InvalidPromotion` with everything that is wrong with any of them, pointing below
    `/drafts/<index from 0>`.
    """
    found: list[Promotion] = []
    errors: list[dict[str, str]] = []
    for index, terms in enumerate(drafts):
        try:
            found.append(_on_one_day(promotion_of(unsaved_id(index + 1), terms), terms))
        except InvalidPromotion as error:
            errors += [
                {**each, "pointer": f"/drafts/{index}{each['pointer']}"}
                for each in error.context["errors"]
            ]
    if errors:
        raise InvalidPromotion("Correct what the errors point at", errors=errors)
    return tuple(found)


def promotion_of(promotion_id: UUID, terms: PromotionTerms) -> Promotion:
    """The terms as a running promotion of which nothing is used. Raises `InvalidPromotion`.

    Limits by day are left to who knows the day.
    """
    return Promotion(
        id=str(promotion_id),
        name=terms.name,
        stage=terms.stage,
        rule=check(terms),
        priority=terms.priority,
        starts_at=terms.starts_at,
        ends_at=terms.ends_at,
        channel_ids=frozenset(map(str, terms.channel_ids)),
        currency=terms.currency,
        needs_coupon=terms.needs_coupon,
        quota=Quota(terms.total_uses, terms.budget_minor, terms.uses_per_member),
    )


def _on_one_day(promotion: Promotion, terms: PromotionTerms) -> Promotion:
    """The promotion while it lasts no longer than a day: of two limits the lower one counts."""
    return replace(
        promotion,
        quota=replace(
            promotion.quota,
            remaining_uses=_lower(terms.total_uses, terms.uses_per_day),
            uses_per_customer=_lower(terms.uses_per_member, terms.uses_per_member_per_day),
        ),
    )


def _lower(one: int | None, other: int | None) -> int | None:
    return min((each for each in (one, other) if each is not None), default=None)


def with_coupons(promotions: Iterable[Promotion], ids: frozenset[str]) -> tuple[Promotion, ...]:
    """Give those of `ids` that apply by coupon alone one that the shopper might hold."""
    return tuple(
        replace(each, coupon=Coupon(str(named_id("tried-coupon", each.id))))
        if each.id in ids and each.needs_coupon and each.coupon is None
        else each
        for each in promotions
    )
