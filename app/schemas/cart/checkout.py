"""What a shopper says at checkout: where to, how, for whom, and how to pay."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from app.core.enums.delivery import DeliveryMethod
from app.core.enums.finance import InvoiceForm, TitleKind
from app.core.enums.payments import Scene
from app.schemas.base import Code, Id, Input, MinorUnits, Name, SafeStr, Said
from app.schemas.titles import CompanyDetailsIn, Form
from app.services.finance import InvalidTaxNumber, SpecialIncomplete, Title

Note = Annotated[Said, Field(max_length=500)]
Phone = Annotated[SafeStr, Field(min_length=3, max_length=16, pattern=r"^\+?[0-9 -]+$")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2.")]
QuoteHash = Annotated[
    str, Field(min_length=1, max_length=64, description="`quote_hash` of the quote agreed to.")
]


class DeliveryAddressIn(Input):
    """Where the goods go; kept with the order as it is."""

    recipient: Name
    phone: Phone
    country: Country
    province: Name
    city: Name
    district: Name | None = None
    street: Annotated[SafeStr, Field(min_length=1, max_length=500)]
    postal_code: Annotated[SafeStr, Field(max_length=16)] | None = None
    region_code: Annotated[SafeStr, Field(max_length=16)] | None = None


class DeliveryIn(Input):
    """How the goods travel. A quote lists what there is under `delivery.options`.

    `pickup` names the point they are fetched from, `same_city` the slot they are brought in.
    """

    kind: DeliveryMethod = DeliveryMethod.STANDARD
    pickup_point_id: Id | None = None
    slot_id: Id | None = None

    @model_validator(mode="after")
    def _is_of_the_kind(self) -> Self:
        if self.pickup_point_id is not None and self.kind is not DeliveryMethod.PICKUP:
            raise ValueError("a point is for pickup")
        appointed = self.kind in {DeliveryMethod.PICKUP, DeliveryMethod.SAME_CITY}
        if self.slot_id is not None and not appointed:
            raise ValueError("a slot is for pickup and same_city")
        return self

    def wish(self) -> dict[str, Any]:
        """As carts and orders take it: texts, without what was not said."""
        return self.model_dump(mode="json", exclude_none=True)


class InvoiceIn(CompanyDetailsIn):
    """Whom the invoice is made out to. A company names its tax number.

    It is asked for once the order is paid, of each merchant that sells something of it.
    """

    kind: TitleKind
    title: Name
    form: Form = InvoiceForm.ELECTRONIC

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        self.require_whole(self.kind)
        try:
            Title.of(self.model_dump() | {"name": self.title}).require_sound()
        except (InvalidTaxNumber, SpecialIncomplete) as error:
            raise ValueError(f"{error.slug}: {error}") from error
        return self


class KeptInvoiceIn(Input):
    """The invoice is made out to a title that is kept; the order keeps a copy."""

    title_id: Id
    form: Form = InvoiceForm.ELECTRONIC


class GiftCardTenderIn(Input):
    """A gift card by its code, or by its id if it is the shopper's own."""

    kind: Literal["gift_card"]
    code: Annotated[SafeStr, Field(min_length=8, max_length=64)] | None = None
    gift_card_id: Id | None = None
    max_minor: Annotated[MinorUnits, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.code is None) == (self.gift_card_id is None):
            raise ValueError("name the card by code or by gift_card_id")
        return self


class PointsTenderIn(Input):
    kind: Literal["points"]
    max_points: Annotated[int, Field(ge=1, le=10**9)] | None = None


class BalanceTenderIn(Input):
    kind: Literal["balance"]
    max_minor: Annotated[MinorUnits, Field(gt=0)] | None = None


PayerId = Annotated[
    str,
    Field(
        pattern=r"^[0-9A-Za-z_-]{1,128}$",
        description="How the gateway knows the payer in your app (an openid). Needed for"
        " `mini_program` and `jsapi`.",
    ),
]
Instalments = Annotated[
    int,
    Field(ge=2, le=36, description="In how many parts the payer pays the gateway, where it can."),
]


class GatewayTenderIn(Input):
    """Whatever the other tenders leave is paid through this channel.

    `scene` is where your client runs; it decides which kind of `action` comes back.
    """

    kind: Literal["gateway"]
    channel: Code
    scene: Scene = Scene.PAGE
    payer_id: PayerId | None = None
    instalments: Instalments | None = None


class CashOnDeliveryTenderIn(Input):
    """Whatever the other tenders leave is paid to who brings the goods."""

    kind: Literal["cash_on_delivery"]


class BankTransferTenderIn(Input):
    """Whatever the other tenders leave is transferred to the shop's bank account."""

    kind: Literal["bank_transfer"]


TenderIn = Annotated[
    GiftCardTenderIn
    | PointsTenderIn
    | BalanceTenderIn
    | GatewayTenderIn
    | CashOnDeliveryTenderIn
    | BankTransferTenderIn,
    Field(discriminator="kind"),
]
Tenders = Annotated[list[TenderIn], Field(max_length=10)]


class CheckoutIn(Input):
    """What quoting and ordering have in common. One of `address_id` and `address`."""

    address_id: Id | None = None
    address: DeliveryAddressIn | None = None
    delivery: DeliveryIn = DeliveryIn()
    invoice: InvoiceIn | KeptInvoiceIn | None = None
    tenders: Tenders = []

    @model_validator(mode="after")
    def _goes_somewhere(self) -> Self:
        if (self.address_id is None) == (self.address is None):
            raise ValueError("send address_id or address")
        return self
