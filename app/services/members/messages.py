"""What members are told outside the answer to their request."""

from dataclasses import dataclass
from uuid import UUID

from app.core.db import Sessions
from app.repositories.members import MemberRepository

_REUSED = (
    "Somebody used an old sign-in of your account, so it has been ended. If that was not you, "
    "change your password. / 检测到您的账户存在异常登录，该登录已失效。如非本人操作，请修改密码。"
)


@dataclass(frozen=True, slots=True)
class Message:
    """To be sent outside any transaction."""

    destination: str
    kind: str
    text: str


async def reuse_warning(sessions: Sessions, member_id: UUID) -> Message | None:
    """What to tell a member whose refresh token came back; a guest cannot be told."""
    async with sessions() as session:
        row = await MemberRepository(session).get(member_id)
    destination = row and (row.email or row.phone)
    return Message(destination, "refresh_reused", _REUSED) if destination else None
