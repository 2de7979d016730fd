"""Administrative divisions as an address form lists them."""

from typing import Literal

from app.schemas.base import Output


class RegionOut(Output):
    """`is_split` says whether more regions lie in it."""

    code: str
    name: str
    level: Literal["province", "city", "district"]
    parent: str | None
    is_split: bool


class RegionsOut(Output):
    items: list[RegionOut]
