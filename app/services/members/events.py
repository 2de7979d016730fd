"""Facts members publish."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from typing_extensions import override

from app.core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRegistered(Event):
    name: ClassVar[str] = "members.registered.v1"
    member_id: UUID

    @property
    @override
    def ordering_key(self) -> str:
        return f"member:{self.member_id}"
