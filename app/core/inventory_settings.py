"""What one person may correct of stock, and when stock is worth a warning."""

from pydantic import BaseModel, ConfigDict, Field


class InventorySettings(BaseModel):
    """What one person may correct of stock alone; above it a second one has to agree.

    And the limits of alerts, for SKUs that have none of their own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    alone_units: int = Field(default=100, description="Pieces too many and too few together.")
    alone_value_minor: int = Field(
        default=100_000, description="What they cost, by currency, where that is known."
    )
    sales_days: int = Field(
        default=30, ge=1, le=365, description="Days whose sales say how long stock lasts."
    )
    low_days: int = Field(default=7, ge=0, description="Stock that lasts no longer is low.")
    over_days: int = Field(default=180, ge=1, description="Stock that lasts longer is too much.")
    slow_days: int = Field(default=90, ge=1, description="Stock of which so long none was sold.")
    expiry_days: int = Field(
        default=30, ge=0, description="Batches that are sold for no longer expire soon."
    )
