"""What signing in needs, and how many passwords may be tried."""

from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Audience
from app.core.db import Sessions
from app.core.errors import DomainError
from app.core.ids import new_id
from app.core.security import secrets
from app.core.security.keyring import Keyring
from app.core.security.networks import network_of
from app.core.security.passwords import Passwords
from app.services.system import limits
from app.services.system.sessions import Device, is_known_device

TRIES = 10
TRIES_PER_SECONDS = 600


class WrongPassword(DomainError):
    """Somebody signed in gave a wrong current password; their session goes on."""

    slug, title, title_zh = "wrong-password", "The current password is wrong", "当前密码不正确"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class LoginRefused(DomainError):
    """An unknown login, a wrong password, or somebody who may not sign in; never said which."""

    slug, title, title_zh = (
        "login-refused",
        "The login or the password is wrong",
        "账号或密码不正确",
    )
    status = HTTPStatus.UNAUTHORIZED


@dataclass(frozen=True, slots=True)
class Gate:
    """Built at the edge. `sessions`, because hashing happens between two short transactions."""

    sessions: Sessions
    keyring: Keyring
    passwords: Passwords
    is_limited: bool


async def count_try(
    session: AsyncSession,
    gate: Gate,
    *,
    audience: Audience,
    login: str,
    subject_id: UUID | None,
    device: Device,
) -> None:
    """Count a password tried for `login`, before it is compared. Raises `TooManyRequests`.

    A network the person signed in from before has a bucket of its own, so that strangers who try
    passwords do not lock the owner out. `session` is a transaction of its own.
    """
    if not gate.is_limited:
        return
    # Nobody's id is looked up as well, so that unknown logins take as long.
    is_known = await is_known_device(session, audience, subject_id or new_id(), device)
    source = network_of(device.ip) if is_known else "strangers"
    name = secrets.digest(gate.keyring.pepper, "login-limit", login)[:32]
    key = f"password:{audience}:{name}:{source}"
    await limits.take(session, key, TRIES, TRIES / TRIES_PER_SECONDS)
