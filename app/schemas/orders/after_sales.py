"""Returns: asked for, previewed, decided, looked at."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.core.enums.after_sales import NotReturnable, ReturnAction, ReturnKind, ReturnState
from app.core.enums.payments import RefundReason
from app.schemas.base import Code, Id, Input, MinorUnits, Output, Quantity, SafeStr, Version
from app.schemas.catalog.common import Url
from app.schemas.orders.refunds import GiftDueOut, RefundPreviewOut
from app.schemas.orders.shipping import TrackingNumber
from app.services.orders.after_sales import AskReturn, Grades, ReturnableLine

Words = Annotated[SafeStr, Field(min_length=1, max_length=200)]
Note = Annotated[SafeStr, Field(min_length=1, max_length=500)]
ReturnReason = Literal[
    RefundReason.CHANGED_MIND,
    RefundReason.NOT_DELIVERED,
    RefundReason.LATE,
    RefundReason.DEFECTIVE,
    RefundReason.WRONG_ITEM,
    RefundReason.OTHER,
]
Pieces = Annotated[int, Field(ge=0, le=9_999)]


class ReturnLineIn(Input):
    line_id: Id
    quantity: Quantity


class AskReturnIn(Input):
    """Pieces of one merchant: `return` sends them back, `refund_only` keeps them.

    Gifts that are no longer earned are lines like others, or with `deducts_gifts` what they list
    for is kept.
    """

    kind: ReturnKind
    reason_code: ReturnReason
    reason: Words
    lines: Annotated[list[ReturnLineIn], Field(min_length=1, max_length=100)]
    media: Annotated[list[Url], Field(max_length=9)] = []
    deducts_gifts: bool = False

    def command(self, order_id: UUID) -> AskReturn:
        return AskReturn(
            order_id=order_id,
            kind=self.kind,
            reason_code=self.reason_code,
            reason=self.reason,
            lines=tuple((each.line_id, each.quantity) for each in self.lines),
            media=tuple(self.media),
            deducts_gifts=self.deducts_gifts,
        )


class WaybillIn(Input):
    """Who brings the goods back, and the number of the parcel there."""

    carrier_code: Code
    tracking_number: TrackingNumber


class NoteIn(Input):
    note: Note


class OptionalNoteIn(Input):
    note: Note | None = None


class GradedLineIn(Input):
    """Pieces by what they are good for; what is left of those asked back is refused."""

    line_id: Id
    resellable: Pieces = 0
    damaged: Pieces = 0
    scrap: Pieces = 0


class InspectionIn(Input):
    """Every line of the return once."""

    lines: Annotated[list[GradedLineIn], Field(min_length=1, max_length=100)]
    note: Note | None = None

    def grades(self) -> dict[UUID, Grades]:
        """The counts of a line that is named twice are added."""
        found: dict[UUID, Grades] = {}
        for each in self.lines:
            before = found.get(each.line_id, Grades(0, 0, 0))
            more = Grades(each.resellable, each.damaged, each.scrap)
            found[each.line_id] = Grades(*map(sum, zip(before, more, strict=True)))
        return found


class RefundReturnIn(Input):
    deducts_gifts: bool | None = Field(
        default=None, description="Overrules what was asked for, where fewer pieces were accepted."
    )


class ReturnableLineOut(Output):
    """`left` pieces can be asked back, unless there are `reasons` against it."""

    line_id: UUID
    sku_code: str
    name: str
    merchant_id: UUID
    is_gift: bool
    quantity: int
    left: int
    reasons: list[NotReturnable]

    @classmethod
    def of(cls, found: ReturnableLine) -> "ReturnableLineOut":
        line = found.line
        return cls(
            line_id=line.id,
            sku_code=line.sku_code,
            name=line.name,
            merchant_id=line.merchant_id,
            is_gift=line.is_gift,
            quantity=line.quantity,
            left=found.left,
            reasons=list(found.reasons),
        )


class ReturnableOut(Output):
    order_id: UUID
    lines: list[ReturnableLineOut]


class ReturnPreviewOut(Output):
    """What would come back, per tender.

    `gifts` are no longer earned: send them back too, or `withheld_minor` is kept for them.
    """

    refund: RefundPreviewOut
    gifts: list[GiftDueOut]
    withheld_minor: MinorUnits


class ReturnedLineOut(Output):
    """`accepted` is null until it was decided; `resellable` pieces are for sale again."""

    order_line_id: UUID
    sku_id: UUID
    sku_code: str
    name: str
    quantity: int
    accepted: int | None
    resellable: int
    damaged: int
    scrap: int


class ReturnEventOut(Output):
    """What was done, and what the return became by it; null when it was asked for."""

    at: datetime
    action: ReturnAction | None
    state: ReturnState
    note: str | None


class StaffReturnEventOut(ReturnEventOut):
    actor: str | None


class ReturnHeadOut(Output):
    """`due_at`: the goods are to be sent until then. The refund has the return's number."""

    id: UUID
    number: str
    order_id: UUID
    order_number: str
    merchant_id: UUID
    kind: ReturnKind
    state: ReturnState
    reason_code: RefundReason
    reason: str
    media: list[str]
    deducts_gifts: bool
    carrier_code: str | None
    tracking_number: str | None
    due_at: datetime | None
    created_at: datetime
    version: Version
    lines: list[ReturnedLineOut]


class ReturnOut(ReturnHeadOut):
    events: list[ReturnEventOut]


class MerchantReturnOut(ReturnOut):
    """Goods come in at `warehouse_id`."""

    warehouse_id: UUID


class StaffReturnOut(ReturnHeadOut):
    """Goods come in at `warehouse_id`. `claimed_by` keeps it from others."""

    member_id: UUID
    warehouse_id: UUID
    claimed_by: str | None
    refund_id: UUID | None
    events: list[StaffReturnEventOut]
