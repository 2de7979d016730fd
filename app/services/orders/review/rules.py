"""Review rules and the blacklist: kept by staff, asked once an order is paid."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import now
from app.core.enums.order_reviews import BlacklistKind, ReviewEffect
from app.core.errors import AlreadyExists, NotFound, StaleVersion
from app.core.ids import new_id
from app.models.order_reviews import BlacklistEntry, OrderReviewRule
from app.repositories.orders import ReviewRuleRepository
from app.services import system
from app.services.orders.engine.review import ReviewRule, conditions_schema
from app.services.orders.engine.review_facts import key_of


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTerms:
    """What staff say of a rule. `conditions` fit `review_schema`; none holds for every order."""

    name: str
    reason_zh: str
    reason_en: str
    effect: ReviewEffect
    priority: int
    conditions: Mapping[str, Any]
    labels: Sequence[str]
    order_priority: int
    sla_minutes: int | None
    needs_two: bool
    is_enabled: bool


def review_schema() -> dict[str, Any]:
    """JSON schema of what a rule may ask."""
    return conditions_schema()


async def list_rules(
    session: AsyncSession, *, after: UUID | None, limit: int
) -> Sequence[OrderReviewRule]:
    """Rules, newest first."""
    return await ReviewRuleRepository(session).page(after=after, limit=limit)


async def get_rule(session: AsyncSession, rule_id: UUID) -> OrderReviewRule:
    """Raises `NotFound`."""
    row = await ReviewRuleRepository(session).rule(rule_id)
    if row is None:
        raise NotFound("There is no such rule")
    return row


async def create_rule(session: AsyncSession, terms: RuleTerms, *, actor: Actor) -> OrderReviewRule:
    row = OrderReviewRule(id=new_id(), version=1, **asdict(terms))
    await ReviewRuleRepository(session).add(row)
    await system.record(session, actor, "orders.create_review_rule", "order_review_rule", row.id)
    return row


async def edit_rule(
    session: AsyncSession, rule_id: UUID, terms: RuleTerms, *, version: int, actor: Actor
) -> OrderReviewRule:
    """Replace what a rule says. Raises `NotFound` and `StaleVersion`."""
    row = await _current(session, rule_id, version)
    said = asdict(terms)
    changed = [name for name, value in said.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, said[name])
    if changed:
        row.version += 1
        row.updated_at = now()
        changes = {"changed": changed}
        await system.record(
            session, actor, "orders.edit_review_rule", "order_review_rule", rule_id, changes
        )
    return row


async def delete_rule(session: AsyncSession, rule_id: UUID, *, version: int, actor: Actor) -> None:
    """Raises `NotFound` and `StaleVersion`. Reviews keep the reasons they have."""
    await ReviewRuleRepository(session).delete(await _current(session, rule_id, version))
    await system.record(session, actor, "orders.delete_review_rule", "order_review_rule", rule_id)


async def enabled_rules(session: AsyncSession) -> list[ReviewRule]:
    """Rules as the engine asks them."""
    return [
        ReviewRule(
            id=row.id,
            name=row.name,
            reason_zh=row.reason_zh,
            reason_en=row.reason_en,
            effect=row.effect,
            priority=row.priority,
            conditions=row.conditions,
            labels=tuple(row.labels),
            order_priority=row.order_priority,
            sla_minutes=row.sla_minutes,
            needs_two=row.needs_two,
        )
        for row in await ReviewRuleRepository(session).enabled()
    ]


async def list_blacklist(
    session: AsyncSession, *, kind: BlacklistKind | None, after: UUID | None, limit: int
) -> Sequence[BlacklistEntry]:
    """Entries, newest first."""
    return await ReviewRuleRepository(session).blacklist(kind=kind, after=after, limit=limit)


async def put_on_blacklist(
    session: AsyncSession, kind: BlacklistKind, value: str, reason: str, *, actor: Actor
) -> BlacklistEntry:
    """Addresses are kept without blanks and punctuation. Raises `AlreadyExists`."""
    kept = key_of(value) if kind is BlacklistKind.ADDRESS else value
    row = BlacklistEntry(
        id=new_id(), kind=kind, value=kept, reason=reason, added_by=actor.principal
    )
    try:
        await ReviewRuleRepository(session).add(row)
    except IntegrityError as error:
        raise AlreadyExists("It is on the list", field="value") from error
    changes = {"kind": kind, "reason": reason}
    await system.record(session, actor, "orders.blacklist", "order_blacklist", row.id, changes)
    return row


async def take_off_blacklist(session: AsyncSession, entry_id: UUID, *, actor: Actor) -> None:
    """Raises `NotFound`."""
    repository = ReviewRuleRepository(session)
    row = await repository.entry(entry_id)
    if row is None:
        raise NotFound("There is no such entry")
    await repository.delete(row)
    changes = {"kind": row.kind, "reason": row.reason}
    await system.record(
        session, actor, "orders.take_off_blacklist", "order_blacklist", entry_id, changes
    )


async def _current(session: AsyncSession, rule_id: UUID, version: int) -> OrderReviewRule:
    row = await ReviewRuleRepository(session).rule(rule_id, lock=True)
    if row is None:
        raise NotFound("There is no such rule")
    if row.version != version:
        raise StaleVersion("Read it again", version=row.version)
    return row
