"""Login sessions: opening, refreshing, revoking."""

from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor, Audience, Unauthenticated
from app.core.db import Sessions, unit_of_work
from app.core.errors import DomainError
from app.core.ids import new_id
from app.core.security import secrets, tokens
from app.core.security.keyring import Keyring
from app.core.security.networks import network_of
from app.repositories.system.sessions import Presented, SessionRepository
from app.services.system.events import RefreshTokenReused
from app.services.system.outbox import publish
from app.services.system.standing import forget

_DIGEST = "refresh"


class RefreshReuse(DomainError):
    """A refresh token came back after it was replaced; its whole session has been ended."""

    slug, title, title_zh = "refresh-reuse", "The refresh token was used before", "刷新令牌已被使用"
    status = HTTPStatus.UNAUTHORIZED

    def __init__(self, subject_id: UUID) -> None:
        """`subject_id` says whom to warn; it is not part of the answer."""
        super().__init__("Sign in again; this session has been ended")
        self.subject_id = subject_id


@dataclass(frozen=True, slots=True)
class Device:
    """Where a login comes from."""

    ip: str | None = None
    user_agent: str | None = None


@dataclass(frozen=True, slots=True)
class Tokens:
    """`refresh_token` is good for one use; `access_token` for `expires_in_seconds`."""

    access_token: str
    refresh_token: str
    expires_in_seconds: int


async def open_session(
    session: AsyncSession,
    keyring: Keyring,
    *,
    audience: Audience,
    subject_id: UUID,
    device: Device,
    is_guest: bool = False,
) -> Tokens:
    """Record a login and return its first tokens. The password or code was checked before."""
    session_id, refresh_token = new_id(), secrets.new_refresh_token()
    await SessionRepository(session).open(
        session_id=session_id,
        audience=audience.value,
        subject_id=subject_id,
        is_guest=is_guest,
        ip=network_of(device.ip),
        user_agent=device.user_agent and device.user_agent[:256],
        token_id=new_id(),
        token_hash=secrets.digest(keyring.pepper, _DIGEST, refresh_token),
        absolute_seconds=keyring.tokens.refresh_absolute_seconds,
        idle_seconds=keyring.tokens.refresh_idle_seconds,
    )
    claims = tokens.AccessClaims(audience, subject_id, session_id, is_guest)
    return _tokens(keyring, claims, refresh_token)


async def refresh(
    sessions: Sessions, keyring: Keyring, refresh_token: str, *, audience: Audience
) -> Tokens:
    """Replace `refresh_token` by its successor.

    For `refresh_grace_seconds` after that the same token still returns the same successor, as long
    as the successor itself is unused: a second tab, or a lost answer. Any other second use ends the
    session, publishes `system.refresh_reused.v1` and raises `RefreshReuse`. Raises
    `Unauthenticated` for a token that is unknown, expired, or of an ended session. Takes
    `sessions` because the end of a session is committed although the caller is refused.
    """
    async with unit_of_work(sessions) as session:
        repository = SessionRepository(session)
        presented = await repository.presented(
            secrets.digest(keyring.pepper, _DIGEST, refresh_token),
            audience=audience.value,
            grace_seconds=keyring.tokens.refresh_grace_seconds,
        )
        if presented is None or not (presented.is_live and presented.is_session_live):
            raise Unauthenticated("Sign in again")
        successor = secrets.successor(keyring.pepper, refresh_token)
        if not presented.is_used:
            await repository.replace(
                presented,
                child_id=new_id(),
                token_hash=secrets.digest(keyring.pepper, _DIGEST, successor),
                idle_seconds=keyring.tokens.refresh_idle_seconds,
            )
        is_reused = presented.is_used and (
            not presented.is_in_grace or await repository.is_grandparent(presented)
        )
        if is_reused:
            await _end_stolen(session, audience, presented)
    if is_reused:
        raise RefreshReuse(presented.subject_id)
    claims = tokens.AccessClaims(
        audience, presented.subject_id, presented.session_id, presented.is_guest
    )
    return _tokens(keyring, claims, successor)


async def revoke_session(session: AsyncSession, actor: Actor, reason: str) -> None:
    """End the session the actor speaks through. Access and refresh tokens are refused at once."""
    if actor.session_id is not None:
        forget(await SessionRepository(session).revoke(actor.session_id, reason))


async def revoke_sessions(
    session: AsyncSession,
    audience: Audience,
    subject_id: UUID,
    *,
    reason: str,
    keep: UUID | None = None,
) -> int:
    """End every session of somebody, save `keep`; returns how many there were."""
    ended = await SessionRepository(session).revoke_others(
        audience.value, subject_id, keep=keep, reason=reason
    )
    forget(ended)
    return len(ended)


async def is_known_device(
    session: AsyncSession, audience: Audience, subject_id: UUID, device: Device
) -> bool:
    """Whether somebody signed in from this network within 90 days."""
    return await SessionRepository(session).is_known_device(
        audience.value, subject_id, network_of(device.ip)
    )


async def sweep_sessions(session: AsyncSession) -> int:
    """Remove sessions that ended sixty days ago, with their refresh tokens."""
    return await SessionRepository(session).sweep()


async def _end_stolen(session: AsyncSession, audience: Audience, presented: Presented) -> None:
    reason = "refresh token reused"
    forget(await SessionRepository(session).revoke(presented.session_id, reason))
    event = RefreshTokenReused(
        audience=audience,
        subject_id=presented.subject_id,
        session_id=presented.session_id,
        is_guest=presented.is_guest,
    )
    await publish(session, event)


def _tokens(keyring: Keyring, claims: tokens.AccessClaims, refresh_token: str) -> Tokens:
    return Tokens(tokens.sign(keyring.tokens, claims), refresh_token, keyring.tokens.access_seconds)
