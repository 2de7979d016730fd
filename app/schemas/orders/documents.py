"""Orders as shoppers, staff and merchants read them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from app.core.enums.inventory import WaitKind
from app.core.enums.order_marks import OrderFlag
from app.core.enums.orders import (
    ChargeKind,
    ChargeState,
    FulfilmentKind,
    FulfilmentStatus,
    OrderKind,
    OrderSource,
    OrderState,
    PaymentStatus,
    ReturnStatus,
)
from app.core.enums.reconciliation import CaseState, ReconciliationVerdict
from app.schemas.base import BasisPoints, Currency, MinorUnits, Output, SignedMinorUnits
from app.schemas.kits import ComponentOut
from app.schemas.orders.kept import KeptAddressOut, KeptDelivery, OrderInvoiceOut
from app.schemas.orders.payments import OrderPaymentOut
from app.schemas.orders.shipping import OrderShipmentOut
from app.schemas.quotes import QuoteOut

PAGE: Any = Field(description="Of its page; null when it is sold no more.")


class OrderUnitDiscountOut(Output):
    promotion_id: str
    amount_minor: MinorUnits


class OrderUnitsOut(Output):
    """`count` equal units of a line from `first_index` on; amounts are of one unit."""

    first_index: int
    count: int
    list_minor: MinorUnits
    price_minor: MinorUnits
    price_kind: str
    net_minor: MinorUnits
    tax_minor: MinorUnits
    discounts: list[OrderUnitDiscountOut]


class LineOptionsOut(Output):
    """What makes the SKU what it is, and the shopper's wishes beyond it."""

    sku: dict[str, Any]
    wishes: dict[str, Any]


class AgreedPriceOut(Output):
    """Why a line costs what no list says, who or what says so, and who else had to agree."""

    reason: str
    source: str
    approver: str | None


class OrderLineOut(Output):
    """A line as it was bought. `list_minor` is of one unit, the other amounts of the line.

    A gift costs nothing; `promotion_id` is who gave it. `exchange_points` of a line's price were
    due in points, by the offer `exchange_offer_id`. A line with a `bargain_id`
    has the price of that bargain. A line with a price that people agreed on says why in `agreed`.
    Of a kit the `components` are sent, as it was made when it was bought.
    """

    id: UUID
    position: int
    spu_id: UUID
    sku_id: UUID
    merchant_id: UUID
    sku_code: str
    name: str
    slug: str | None = PAGE
    image_url: str | None = Field(description="The picture the goods have now.")
    options: LineOptionsOut
    quantity: int
    list_minor: MinorUnits
    goods_minor: MinorUnits
    discount_minor: MinorUnits
    net_minor: MinorUnits
    tax_minor: MinorUnits
    tax_rate_bps: BasisPoints
    note: str | None
    is_gift: bool
    promotion_id: UUID | None
    exchange_offer_id: UUID | None
    exchange_points: int
    bargain_id: UUID | None
    agreed: AgreedPriceOut | None
    components: list[ComponentOut] | None
    units: list[OrderUnitsOut]


class FulfilmentLineOut(Output):
    """Pieces of a line: `cancelled` ones are not sent any more, `shipped` ones have left.

    `sku_id` is another than the line's where that is sent instead.
    """

    order_line_id: UUID
    sku_id: UUID
    quantity: int
    cancelled: int
    shipped: int


class WaitsOut(Output):
    """Goods that are still to come, and when they are expected.

    Who waits for them after `last_at` may leave with the money back; null for what was sold before
    there were last days. `allows_partial`: what comes first is sent first.
    """

    kind: WaitKind
    ships_at: datetime
    last_at: datetime | None
    allows_partial: bool


class FulfilmentOut(Output):
    """The part one merchant ships from one warehouse; `waits` is null for what is there.

    Only those of `kind` `sale` are what was bought; the others are sent because of a return.
    """

    id: UUID
    number: str
    merchant_id: UUID
    warehouse_id: UUID
    kind: FulfilmentKind
    status: FulfilmentStatus
    waits: WaitsOut | None
    lines: list[FulfilmentLineOut]


class OrderChargeOut(Output):
    """What was asked for besides what the order cost; it is paid by a payment of its own."""

    id: UUID
    kind: ChargeKind
    state: ChargeState
    amount_minor: MinorUnits
    refunded_minor: MinorUnits
    reason: str
    added_order_id: UUID | None
    expires_at: datetime
    paid_at: datetime | None
    settled_at: datetime | None


class OrderTotalsOut(Output):
    """What a receipt shows, under the names of the quote.

    `goods = list - price_saving`, `net = goods - discount`, `payable = net + shipping`.
    `tax_minor` is contained in the payable where prices include tax and added where not.
    """

    list_minor: MinorUnits
    price_saving_minor: SignedMinorUnits
    goods_minor: MinorUnits
    discount_minor: MinorUnits
    shipping_minor: MinorUnits = Field(description="What is left of the fee after discounts.")
    shipping_discount_minor: MinorUnits
    tax_minor: MinorUnits
    net_minor: MinorUnits
    payable_minor: MinorUnits


