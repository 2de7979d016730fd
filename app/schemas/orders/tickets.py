"""Shapes of tickets and of what is said about orders."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, model_validator

from app.core.enums.tickets import TicketKind, TicketState
from app.schemas.base import Input, Output, Said, Version

Subject = Annotated[Said, Field(min_length=1, max_length=200)]
Words = Annotated[Said, Field(min_length=1, max_length=2_000)]


class TicketIn(Input):
    """What somebody has to look after: of an order, or of a member."""

    kind: TicketKind
    subject: Subject
    text: Words | None = None
    order_id: UUID | None = None
    member_id: UUID | None = None
    shipment_id: UUID | None = None
    return_id: UUID | None = None

    @model_validator(mode="after")
    def _of_one(self) -> "TicketIn":
        if (self.order_id is None) == (self.member_id is None):
            raise ValueError("name an order or a member, and not both")
        return self


class ComplaintIn(Input):
    """What a shopper has to say, about an own order or none."""

    kind: Literal[TicketKind.COMPLAINT, TicketKind.SUGGESTION]
    subject: Subject
    text: Words
    order_id: UUID | None = None


class TicketNoteIn(Input):
    """What staff say with what they do; shoppers do not see it."""

    text: Words | None = None


class TicketReplyIn(Input):
    text: Words
    is_public: bool = Field(default=False, description="Whether the shopper reads it.")


class ShopperReplyIn(Input):
    text: Words


class RatingIn(Input):
    rating: Annotated[int, Field(ge=1, le=5)]


class OwnTicketOut(Output):
    """A ticket as its shopper sees it."""

    id: UUID
    number: str
    kind: TicketKind
    state: TicketState
    order_id: UUID | None
    subject: str
    rating: int | None
    created_at: datetime
    updated_at: datetime


class TicketOut(OwnTicketOut):
    """A ticket as staff see it. `is_holding`: its order must not leave for it."""

    member_id: UUID
    shipment_id: UUID | None
    return_id: UUID | None
    opened_by: str
    assignee_id: UUID | None
    due_at: datetime = Field(description="By when it is to be resolved.")
    resolved_at: datetime | None
    closed_at: datetime | None
    is_holding: bool
    version: Version


class OwnTicketEntryOut(Output):
    id: UUID
    kind: str
    text: str | None
    created_at: datetime


class TicketEntryOut(OwnTicketEntryOut):
    actor: str
    is_public: bool


class OwnTicketDetailOut(OwnTicketOut):
    entries: list[OwnTicketEntryOut]


class TicketDetailOut(TicketOut):
    entries: list[TicketEntryOut]


class OrderNoteIn(Input):
    """An entry of an order's timeline."""

    text: Words
    is_public: bool = Field(default=False, description="Whether the shopper reads it.")


class MerchantNoteIn(Input):
    text: Words
