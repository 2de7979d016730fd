"""Returns: asked for, previewed, decided, looked at."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.core.enums.after_sales import (
    DamageCause,
    MendOutcome,
    NotReturnable,
    PostageBy,
    ReturnAction,
    ReturnKind,
    ReturnState,
)
from app.core.enums.orders import FulfilmentKind, FulfilmentStatus
from app.core.enums.payments import RefundReason
from app.core.money import MAX_MINOR
from app.schemas.base import Code, Id, Input, MinorUnits, Output, Quantity, Said, Version
from app.schemas.catalog.common import Url
from app.schemas.kits import MOST_COMPONENTS, ReturnedPieceOut
from app.schemas.orders.refunds import GiftDueOut, RefundPreviewOut
from app.schemas.orders.shipping import TrackingNumber
from app.services.orders.after_sales import AskPreview, AskReturn, Grades, ReturnableLine

Words = Annotated[Said, Field(min_length=1, max_length=200)]
Note = Annotated[Said, Field(min_length=1, max_length=500)]
ReturnReason = Literal[
    RefundReason.CHANGED_MIND,
    RefundReason.NOT_DELIVERED,
    RefundReason.LATE,
    RefundReason.DEFECTIVE,
    RefundReason.WRONG_ITEM,
    RefundReason.OTHER,
]
Paid = Annotated[int, Field(ge=1, le=MAX_MINOR)]
Pieces = Annotated[int, Field(ge=0, le=9_999)]


class ReturnLineIn(Input):
    """Pieces of a line, by the SKU that was sent instead of its own if that is what comes back.

    In an exchange another SKU of the same seller may be wanted; without one the same again.
    """

    line_id: Id
    quantity: Quantity
    sku_id: Id | None = None
    for_sku_id: Id | None = None


class AskReturnIn(Input):
    """Pieces of one merchant: `return` sends them back, `refund_only` keeps them, for money.

    `exchange` sends them back for others, `repair` to have them repaired; `reship` asks for what
    is lost, missing or broke on the way, of the parcel `shipment_id` if it is known. Gifts that
    are no longer earned are lines like others, or with `deducts_gifts` what they list for is kept.
    """

    kind: ReturnKind
    reason_code: ReturnReason
    reason: Words
    lines: Annotated[list[ReturnLineIn], Field(min_length=1, max_length=100)]
    media: Annotated[list[Url], Field(max_length=9)] = []
    deducts_gifts: bool = False
    shipment_id: Id | None = None

    def command(self, order_id: UUID) -> AskReturn:
        return AskReturn(
            order_id=order_id,
            kind=self.kind,
            reason_code=self.reason_code,
            reason=self.reason,
            lines=tuple((each.line_id, each.quantity) for each in self.lines),
            media=tuple(self.media),
            deducts_gifts=self.deducts_gifts,
            shipment_id=self.shipment_id,
            held={each.line_id: each.sku_id for each in self.lines if each.sku_id},
            instead={each.line_id: each.for_sku_id for each in self.lines if each.for_sku_id},
        )


class WaybillIn(Input):
    """Who brings the goods back, and the number of the parcel there."""

    carrier_code: Code
    tracking_number: TrackingNumber


class NoteIn(Input):
    note: Note


class ReceiveIn(Input):
    """What was paid to who brought the parcel, if it was not paid for."""

    note: Note | None = None
    collect_minor: Paid | None = None


class OutlayIn(Input):
    """What sending the goods cost you, and where a picture of the receipt is."""

    amount_minor: Paid
    proof: Url


class GivePostageIn(Input):
    amount_minor: Paid | None = Field(
        default=None, description="Less than what is due; without it all of that."
    )


class ApproveReturnIn(Input):
    """How it is agreed to: as it was asked for, unless something else is said."""

    note: Note | None = None
    for_money_instead: bool = Field(
        default=False,
        description="Money for what asks for goods: the shopper agreed, as the note says.",
    )
    is_at_once: bool | None = Field(
        default=None,
        description="Whether what an exchange wants is sent before its goods are back; null as the"
        " shop has decided.",
    )
    postage_by: PostageBy | None = Field(
        default=None,
        description="Who pays for sending goods back; null as the shop has decided.",
    )


class ReplaceIn(Input):
    """`is_same`: what came back is sent once more, not what the exchange wanted."""

    note: Note | None = None
    is_same: bool = False


class MendIn(Input):
    """What came of a repair; `cause` says who spoilt what cannot be repaired."""

    outcome: MendOutcome
    note: Note
    cause: DamageCause | None = None


class FeeIn(Input):
    """What mending the goods costs, tax included, and what is to be done for it."""

    amount_minor: Annotated[int, Field(ge=1, le=MAX_MINOR)]
    note: Words


class GradedPieceIn(Input):
    """Pieces of a kit by what they are good for."""

    sku_id: Id
    resellable: Pieces = 0
    damaged: Pieces = 0
    scrap: Pieces = 0


class GradedLineIn(Input):
    """Pieces by what they are good for; what is left of those asked back is refused.

    Where `components` of a kit do not say what each piece is good for, they are what the kit is.
    """

    line_id: Id
    resellable: Pieces = 0
    damaged: Pieces = 0
    scrap: Pieces = 0
    components: Annotated[list[GradedPieceIn], Field(max_length=MOST_COMPONENTS)] = []


class InspectionIn(Input):
    """Every line of the return once; `cause` says who spoilt what is not resellable."""

    lines: Annotated[list[GradedLineIn], Field(min_length=1, max_length=100)]
    note: Note | None = None
    cause: DamageCause | None = None

    def grades(self) -> dict[UUID, Grades]:
        """The counts of a line that is named twice are added."""
        found: dict[UUID, Grades] = {}
        for each in self.lines:
            before = found.get(each.line_id, Grades(0, 0, 0))
            more = Grades(each.resellable, each.damaged, each.scrap)
            found[each.line_id] = Grades(*map(sum, zip(before, more, strict=True)))
        return found

    def pieces(self) -> dict[UUID, dict[UUID, Grades]]:
        """By line and SKU what pieces of kits are good for, where that was said."""
        found: dict[UUID, dict[UUID, Grades]] = {}
        for line in self.lines:
            for each in line.components:
                mine = found.setdefault(line.line_id, {})
                before = mine.get(each.sku_id, Grades(0, 0, 0))
                more = Grades(each.resellable, each.damaged, each.scrap)
                mine[each.sku_id] = Grades(*map(sum, zip(before, more, strict=True)))
        return found


class RefundReturnIn(Input):
    deducts_gifts: bool | None = Field(
        default=None, description="Overrules what was asked for, where fewer pieces were accepted."
    )
    postage_minor: Annotated[int, Field(ge=0, le=MAX_MINOR)] | None = Field(
        default=None,
        description="Give or keep less for sending back than what is due; without it all of that.",
    )


class HeldOut(Output):
    """Pieces the shopper has of a SKU that was sent instead."""

    sku_id: UUID
    quantity: int


class ReturnableLineOut(Output):
    """`left` pieces can be asked for, unless there are `reasons` against it.

    `held` are those of them that were sent instead of the line's own goods.
    """

    line_id: UUID
    sku_id: UUID
    sku_code: str
    name: str
    merchant_id: UUID
    is_gift: bool
    quantity: int
    left: int
    reasons: list[NotReturnable]
    held: list[HeldOut]

    @classmethod
    def of(cls, found: ReturnableLine) -> "ReturnableLineOut":
        line = found.line
        return cls(
            line_id=line.id,
            sku_id=line.sku_id,
            sku_code=line.sku_code,
            name=line.name,
            merchant_id=line.merchant_id,
            is_gift=line.is_gift,
            quantity=line.quantity,
            left=found.left,
            reasons=list(found.reasons),
            held=[HeldOut(sku_id=sku_id, quantity=n) for sku_id, n in found.held.items()],
        )


class ReturnableOut(Output):
    order_id: UUID
    lines: list[ReturnableLineOut]


class ReturnPreviewOut(Output):
    """What would come back, per tender; of what asks for goods, if money were given instead.

    `gifts` are no longer earned: send them back too, or `withheld_minor` is kept for them. An
    exchange costs `difference_minor` more, or gives that back where it is negative. `is_in_stock`:
    there is what would be sent; null where nothing is. Goods are sent back at the cost of
    `postage_by`: the shop gives back what you show you laid out, up to `postage_cap_minor`.
    """

    refund: RefundPreviewOut
    gifts: list[GiftDueOut]
    withheld_minor: MinorUnits
    difference_minor: MinorUnits
    is_in_stock: bool | None
    postage_by: PostageBy | None
    postage_cap_minor: MinorUnits

    @classmethod
    def of(cls, found: AskPreview) -> "ReturnPreviewOut":
        return cls(
            refund=RefundPreviewOut.model_validate(found.wish.refund),
            gifts=[GiftDueOut.model_validate(each) for each in found.wish.gifts],
            withheld_minor=found.wish.withheld_minor,
            difference_minor=found.difference_minor,
            is_in_stock=found.is_in_stock,
            postage_by=found.postage_by,
            postage_cap_minor=found.postage_cap_minor,
        )


class ReturnedLineOut(Output):
    """`accepted` is null until it was decided; `resellable` pieces are for sale again.

    Of kits the `components` come back.
    `for_sku_id` is what an exchange sends instead; one piece lists for `difference_minor` more.
    """

    order_line_id: UUID
    sku_id: UUID
    sku_code: str
    name: str
    quantity: int
    for_sku_id: UUID | None
    difference_minor: MinorUnits
    accepted: int | None
    resellable: int
    damaged: int
    scrap: int
    components: list[ReturnedPieceOut] | None


class ReturnEventOut(Output):
    """What was done, and what the return became by it; null when it was asked for."""

    at: datetime
    action: ReturnAction | None
    state: ReturnState
    note: str | None


class StaffReturnEventOut(ReturnEventOut):
    actor: str | None


class SentAgainOut(Output):
    """A fulfilment that a return made."""

    number: str
    kind: FulfilmentKind
    status: FulfilmentStatus


class ReturnHeadOut(Output):
    """`due_at`: the goods are to be sent until then. The refund has the return's number.

    `sent_again` is what it sends, packed and followed as parcels of the order are. `mend_outcome`
    is what came of a repair. Goods are sent back at the cost of `postage_by`: of the shopper's
    `outlay_minor` up to `postage_cap_minor` is given back, of the shop's `collect_minor` as much is
    kept as the refund brings.
    """

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
    shipment_number: str | None
    is_at_once: bool
    is_contested: bool
    mend_outcome: MendOutcome | None
    postage_by: PostageBy | None
    postage_cap_minor: MinorUnits
    outlay_minor: MinorUnits | None
    outlay_proof: str | None
    collect_minor: MinorUnits | None
    postage_given_minor: MinorUnits
    postage_kept_minor: MinorUnits
    created_at: datetime
    version: Version
    lines: list[ReturnedLineOut]
    sent_again: list[SentAgainOut]


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
    difference_id: UUID | None
    events: list[StaffReturnEventOut]
