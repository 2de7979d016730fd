"""What stands open to a shopper at an instant: the rules, less what is over, spent or refused."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.enums.members import MemberKind
from app.repositories.promotions import RunningRepository
from app.services.catalog import OfferState
from app.services.promotions.engine import Context, Customer, GiftFact, Promotion, Quota
from app.services.promotions.engine.edges import next_edge
from app.services.promotions.engine.eligibility import refusal
from app.services.promotions.gifts import presents_of
from app.services.promotions.rulebook import Entry, RuleBook


@dataclass(frozen=True, slots=True)
class Shopper:
    """For whom prices are: a guest unless told otherwise.

    `uses` counts a member's uses by promotion, `used_up` are prices of which they had their share,
    `own_lists` the price lists that name them.
    """

    customer: Customer = field(default_factory=Customer)
    tier: str | None = None
    uses: Mapping[str, int] = field(default_factory=dict)
    used_up: frozenset[str] = frozenset()
    own_lists: tuple[UUID, ...] = ()


GUEST = Shopper()


@dataclass(frozen=True, slots=True)
class Standing:
    """Promotions that run (`told`), and those a single piece may get without a coupon (`open`).

    Standings with equal keys make equal offers of equal goods, but for what is left of budgets:
    `budgets` are those of `open`. It holds in `[since, until)`.
    """

    context: Context
    shopper: Shopper
    told: tuple[Entry, ...]
    open: tuple[Promotion, ...]
    budgets: tuple[int, ...]
    since: datetime
    until: datetime | None
    key: tuple[object, ...]

    def holds_at(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)

    def may_lack(self, amount_minor: int) -> bool:
        """Whether some budget may not suffice to take so much off."""
        return any(left < amount_minor for left in self.budgets)


async def shopper_of(session: AsyncSession, member_id: UUID, book: RuleBook) -> Shopper:
    """What prices depend on of a member. One statement."""
    row = await RunningRepository(session).member(member_id, book.counted)
    if row is None:
        return GUEST
    customer = Customer()
    if row.kind == MemberKind.MEMBER:
        customer = Customer(
            id=str(member_id),
            tags=frozenset((row.tier,)) if row.tier else frozenset(),
            tier=row.tier,
            orders_count=row.orders_count,
        )
    uses = orjson.loads(row.uses) if row.uses else {}
    return Shopper(customer, row.tier, uses, frozenset(row.used_up), tuple(row.own_lists))


def standing(book: RuleBook, state: OfferState, shopper: Shopper) -> Standing:
    """Apply the rules to an instant. What the state does not tell of is as the book has it."""
    context = Context(
        currency=state.currency,
        at=state.at,
        channel_id=str(state.channel_id),
        customer=shopper.customer,
    )
    known = _limits(state)
    here = [(n, each) for n, each in enumerate(book.entries) if _is_here(each.promotion, context)]
    told: list[int] = []
    taken: dict[int, Promotion] = {}
    for number, entry in here:
        promotion = _counted(entry.promotion, known, shopper)
        if not _is_running(promotion, context.at):
            continue
        told.append(number)
        if refusal(promotion, context) is None:
            taken[number] = promotion
    gifts = _gifts(state, taken.values())
    given = tuple(_with_gifts(promotion, gifts) for promotion in taken.values())
    return Standing(
        context=context,
        shopper=shopper,
        told=tuple(book.entries[number] for number in told),
        open=given,
        budgets=tuple(
            budget for each in given if (budget := each.quota.remaining_budget_minor) is not None
        ),
        since=context.at,
        until=next_edge([entry.promotion for _, entry in here], context.at),
        key=(
            context.channel_id,
            context.currency,
            shopper.tier,
            shopper.used_up,
            shopper.own_lists,
            tuple(told),
            tuple(taken),
            tuple(sorted(gifts.values(), key=lambda fact: fact.sku_id)),
        ),
    )


def _limits(state: OfferState) -> dict[str, tuple[int | None, int | None]]:
    rows = orjson.loads(state.limits) if state.limits else ()
    return {promotion_id: (uses, budget) for promotion_id, uses, budget in rows}


def _counted(
    promotion: Promotion, known: Mapping[str, tuple[int | None, int | None]], shopper: Shopper
) -> Promotion:
    """The promotion with what is left of it now, for this shopper."""
    quota = promotion.quota
    uses, budget = known.get(promotion.id, (quota.remaining_uses, quota.remaining_budget_minor))
    used = shopper.uses.get(promotion.id, 0)
    return replace(promotion, quota=Quota(uses, budget, quota.uses_per_customer, used))


def _is_here(promotion: Promotion, context: Context) -> bool:
    return promotion.currency == context.currency and (
        not promotion.channel_ids or context.channel_id in promotion.channel_ids
    )


def _is_running(promotion: Promotion, at: datetime) -> bool:
    """Whether it is open and something is left of it, whoever asks."""
    left = (promotion.quota.remaining_uses, promotion.quota.remaining_budget_minor)
    return (
        (promotion.starts_at is None or promotion.starts_at <= at)
        and (promotion.ends_at is None or at < promotion.ends_at)
        and all(each is None or each > 0 for each in left)
    )


def _gifts(state: OfferState, promotions: Iterable[Promotion]) -> dict[str, GiftFact]:
    """What may be given now. More pieces than all could give at once are as good as that many."""
    most: dict[str, int] = {}
    for promotion in promotions:
        for present in getattr(promotion.rule.action, "presents", ()):
            most[present.sku_id] = most.get(present.sku_id, 0) + present.quantity
    # One more, since the piece that is bought cannot be given.
    return {
        sku_id: GiftFact(sku_id, list_minor, min(pieces or 0, most[sku_id] + 1))
        for sku_id, list_minor, pieces in (orjson.loads(state.gifts) if state.gifts else ())
        if list_minor is not None and sku_id in most
    }


def _with_gifts(promotion: Promotion, gifts: Mapping[str, GiftFact]) -> Promotion:
    facts = tuple(gifts[str(sku_id)] for sku_id in presents_of(promotion) if str(sku_id) in gifts)
    return replace(promotion, gifts=facts) if facts else promotion
