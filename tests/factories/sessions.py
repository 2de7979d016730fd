"""Logins to test with: a session row and tokens that belong to it."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core import clock
from app.core.actor import Audience
from app.core.ids import new_id
from app.core.security import tokens as access_tokens
from app.core.settings import TokenSettings
from app.models.system import LoginSession


@dataclass(frozen=True)
class Login:
    session_id: UUID
    access_token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access_token}"}


async def make_login(
    session: AsyncSession,
    audience: Audience,
    subject_id: UUID,
    *,
    is_guest: bool = False,
    tokens: TokenSettings | None = None,
) -> Login:
    row = LoginSession(
        id=new_id(),
        audience=audience.value,
        subject_id=subject_id,
        is_guest=is_guest,
        expires_at=clock.now() + timedelta(days=30),
    )
    session.add(row)
    await session.flush()
    claims = access_tokens.AccessClaims(audience, subject_id, row.id, is_guest)
    return Login(row.id, access_tokens.sign(tokens or TokenSettings(), claims))
