"""What becomes of orders whose goods do not come."""

from pydantic import BaseModel, ConfigDict, Field


class WaitingSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    tells_days_before: int = Field(
        default=3, ge=0, description="So many days before the last one whoever waits is told."
    )
    shopper_leaves: bool = Field(
        default=True, description="After the last day a shopper may leave with the money back."
    )
    tells_staff: bool = Field(
        default=True, description="After the last day staff get a ticket about the order."
    )
    missing_days: int = Field(
        default=7,
        ge=0,
        description="When goods are expected that were promised and are missing; nobody has to "
        "wait for those.",
    )
