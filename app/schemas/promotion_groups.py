"""Request and response shapes of exclusion groups."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from app.schemas.base import Code, Input, Name, Output, SafeStr, Version


class GroupPut(Input):
    name: Name
    description: Annotated[SafeStr, Field(max_length=2_000)] = ""


class GroupIn(GroupPut):
    code: Code = Field(description="What promotions name in `stack.groups`.", examples=["spring"])


class PromotionGroupOut(Output):
    code: str
    name: str
    description: str
    version: Version
    updated_at: datetime


class ListedGroupOut(Output):
    code: str
    name: str | None = Field(description="Null: promotions are in it, and nobody has named it.")
    description: str | None
    version: int | None
    promotions: int = Field(description="Promotions in it that have not ended.")
    running: int


class GroupsOut(Output):
    items: list[ListedGroupOut]
