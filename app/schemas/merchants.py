"""Request and response shapes of merchants and their API keys."""

from datetime import datetime
from ipaddress import ip_network
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from app.core.enums.scopes import Scope
from app.schemas.base import Code, Input, Name, Output, Version


def _network(text: str) -> str:
    """The network in its usual form; one address is a network of one."""
    return str(ip_network(text, strict=False))


Network = Annotated[
    str, Field(max_length=64, examples=["203.0.113.0/24"]), AfterValidator(_network)
]


class MerchantIn(Input):
    code: Code
    name: Name


class MerchantPatch(Input):
    """Fields left out stay as they are."""

    name: Name | None = None
    is_active: bool | None = Field(
        default=None, description="A closed merchant's keys stop working."
    )


class MerchantOut(Output):
    id: UUID
    code: str
    name: str
    is_platform: bool
    is_active: bool
    version: Version


class ApiKeyIn(Input):
    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=50)]
    ip_allow: Annotated[list[Network], Field(max_length=50)] = Field(
        default_factory=list, description="Networks the key works from; empty: from anywhere."
    )
    expires_at: datetime | None = None


class RotateApiKeyIn(Input):
    old_expires_in_seconds: Annotated[int, Field(ge=0, le=30 * 86_400)] = Field(
        default=86_400, description="How long the old key still works."
    )


class ApiKeyOut(Output):
    id: UUID
    key_id: str = Field(description="The public part, the eight characters after `sk_live_`.")
    name: str
    scopes: list[str]
    ip_allow: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


class NewApiKeyOut(ApiKeyOut):
    key: str = Field(description="The key itself, shown this once.")