class TimelineOut(Output):
    """What happened to an order, and when."""

    kind: str = Field(
        description="`placed`, `paid`, `picking`, `picking_stopped`, `shipped`, `received`,"
        " `completed`, `review_invited`, `cancelling`, `cancelled`, `refunded`, `changed`,"
        " `corrected`, `pieces_cancelled`, `charge_paid`, `charge_closed`, `goods_came`,"
        " `left_short`, `waiting_ends`, `waiting_over`, `note`; `parcel_` and the state of a"
        " parcel; `return_` and the state of a return; `replacement_` or `repair_` and `promised`,"
        " `picking` or `shipped`. More may come."
    )
    at: datetime
    data: dict[str, Any] = Field(
        description="Of what leaves and of parcels `shipment_number`, `carrier_code` and"
        " `tracking_number`, as it was then. With `paid` `amount_minor` and `currency`; with"
        " `refunded` these, `refund_number` and `state`, `pending` while some of it is on its way;"
        " with `charge_paid` and `charge_closed` these, `charge_id` and `kind`. Of returns"
        " `return_id` and `return_number`. A `reason`, where somebody gave one. Of what happened"
        " before it was kept, nothing."
    )


class AdminTimelineOut(TimelineOut):
    actor: str | None
    is_public: bool


class OrderHeadOut(Output):
    """An order's axes. Each has its own status; none stands for another.

    `source` says how it came to be, `reference` what it is called there.
    """

    id: UUID
    number: str
    channel_id: UUID
    currency: Currency
    kind: OrderKind
    source: OrderSource
    reference: str | None
    state: OrderState
    payment_status: PaymentStatus
    fulfilment_status: FulfilmentStatus
    return_status: ReturnStatus
    payable_minor: MinorUnits
    is_group_buy: bool
    created_at: datetime
    expires_at: datetime
    paid_at: datetime | None
    cancelled_at: datetime | None
    cancel_reason: str | None
    received_at: datetime | None
    completed_at: datetime | None


class CardLineOut(Output):
    sku_id: UUID
    sku_code: str
    name: str
    slug: str | None = PAGE
    image_url: str | None = Field(description="The picture the goods have now.")
    quantity: int
    net_minor: MinorUnits
    is_gift: bool


class OrderCardOut(OrderHeadOut):
    """An order as a list shows it."""

    lines: list[CardLineOut]


class AdminOrderCardOut(OrderCardOut):
    member_id: UUID
    cost_centre: str | None = Field(description="What bears it that is no sale.")
    labels: list[str] = Field(description="What rules say it is.")
    priority: int = Field(description="How urgent it is, 0 to 1000.")
    flag: OrderFlag | None
    flag_note: str | None
    is_gift: bool


class OrderOut(OrderHeadOut):
    """An order with everything that hangs on it; `quote` is the explanation agreed to."""

    totals: OrderTotalsOut
    quote_hash: str
    address: KeptAddressOut | None
    delivery: KeptDelivery
    invoice: OrderInvoiceOut | None
    note: str | None
    is_gift: bool
    gift_message: str | None
    hides_prices: bool = Field(description="What is packed names no price.")
    lines: list[OrderLineOut]
    payment: OrderPaymentOut
    charges: list[OrderChargeOut]
    fulfilments: list[FulfilmentOut]
    shipments: list[OrderShipmentOut]
    timeline: list[TimelineOut]
    quote: QuoteOut


class ShippingHoldOut(Output):
    """Why the goods must not leave: a payment that we booked and its gateway does not state."""

    case_id: UUID = Field(description="The difference that has to be explained first.")
    reason: ReconciliationVerdict
    state: CaseState
    channel: str
    day: date = Field(description="The day whose statement lacks it.")
    number: str | None
    amount_minor: int
    currency: Currency


class AdminOrderOut(OrderHeadOut):
    """An order as staff see it."""

    member_id: UUID
    cost_centre: str | None = Field(description="What bears it that is no sale.")
    labels: list[str] = Field(description="What rules say it is.")
    priority: int = Field(description="How urgent it is, 0 to 1000.")
    flag: OrderFlag | None = Field(description="The colour staff gave it.")
    flag_note: str | None
    version: int
    totals: OrderTotalsOut
    quote_hash: str
    address: KeptAddressOut | None
    delivery: KeptDelivery
    invoice: OrderInvoiceOut | None
    note: str | None
    is_gift: bool
    gift_message: str | None
    hides_prices: bool = Field(description="What is packed names no price.")
    lines: list[OrderLineOut]
    payment: OrderPaymentOut
    charges: list[OrderChargeOut]
    fulfilments: list[FulfilmentOut]
    shipments: list[OrderShipmentOut]
    timeline: list[AdminTimelineOut]
    quote: QuoteOut
    shipping_holds: list[ShippingHoldOut]


class MerchantOrderOut(Output):
    """The merchant's own part of a paid order."""

    id: UUID
    number: str
    channel_id: UUID
    currency: Currency
    state: OrderState
    payment_status: PaymentStatus
    created_at: datetime
    paid_at: datetime | None
    address: KeptAddressOut | None
    delivery: KeptDelivery
    note: str | None
    is_gift: bool
    gift_message: str | None = Field(description="To be put into the parcel.")
    hides_prices: bool = Field(description="What you pack must name no price.")
    flag: OrderFlag | None = Field(description="The colour the platform's staff gave it.")
    lines: list[OrderLineOut]
    fulfilments: list[FulfilmentOut]
    shipments: list[OrderShipmentOut]
