"""Facts merchants publish."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from typing_extensions import override

from app.core.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyExposed(Event):
    """A key was sent in an address, where logs and proxies keep it; it should be rotated."""

    name: ClassVar[str] = "merchants.api_key_exposed.v1"
    api_key_id: UUID
    merchant_id: UUID

    @property
    @override
    def ordering_key(self) -> str:
        return f"merchant:{self.merchant_id}"
