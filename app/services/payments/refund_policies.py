"""What each store has decided about refunds: kept by staff, frozen on orders placed there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.clock import now
from app.core.enums.payments import RefundReason
from app.core.errors import NotFound, StaleVersion
from app.core.ids import new_id
from app.models.refund_policies import StoreRefundPolicy
from app.repositories.payments.refund_policies import RefundPolicyRepository
from app.services import system
from app.services.payments.engine.types import RefundRules
from app.services.payments.terms import PaymentTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreRules:
    """A store with the rules that orders placed there get now."""

    id: UUID
    name: str
    rules: RefundRules

    @property
    def version(self) -> int:
        """What an edit names: 0 while the settings decide."""
        return self.rules.version or 0


async def find(
    session: AsyncSession, *, terms: PaymentTerms, after: UUID | None, limit: int
) -> Sequence[StoreRules]:
    """Stores, newest first."""
    rows = await RefundPolicyRepository(session).page(after=after, limit=limit)
    return [_store(*row, terms=terms) for row in rows]


async def get(session: AsyncSession, channel_id: UUID, *, terms: PaymentTerms) -> StoreRules:
    """Raises `NotFound` for an unknown channel."""
    row = await RefundPolicyRepository(session).of(channel_id)
    if row is None:
        raise NotFound("There is no such channel")
    return _store(*row, terms=terms)


async def edit(
    session: AsyncSession,
    channel_id: UUID,
    rules: RefundRules,
    *,
    version: int,
    actor: Actor,
    terms: PaymentTerms,
) -> StoreRules:
    """Decide for a store; orders that are placed keep what they have.

    `version` is 0 for the first decision. Raises `NotFound` and `StaleVersion`.
    """
    repository = RefundPolicyRepository(session)
    row = await repository.locked(channel_id)
    before = (await get(session, channel_id, terms=terms)).rules
    if (before.version or 0) != version:
        raise StaleVersion("Read it again", version=before.version or 0)
    said = _columns(rules)
    changed = {name: value for name, value in said.items() if value != _columns(before)[name]}
    if row is None:
        row = StoreRefundPolicy(id=new_id(), channel_id=channel_id, version=1, **said)
        try:
            await repository.add(row)
        except IntegrityError as error:
            raise StaleVersion("Somebody was faster: read it again", version=1) from error
    elif changed:
        for name, value in changed.items():
            setattr(row, name, value)
        row.version += 1
        row.updated_at = now()
        await session.flush()
    await system.record(
        session, actor, "payments.edit_refund_policy", "channel", channel_id, changed
    )
    return await get(session, channel_id, terms=terms)


def _columns(rules: RefundRules) -> dict[str, Any]:
    return {
        "policy": rules.policy,
        "valuation": rules.valuation,
        "shortfall": rules.shortfall,
        "grace_days": rules.grace_days,
        "shop_pays": sorted(rules.shop_pays),
    }


def _store(
    channel_id: UUID, name: str, row: StoreRefundPolicy | None, *, terms: PaymentTerms
) -> StoreRules:
    if row is None:
        rules = replace(terms.refund_rules, version=None)
    else:
        rules = RefundRules(
            policy=row.policy,
            valuation=row.valuation,
            shortfall=row.shortfall,
            grace_days=row.grace_days,
            shop_pays=frozenset(RefundReason(each) for each in row.shop_pays),
            version=row.version,
        )
    return StoreRules(id=channel_id, name=name, rules=rules)
