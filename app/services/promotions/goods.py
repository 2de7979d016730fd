"""Which goods rules look at, as filters of the product list."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.clock import now
from app.services.catalog import GoodsFilter
from app.services.promotions.engine import Promotion, Rule
from app.services.promotions.engine.scope import Scope
from app.services.promotions.rulebook import read_rules
from app.services.promotions.touching import scopes_of


def goods_of(rule: Rule) -> tuple[GoodsFilter, ...]:
    """A product that any of these lets through is looked at by the rule."""
    return tuple(_filter(scope) for scope in scopes_of(rule))


async def goods_on_promotion(
    session: AsyncSession, promotion_id: UUID | None = None
) -> list[tuple[GoodsFilter, datetime | None]]:
    """What promotions that run this moment look at, in any channel, each with when that ends.

    One that is used up is over. Without `promotion_id` those that need a coupon are left out: not
    everybody gets what they promise.
    """
    book = await read_rules(session)
    return [
        (goods, each.ends_at)
        for each in _wanted((entry.promotion for entry in book.entries), promotion_id)
        for goods in goods_of(each.rule)
    ]


def _wanted(promotions: Iterator[Promotion], promotion_id: UUID | None) -> Iterator[Promotion]:
    at = now()
    for each in promotions:
        is_open = (each.starts_at is None or each.starts_at <= at) and (
            each.ends_at is None or at < each.ends_at
        )
        left = (each.quota.remaining_uses, each.quota.remaining_budget_minor)
        is_meant = not each.needs_coupon if promotion_id is None else each.id == str(promotion_id)
        if is_open and is_meant and all(some is None or some > 0 for some in left):
            yield each


def _filter(scope: Scope) -> GoodsFilter:
    return GoodsFilter(_ids(scope.included), _ids(scope.excluded))


def _ids(names: tuple[tuple[str, tuple[str, ...]], ...]) -> list[tuple[str, list[UUID]]]:
    """Names that are no ids are nobody's goods."""
    return [(kind, [found for each in texts if (found := _id(each))]) for kind, texts in names]


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
