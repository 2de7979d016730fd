"""What counts when warehouses are chosen, as staff keep it: a policy a channel, one for others."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.errors import AlreadyExists, InvalidReference, NotFound, StaleVersion
from app.core.ids import new_id
from app.models.inventory import RoutingPolicy
from app.repositories.inventory import RoutingPolicyRepository
from app.services import system
from app.services.inventory.engine import Policy


async def create(
    session: AsyncSession, policy: Policy, *, channel_id: UUID | None, actor: Actor
) -> RoutingPolicy:
    """Raises `AlreadyExists` where the channel has one, `InvalidReference` for no channel."""
    row = RoutingPolicy(id=new_id(), channel_id=channel_id, version=1, **asdict(policy))
    return await _save(session, row, asdict(policy), "inventory.create_routing_policy", actor)


async def edit(
    session: AsyncSession, policy_id: UUID, policy: Policy, *, version: int, actor: Actor
) -> RoutingPolicy:
    """Orders that are placed from now on go by it. Raises `NotFound`, `StaleVersion`."""
    row = await RoutingPolicyRepository(session).get(policy_id, lock=True)
    if row is None:
        raise NotFound("There is no such policy")
    if row.version != version:
        raise StaleVersion("Read it again", version=row.version)
    for name, value in asdict(policy).items():
        setattr(row, name, value)
    row.version += 1
    row.updated_at = func.now()
    return await _save(session, row, asdict(policy), "inventory.edit_routing_policy", actor)


async def get(session: AsyncSession, policy_id: UUID) -> RoutingPolicy:
    """Raises `NotFound`."""
    row = await RoutingPolicyRepository(session).get(policy_id)
    if row is None:
        raise NotFound("There is no such policy")
    return row


async def page(session: AsyncSession, *, after: UUID | None, limit: int) -> Sequence[RoutingPolicy]:
    """Oldest first."""
    return await RoutingPolicyRepository(session).page(after=after, limit=limit)


async def _save(
    session: AsyncSession,
    row: RoutingPolicy,
    changes: Mapping[str, int],
    action: str,
    actor: Actor,
) -> RoutingPolicy:
    try:
        saved = await RoutingPolicyRepository(session).save(row)
    except IntegrityError as error:
        if "uq_routing_policies_channel" in str(error.orig):
            raise AlreadyExists("The channel has a policy", field="channel_id") from error
        raise InvalidReference("There is no such channel", field="channel_id") from error
    await system.record(session, actor, action, "routing_policy", saved.id, changes)
    return saved
