"""What counts when warehouses are chosen for an order."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.schemas.base import MAX_INT32, Id, Input, Output, Version
from app.services import inventory

Weight = Annotated[int, Field(ge=0, le=MAX_INT32)]


class RoutingPolicyPut(Input):
    """What each reason counts, in minor units of the channel's currency. The least in all wins."""

    split_minor: Weight = Field(description="Each parcel.")
    distance_minor: Weight = Field(description="Each step of distance, of which there are 0 to 9.")
    priority_minor: Weight = Field(
        default=0, description="Each point of a warehouse's priority; equals go by it anyway."
    )
    freight_bps: Annotated[int, Field(ge=0, le=100_000)] = Field(
        default=10_000, description="Share of the freight that templates ask from there."
    )

    def policy(self) -> inventory.Policy:
        return inventory.Policy(
            self.split_minor, self.distance_minor, self.priority_minor, self.freight_bps
        )


class RoutingPolicyIn(RoutingPolicyPut):
    channel_id: Id | None = Field(default=None, description="Null: every channel without its own.")


class RoutingPolicyOut(Output):
    id: UUID
    channel_id: UUID | None
    split_minor: int
    distance_minor: int
    priority_minor: int
    freight_bps: int
    version: Version
    created_at: datetime
    updated_at: datetime
