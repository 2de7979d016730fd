"""How SKUs are sold before they are there, and what waits."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from app.core.enums.inventory import WaitKind
from app.schemas.base import Id, Input, Output, Version
from app.services import inventory


class BackorderTermsPut(Input):
    """`backorder`: what there is is sold first. `presale`: nothing leaves before `ships_at`."""

    warehouse_id: Id = Field(description="Where the goods will come to.")
    kind: WaitKind
    most: Annotated[int, Field(ge=1, le=10_000_000)] = Field(
        description="How many pieces may wait there at a time, whoever sold them."
    )
    ships_at: AwareDatetime = Field(description="When they are expected, as shoppers are told.")
    until: AwareDatetime | None = Field(default=None, description="Sold so until then.")
    wait_days: Annotated[int, Field(ge=0, le=3_650)] = Field(
        default=30, description="After so many days more nobody has to wait any longer."
    )
    allows_partial: bool = Field(
        default=True, description="Whether of an order what comes first is sent first."
    )
    is_active: bool = True

    def terms(self) -> inventory.backorders.Terms:
        return inventory.backorders.Terms(
            **{name: getattr(self, name) for name in BackorderTermsPut.model_fields}
        )


class BackorderTermsIn(BackorderTermsPut):
    sku_id: Id
    channel_id: Id | None = Field(default=None, description="Null: channels without their own.")


class BackorderTermsOut(Output):
    id: UUID
    sku_id: UUID
    channel_id: UUID | None
    warehouse_id: UUID
    kind: WaitKind
    most: int
    ships_at: datetime
    until: datetime | None
    wait_days: int
    allows_partial: bool
    is_active: bool
    version: Version
    created_at: datetime
    updated_at: datetime


class ShortageOut(Output):
    """Promised pieces that are missing. `open` ones are promised still, the others are left.

    `written_off` ones are off the books, of `gone` ones there were none any more. `cause` names the
    stocktake or fulfilment, `owner` whose promise is left first.
    """

    id: UUID
    created_at: datetime
    sku_id: UUID
    sku_code: str
    warehouse_id: UUID
    warehouse_code: str
    batch_id: UUID | None
    owner: str | None
    quantity: int
    written_off: int
    gone: int
    open: int
    cause: str
    actor: str | None
    note: str | None
    looked_at: datetime | None


class BackorderOut(Output):
    """Pieces somebody waits for. `filled` ones are promised by now, `freed` are not wanted."""

    id: UUID
    created_at: datetime
    owner: str
    member_id: UUID
    sku_id: UUID
    sku_code: str
    warehouse_id: UUID
    warehouse_code: str
    kind: WaitKind
    ships_at: datetime
    is_late: bool
    last_at: datetime | None = Field(description="After it whoever waits may leave.")
    is_over: bool
    told_at: datetime | None
    allows_partial: bool
    quantity: int
    filled: int
    freed: int
    waiting: int
    expires_at: datetime | None = Field(
        description="Until when it has to be paid; null once it is."
    )
