"""Request and response shapes of webhooks to merchants."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from app.core.enums.webhooks import AttemptError, DeliveryState, DisabledReason, EndpointState
from app.schemas.base import Input, Name, Output, SafeStr, Version
from app.schemas.titles import Email
from app.services.webhooks.engine.facts import API_VERSION, SUBSCRIBABLE


def _known(name: str) -> str:
    if name not in SUBSCRIBABLE:
        raise ValueError("There are no events of this type")
    return name


EventType = Annotated[
    str, AfterValidator(_known), Field(json_schema_extra={"enum": list(SUBSCRIBABLE)})
]
EventTypes = Annotated[
    list[EventType],
    Field(
        min_length=1,
        max_length=50,
        description="What it is told; your key has to be one that may read it.",
    ),
]
Url = Annotated[
    SafeStr,
    Field(
        min_length=1,
        max_length=2_048,
        description="An https address of the public internet, port 443 or 8443.",
        examples=["https://erp.example.com/stoa"],
    ),
]


class WebhookIn(Input):
    name: Name
    url: Url
    event_types: EventTypes
    email: Email | None = Field(default=None, description="Who is told when it is disabled.")


class WebhookPatch(Input):
    """Fields left out stay as they are."""

    name: Name | None = None
    url: Url | None = None
    event_types: EventTypes | None = None
    email: Email | None = Field(
        default=None, description="Who is told when it is disabled; null: nobody."
    )

    def changes(self) -> dict[str, Any]:
        """What is changed; only the mail address can be taken away."""
        told = self.model_dump(exclude_unset=True)
        return {name: each for name, each in told.items() if each is not None or name == "email"}


class WebhookOut(Output):
    id: UUID
    merchant_id: UUID
    name: str
    url: str
    event_types: list[str]
    email: str | None
    state: EndpointState
    reason: DisabledReason | None = Field(description="Why it is disabled.")
    note: str | None = Field(description="What staff said when they disabled it.")
    failing_since: datetime | None = Field(
        description="Nothing was received since then; after three days it is disabled."
    )
    old_secret_until: datetime | None = Field(
        description="Until then the secret before signs as well."
    )
    created_at: datetime
    version: Version


class NewWebhookOut(WebhookOut):
    secret: str = Field(description="Bodies are signed with it; shown this once.")


class RotateSecretIn(Input):
    overlap_seconds: Annotated[int, Field(ge=0, le=7 * 86_400)] = Field(
        default=86_400, description="How long the secret before signs as well."
    )


class DisableWebhookIn(Input):
    note: Annotated[SafeStr, Field(min_length=1, max_length=200)]


class SentEventOut(Output):
    event_id: UUID


class WebhookDeliveryOut(Output):
    event_id: UUID = Field(description="The `webhook-id` of every attempt.")
    type: str
    ordering_key: str
    occurred_at: datetime
    state: DeliveryState
    attempts: int
    attempted_at: datetime | None
    next_attempt_at: datetime | None = Field(description="Null when there is none to come.")
    status: int | None = Field(
        description="The status of the last answer, of which no more is kept."
    )
    error: AttemptError | None = Field(description="Why the last attempt did not count.")
    delivered_at: datetime | None


class ReplayIn(Input):
    """Where to begin: behind an event, or with what happened at a time."""

    after_event_id: UUID | None = None
    since: datetime | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.after_event_id is None) == (self.since is None):
            raise ValueError("Name an event or a time")
        return self

    @property
    def begins(self) -> UUID | datetime:
        return self.after_event_id or self.since  # type: ignore[return-value] # one is there


class ReplayOut(Output):
    queued: int = Field(description="How many events are sent again, at most 1 000.")
    last_event_id: UUID | None = Field(
        description="Go on after it if 1 000 were queued; null when there was nothing."
    )


class WebhookEventOut(Output):
    """As it is posted to endpoints."""

    id: UUID
    type: str
    api_version: str
    occurred_at: datetime
    ordering_key: str
    data: dict[str, Any]

    @classmethod
    def of(cls, row: Any) -> Self:
        names = ("id", "type", "occurred_at", "ordering_key", "data")
        return cls(api_version=API_VERSION, **{each: getattr(row, each) for each in names})


class WebhookEventsOut(Output):
    items: list[WebhookEventOut]
    next_after: str | None = Field(
        description="Pass as `after` for what comes then; null when there is nothing yet."
    )
