"""Making deliveries: claimed in one transaction, sent without any, recorded in another."""

import random
from collections.abc import Sequence
from datetime import datetime

import structlog
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.db import Sessions, unit_of_work
from app.core.enums.webhooks import AttemptError, DisabledReason
from app.core.json import dump_bytes
from app.core.webhook_settings import WebhookSettings
from app.repositories.webhooks import AttemptRepository, Claimed
from app.services import system
from app.services.webhooks.engine.facts import API_VERSION
from app.services.webhooks.engine.retries import FAILS_FOR, error_of, is_gone, wait_after
from app.services.webhooks.engine.signing import headers
from app.services.webhooks.ports import NotReached, WebhookPort
from app.services.webhooks.secrets import opened

log = structlog.get_logger()
SPARE_SECONDS = 15.0
"""How much longer a lease is than an attempt, for what comes before and after it."""


async def claim(
    sessions: Sessions, settings: WebhookSettings, *, room: int, failing: int
) -> Sequence[Claimed]:
    """Take up to `room` deliveries that are due, `failing` being under way at failing endpoints.

    At those are never more than half of what a worker has under way, so that dead endpoints delay
    nobody. What is taken and never recorded is due again when its lease is over.
    """
    async with unit_of_work(sessions) as session:
        return await AttemptRepository(session).claim(
            room=room,
            failing_room=max(0, settings.parallel // 2 - failing),
            each=settings.per_endpoint,
            lease_seconds=settings.timeout_seconds + SPARE_SECONDS,
        )


async def deliver(
    sessions: Sessions, port: WebhookPort, pepper: SecretStr, claimed: Claimed
) -> None:
    """Make one attempt and record what became of it."""
    body = body_of(claimed)
    kept = [each for each in (claimed.secret, claimed.old_secret) if each is not None]
    secrets = [opened(pepper, claimed.endpoint_id, each) for each in kept]
    signed = headers(secrets, str(claimed.event_id), int(clock.now().timestamp()), body)
    status: int | None = None
    try:
        status = await port.post(claimed.url, signed, body)
        error = error_of(status)
    except NotReached as failure:
        error = failure.error
    async with unit_of_work(sessions) as session:
        if error is None and status is not None:
            await AttemptRepository(session).delivered(claimed, status)
        else:
            await _failed(session, claimed, status, error or AttemptError.UNREACHABLE)


def body_of(claimed: Claimed) -> bytes:
    """The same bytes at every attempt."""
    return dump_bytes(
        {
            "id": str(claimed.event_id),
            "type": claimed.type,
            "api_version": API_VERSION,
            "occurred_at": _instant(claimed.occurred_at),
            "ordering_key": claimed.ordering_key,
            "data": claimed.data,
        }
    )


async def _failed(
    session: AsyncSession, claimed: Claimed, status: int | None, error: AttemptError
) -> None:
    attempts = AttemptRepository(session)
    wait = wait_after(claimed.attempts, random.random())  # noqa: S311 - spreads retries, guards nothing
    if not await attempts.failed(claimed, status=status, error=error.value, wait_seconds=wait):
        return
    failed_for = await attempts.fails(claimed.endpoint_id)
    reason = _reason_to_disable(status, failed_for)
    if reason is not None and await attempts.disable(claimed.endpoint_id, reason.value):
        await system.record(
            session,
            None,
            "webhooks.disable",
            "webhook",
            claimed.endpoint_id,
            {"state": "disabled", "reason": reason.value},
        )
        log.warning("webhook_disabled", key=str(claimed.endpoint_id), reason=reason.value)


def _reason_to_disable(status: int | None, failed_for_seconds: float) -> DisabledReason | None:
    if is_gone(status):
        return DisabledReason.GONE
    if failed_for_seconds >= FAILS_FOR.total_seconds():
        return DisabledReason.FAILING
    return None


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
