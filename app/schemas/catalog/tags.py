"""Shapes of tags and of the rules that hang them on products."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import Field, PlainSerializer
from typing_extensions import override

from app.schemas.base import Code, Input, Name, Output, Version
from app.schemas.catalog.common import Patch

Days = Annotated[int, Field(ge=1, le=3_650, description="Days of 24 hours.", examples=[30])]


class NewRule(Input):
    """Products that were first published within so many days; each loses the tag in its instant."""

    type: Literal["new"]
    days: Days


class OnPromotionRule(Input):
    """Products that a running promotion looks at, until it ends."""

    type: Literal["on_promotion"]
    promotion_id: Annotated[UUID, PlainSerializer(str)] | None = Field(
        default=None,
        description="Null: any that runs and needs no coupon, in any channel.",
    )


class TopSellersRule(Input):
    """Products on sale of which most pieces were sold, in paid orders placed within so many days.

    Gifts and cancelled orders do not count.
    """

    type: Literal["top_sellers"]
    days: Annotated[int, Field(ge=1, le=365, examples=[7])]
    count: Annotated[int, Field(ge=1, le=1_000, description="How many products.", examples=[100])]


TagRule = Annotated[NewRule | OnPromotionRule | TopSellersRule, Field(discriminator="type")]


class TagIn(Input):
    code: Code
    name: Name
    rule: TagRule | None = Field(default=None, description="Null: only staff hang it.")


class TagPatch(Patch):
    NOT_NULL: ClassVar = frozenset({"name"})

    name: Name | None = None
    rule: TagRule | None = Field(default=None, description="Null takes the rule away.")

    @override
    def changes(self) -> dict[str, Any]:
        """A rule is changed as a whole, with what it leaves out."""
        whole = self.model_dump()
        return {name: whole[name] for name in self.model_fields_set}


class TagOut(Output):
    id: UUID
    code: str
    name: str
    rule: dict[str, Any] | None = Field(description="As it was sent.")
    refreshed_at: datetime | None = Field(
        description="When the rule was last followed; null: not yet, or no rule."
    )
    member_count: int | None = Field(
        description="How many products wore it by its rule then, besides those staff gave it to."
    )
    version: Version


class WornTagIn(Input):
    tag_id: UUID
    expires_at: datetime | None = Field(default=None, description="Null: for good.")


class ProductTagsIn(Input):
    tags: Annotated[list[WornTagIn], Field(max_length=100)]
