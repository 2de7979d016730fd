"""What people may decide alone who enter orders for others."""

from pydantic import BaseModel, ConfigDict, Field


class EntrySettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    clerk_alone_bps: int = Field(
        default=1_000,
        ge=0,
        le=10_000,
        description="What a clerk may take off a list price without somebody else.",
    )
    supervisor_alone_bps: int = Field(
        default=3_000,
        ge=0,
        le=10_000,
        description="The same for those who may change orders (`orders:write`).",
    )
    most_bps: int = Field(
        default=8_000, ge=0, le=10_000, description="What nobody may exceed, approved or not."
    )
    pays_within_seconds: int = Field(
        default=86_400, gt=0, description="How long a telephone order waits for its money."
    )
    handout_alone_minor: int = Field(
        default=50_000,
        ge=0,
        description="What goods may cost to buy that one person hands out alone, by currency.",
    )
    link_seconds: int = Field(
        default=86_400, gt=0, description="How long a payment link can be opened at most."
    )
