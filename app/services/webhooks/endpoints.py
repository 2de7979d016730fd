"""Endpoints of a merchant: made, changed, stopped, taken up again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.actor import Actor
from app.core.enums.webhooks import DisabledReason, EndpointState
from app.core.errors import DomainError, NotFound, StaleVersion
from app.core.ids import new_id
from app.core.security.egress import Egress
from app.models.webhooks import WebhookEndpoint
from app.repositories.webhooks import EndpointFilter, EndpointRepository, FeedRepository
from app.services import system
from app.services.webhooks.engine.facts import BY_TYPE
from app.services.webhooks.secrets import new_secret, sealed

MAX_ENDPOINTS = 10


class TooManyEndpoints(DomainError):
    slug, title, title_zh = (
        "too-many-webhooks",
        "The merchant has too many webhooks",
        "回调地址数量已达上限",
    )


class IllegalEndpointTransition(DomainError):
    slug, title, title_zh = (
        "illegal-webhook-transition",
        "The webhook is in another state",
        "回调地址状态不允许此操作",
    )


class DisabledByStaff(DomainError):
    slug, title, title_zh = (
        "webhook-disabled-by-staff",
        "Staff closed the webhook",
        "回调地址已被平台停用",
    )
    status = HTTPStatus.CONFLICT


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEndpoint:
    """`email` is who is told when the endpoint is disabled."""

    merchant_id: UUID
    name: str
    url: str
    event_types: Collection[str]
    email: str | None = None


async def create_endpoint(
    session: AsyncSession, command: NewEndpoint, pepper: SecretStr, egress: Egress, *, actor: Actor
) -> tuple[WebhookEndpoint, str]:
    """The new endpoint and its secret, which is shown this once and never again.

    Nobody hears what it may not read: `InsufficientScope`. Raises `AddressNotAllowed` and, beyond
    ten of them, `TooManyEndpoints`.
    """
    egress.check(command.url)
    _require_hearing(actor, command.event_types)
    await FeedRepository(session).open(command.merchant_id)
    endpoints = EndpointRepository(session)
    if await endpoints.count(command.merchant_id) >= MAX_ENDPOINTS:
        raise TooManyEndpoints("Delete a webhook first", limit=MAX_ENDPOINTS)
    endpoint_id, secret = new_id(), new_secret()
    row = await endpoints.add(
        WebhookEndpoint(
            id=endpoint_id,
            merchant_id=command.merchant_id,
            name=command.name,
            url=command.url,
            event_types=sorted(set(command.event_types)),
            email=command.email,
            secret=sealed(pepper, endpoint_id, secret),
        )
    )
    await _record(session, actor, "webhooks.create", row)
    return row, secret


async def edit_endpoint(
    session: AsyncSession,
    endpoint_id: UUID,
    changes: Mapping[str, Any],
    egress: Egress,
    *,
    version: int,
    actor: Actor,
) -> WebhookEndpoint:
    """Change name, address, types or mail address. What waits goes to the new address.

    Raises `NotFound`, `StaleVersion`, `AddressNotAllowed` and `InsufficientScope`.
    """
    if "url" in changes:
        egress.check(changes["url"])
    _require_hearing(actor, changes.get("event_types", ()))
    row = await own(session, endpoint_id, actor, version=version)
    values = dict(changes)
    if "event_types" in values:
        values["event_types"] = sorted(set(values["event_types"]))
    return await _changed(session, row, values, "webhooks.edit", actor)


async def delete_endpoint(
    session: AsyncSession, endpoint_id: UUID, *, version: int, actor: Actor
) -> None:
    """Nothing is sent there any more. Raises `NotFound` and `StaleVersion`."""
    row = await own(session, endpoint_id, actor, version=version)
    gone = {"deleted_at": clock.now(), "state": EndpointState.PAUSED, "reason": None}
    await _changed(session, row, gone, "webhooks.delete", actor)


async def pause_endpoint(
    session: AsyncSession, endpoint_id: UUID, *, actor: Actor
) -> WebhookEndpoint:
    """What happens is kept and sent later. Raises `IllegalEndpointTransition`."""
    row = await own(session, endpoint_id, actor)
    if row.state is not EndpointState.ACTIVE:
        raise IllegalEndpointTransition(f"It is {row.state.value}", state=row.state.value)
    return await _changed(session, row, {"state": EndpointState.PAUSED}, "webhooks.pause", actor)


async def resume_endpoint(
    session: AsyncSession, endpoint_id: UUID, *, actor: Actor
) -> WebhookEndpoint:
    """Send again, and all that waits at once, whatever its next attempt was to be.

    An active one too, whose system is back and does not want to wait. Raises `DisabledByStaff` for
    what only staff enable.
    """
    row = await own(session, endpoint_id, actor)
    if row.reason is DisabledReason.STAFF:
        raise DisabledByStaff("Ask the platform")
    return await _taken_up(session, row, "webhooks.resume", actor)


async def rotate_secret(
    session: AsyncSession,
    endpoint_id: UUID,
    pepper: SecretStr,
    *,
    overlap_seconds: int,
    actor: Actor,
) -> tuple[WebhookEndpoint, str]:
    """A new secret; the one before signs as well for `overlap_seconds`, an older one no longer."""
    row = await own(session, endpoint_id, actor)
    secret = new_secret()
    values: dict[str, Any] = {"old_secret": None, "old_secret_until": None}
    if overlap_seconds:
        until = clock.now() + timedelta(seconds=overlap_seconds)
        values = {"old_secret": row.secret, "old_secret_until": until}
    values["secret"] = sealed(pepper, row.id, secret)
    return await _changed(session, row, values, "webhooks.rotate_secret", actor), secret


async def disable_endpoint(
    session: AsyncSession, endpoint_id: UUID, *, note: str, actor: Actor
) -> WebhookEndpoint:
    """Staff close an endpoint; only staff open it again. Its merchant is told, with the note."""
    row = await own(session, endpoint_id, actor)
    values = {"state": EndpointState.DISABLED, "reason": DisabledReason.STAFF}
    return await _changed(
        session, row, values | {"note": note, "told_at": None}, "webhooks.disable", actor
    )


async def enable_endpoint(
    session: AsyncSession, endpoint_id: UUID, *, actor: Actor
) -> WebhookEndpoint:
    """Staff open an endpoint, whoever closed it. Raises `IllegalEndpointTransition`."""
    row = await own(session, endpoint_id, actor)
    if row.state is not EndpointState.DISABLED:
        raise IllegalEndpointTransition(f"It is {row.state.value}", state=row.state.value)
    return await _taken_up(session, row, "webhooks.enable", actor)


async def get_endpoint(
    session: AsyncSession, endpoint_id: UUID, *, actor: Actor
) -> WebhookEndpoint:
    row = await EndpointRepository(session).get(endpoint_id, actor.merchant_id)
    if row is None:
        raise NotFound("No such webhook")
    return row


async def list_endpoints(
    session: AsyncSession, wanted: EndpointFilter, *, after: UUID | None, limit: int
) -> Sequence[WebhookEndpoint]:
    """Newest first, one more than `limit` if there are more."""
    return await EndpointRepository(session).page(wanted, after=after, limit=limit)


async def own(
    session: AsyncSession, endpoint_id: UUID, actor: Actor, *, version: int | None = None
) -> WebhookEndpoint:
    """The endpoint, locked, if it is the caller's; staff's is any. Raises `NotFound`."""
    row = await EndpointRepository(session).get(endpoint_id, actor.merchant_id, lock=True)
    if row is None:
        raise NotFound("No such webhook")
    if version is not None and row.version != version:
        raise StaleVersion("Load the webhook again", current_version=row.version)
    return row


def _require_hearing(actor: Actor, event_types: Collection[str]) -> None:
    actor.require(*{BY_TYPE[each].scope for each in event_types})


async def _taken_up(
    session: AsyncSession, row: WebhookEndpoint, action: str, actor: Actor
) -> WebhookEndpoint:
    await EndpointRepository(session).make_due(row.id)
    values = dict.fromkeys(("reason", "note", "failing_since", "told_at"))
    return await _changed(session, row, {**values, "state": EndpointState.ACTIVE}, action, actor)


async def _changed(
    session: AsyncSession,
    row: WebhookEndpoint,
    values: Mapping[str, Any],
    action: str,
    actor: Actor,
) -> WebhookEndpoint:
    changed = await EndpointRepository(session).change(row, values)
    await _record(session, actor, action, changed)
    return changed


async def _record(session: AsyncSession, actor: Actor, action: str, row: WebhookEndpoint) -> None:
    named = ("name", "url", "event_types", "email", "state", "note")
    changes = {each: getattr(row, each) for each in named}
    await system.record(session, actor, action, "webhook", row.id, changes)
