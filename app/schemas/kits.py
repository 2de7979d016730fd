"""Of what kits consist."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.schemas.base import Id, Input, Output
from app.services import catalog

MOST_COMPONENTS = 50


class ComponentOut(Output):
    """So many pieces are in one kit."""

    sku_id: UUID
    sku_code: str
    name: str
    quantity: int


class ComponentIn(Input):
    """Pieces of a SKU in one kit. Of what the kit is worth, each piece has its share by `worth`."""

    sku_id: Id
    quantity: Annotated[int, Field(ge=1, le=1_000)] = 1
    worth: Annotated[int, Field(ge=1, le=1_000_000_000)] = Field(
        default=1, description="Best what one piece lists for, in minor units."
    )


class KitIn(Input):
    """All that one kit consists of; nothing makes it a SKU like others again."""

    components: Annotated[list[ComponentIn], Field(max_length=MOST_COMPONENTS)]

    def parts(self) -> list[catalog.kits.Component]:
        return [
            catalog.kits.Component(each.sku_id, each.quantity, each.worth)
            for each in self.components
        ]


class KitComponentOut(ComponentOut):
    worth: int


class MadeOut(Output):
    """How many kits could be made of what is free in a warehouse."""

    warehouse_id: UUID
    warehouse_code: str
    pieces: int


class KitOut(Output):
    """Of what a SKU consists, and how many of it there are; `version` is that of the SKU."""

    sku_id: UUID
    sku_code: str
    is_kit: bool
    components: list[KitComponentOut]
    warehouses: list[MadeOut]
    pieces: int
    version: int


class ReturnedPieceOut(ComponentOut):
    """What of a kit came back, in which condition. One piece is worth its share by `worth`."""

    worth: int
    resellable: int
    damaged: int
    scrap: int
