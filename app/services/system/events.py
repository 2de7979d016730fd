"""Facts the platform publishes."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from typing_extensions import override

from app.core.actor import Audience
from app.core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshTokenReused(Event):
    """Somebody presented a refresh token that had been replaced; the session has been ended."""

    name: ClassVar[str] = "system.refresh_reused.v1"
    audience: Audience
    subject_id: UUID
    session_id: UUID
    is_guest: bool

    @property
    @override
    def ordering_key(self) -> str:
        return f"session:{self.session_id}"
