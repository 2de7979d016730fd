"""What an order keeps of where and how it goes: copies, for the originals may change."""

from collections.abc import Mapping
from typing import Any

from pydantic import ConfigDict, model_validator, with_config
from typing_extensions import TypedDict

from app.core.enums.finance import InvoiceForm, TitleKind
from app.schemas.base import Output
from app.schemas.delivery.appointments import HoursOut


class _Kept(Output):
    """A copy; what nobody said of it is null."""

    @model_validator(mode="before")
    @classmethod
    def _say_what_is_missing(cls, kept: Any) -> Any:
        """What came from elsewhere, or is of before, may lack what ours always have."""
        return {**dict.fromkeys(cls.model_fields), **kept} if isinstance(kept, Mapping) else kept


class OrderInvoiceOut(_Kept):
    """Whom the invoice is to be made out to, as it was said; what nobody said is null."""

    kind: TitleKind
    title: str
    form: InvoiceForm
    tax_number: str | None
    email: str | None
    address: str | None
    phone: str | None
    bank: str | None
    bank_account: str | None


class KeptAddressOut(_Kept):
    """Where the goods go, as it was when they were ordered; what nobody said is null."""

    recipient: str | None
    phone: str | None
    country: str | None
    province: str | None
    city: str | None
    district: str | None
    street: str | None
    postal_code: str | None
    region_code: str | None


class KeptPoint(TypedDict, total=False):
    """The pickup point, as it was."""

    code: str
    name: str
    province: str
    city: str
    district: str | None
    street: str
    phone: str
    hours: list[HoursOut]


@with_config(ConfigDict(extra="allow"))
class KeptDelivery(TypedDict, total=False):
    """How the goods travel: what was wished, and what was worked out if anything was."""

    kind: str
    pickup_point_id: str | None
    slot_id: str | None
    arrives_on: str | None
    point: KeptPoint
