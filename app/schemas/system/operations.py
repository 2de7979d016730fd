"""The outbox and the operation log, as staff see them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from app.core.enums.system import MessageState
from app.schemas.base import Output


class MessageOut(Output):
    """A fact that other parts of the shop react to."""

    id: UUID
    created_at: datetime
    name: str
    ordering_key: str
    state: MessageState
    attempts: int
    next_attempt_at: datetime
    last_error: str | None = Field(description="The kind of the last failure.")
    delivered_at: datetime | None


class OperationOut(Output):
    """Something staff, a merchant or the service itself did."""

    id: UUID
    created_at: datetime
    principal: str = Field(description="`<audience>:<id>` of who did it, or `service`.")
    ip: str | None
    request_id: str | None
    action: str
    object_kind: str
    object_id: str
    changes: dict[str, Any]
