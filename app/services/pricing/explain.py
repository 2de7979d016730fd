"""Why a SKU costs somebody what it costs, with every price it has anywhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.repositories.pricing import ExplainRepository
from app.services.catalog import ChannelFacts
from app.services.pricing.engine import (
    ConsideredPrice,
    PriceContext,
    PricedLine,
    considered,
    price_lines,
)
from app.services.pricing.facts import LineFacts, WantedLine, line_facts

LINE: Final = "1"

OTHER_LIST: Final = "OTHER_LIST"
"""The list price is that of one list: the channel's own before the general, the oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceQuestion:
    """Who asks for how many pieces of a SKU, where and when; `tier` stands in for a member's."""

    sku_id: UUID
    quantity: int
    channel: ChannelFacts
    member_id: UUID | None = None
    tier: str | None = None
    at: datetime | None = None
    is_group_buy: bool = False


@dataclass(frozen=True, slots=True)
class ExplainedPrice:
    """A price of the SKU. `reason` is `APPLIED` for `quantity` pieces, or why to none."""

    price_list_id: UUID
    price_list_code: str
    price_list_name: str
    kind: str
    currency: str
    starts_at: datetime | None
    ends_at: datetime | None
    min_quantity: int
    price_minor: int | None
    quota: int | None
    per_member: int | None
    sold: int
    quantity: int
    missing_quantity: int
    reason: str


@dataclass(frozen=True, slots=True)
class PriceExplanation:
    """What the pieces cost before promotions and why; promotions go no lower than the floor.

    `capped_floor_minor` is the floor with the cap on all discounts, `floor_minor` what was set or
    follows from the cost.
    """

    at: datetime
    tier: str | None
    list_minor: int
    floor_minor: int
    capped_floor_minor: int
    goods_minor: int
    prices: tuple[ExplainedPrice, ...]


async def explain_price(session: AsyncSession, question: PriceQuestion) -> PriceExplanation:
    """Price the pieces as a quote would, and say of each price of the SKU what became of it.

    Two statements. Raises `NotForSale`.
    """
    facts = await line_facts(
        session,
        [WantedLine(LINE, question.sku_id, question.quantity)],
        channel=question.channel,
        member_id=question.member_id,
        tier=question.tier,
        at=question.at,
        is_group_buy=question.is_group_buy,
    )
    rows = await ExplainRepository(session).every_price(
        question.sku_id,
        channel_id=question.channel.id,
        currency=question.channel.currency,
        member_id=question.member_id,
        tier=question.tier,
        at=facts.at,
        is_group_buy=question.is_group_buy,
    )
    return _explained(facts, question, rows)


def _explained(facts: LineFacts, question: PriceQuestion, rows: Sequence[Any]) -> PriceExplanation:
    context = PriceContext(
        facts.at, str(question.channel.id), facts.tier, is_group_buy=facts.is_group_buy
    )
    (priced,) = price_lines(facts.lines, context)
    told = _told(priced, context)
    line = priced.line
    capped = -(-line.list_minor * (10_000 - facts.policy.max_discount_bps) // 10_000)
    return PriceExplanation(
        at=facts.at,
        tier=facts.tier,
        list_minor=line.list_minor,
        floor_minor=line.floor_minor,
        capped_floor_minor=max(line.floor_minor, capped),
        goods_minor=sum(run.quantity * run.price_minor for run in priced.runs),
        prices=tuple(_price(row, told.get(f"{row.id}:{row.min_quantity}")) for row in rows),
    )


def _told(priced: PricedLine, context: PriceContext) -> dict[str, ConsideredPrice]:
    found = considered([priced], context).get(LINE)
    if found is not None:
        return {each.price_id: each for each in found}
    line, run = priced.line, priced.runs[0]
    return {line.price_id: ConsideredPrice.only(run)}


def _price(row: Any, told: ConsideredPrice | None) -> ExplainedPrice:
    reason = row.refusal or (told.reason.value if told else OTHER_LIST)
    return ExplainedPrice(
        price_list_id=row.id,
        price_list_code=row.code,
        price_list_name=row.name,
        kind=row.kind,
        currency=row.currency,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        min_quantity=row.min_quantity,
        price_minor=row.price_minor,
        quota=row.quota,
        per_member=row.per_member,
        sold=row.sold,
        quantity=told.quantity if told else 0,
        missing_quantity=told.missing_quantity if told else 0,
        reason=reason,
    )
