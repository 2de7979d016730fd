"""Money taken by hand: as shoppers are told to pay it, and as staff record it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.core.enums.payments import CollectionState, PlanState, TenderKind
from app.core.money import MAX_MINOR
from app.schemas.base import Currency, Input, MinorUnits, Output, SafeStr
from app.schemas.catalog.common import Url

Words = Annotated[SafeStr, Field(min_length=1, max_length=200)]
Reference = Annotated[SafeStr, Field(min_length=1, max_length=128)]


class PayeeOut(Output):
    account_name: str
    account_number: str
    bank: str


class ProofIn(Input):
    """A picture of the transfer, by its address. It pays nothing: staff look at the account."""

    url: Url
    note: Words | None = None


class ProofOut(Output):
    id: UUID
    url: str
    note: str | None
    created_at: datetime


class BankTransferOut(Output):
    """Transfer exactly `amount_minor` to `payee`, and write `reference` on it."""

    payee: PayeeOut | None = Field(description="Null once transfers are no longer taken.")
    reference: str
    amount_minor: MinorUnits
    currency: Currency
    state: PlanState
    expires_at: datetime = Field(description="Money that comes later goes back.")
    proofs: list[ProofOut]


class CollectIn(Input):
    """What came in. `reference` is the bank's number of a transfer, or the carrier's receipt."""

    amount_minor: Annotated[int, Field(ge=1, le=MAX_MINOR)]
    reference: Reference


class RejectCollectionIn(Input):
    reason: Words


class ReturnCollectionIn(Input):
    """The bank's number of the transfer that sent the money back."""

    reference: Reference


class CollectionOut(Output):
    """`reason` says why a transfer pays nothing, or why it was rejected."""

    id: UUID
    order_id: UUID
    plan_id: UUID
    kind: TenderKind
    amount_minor: MinorUnits
    currency: str
    reference: str
    state: CollectionState
    reason: str | None
    recorded_by: str
    settled_by: str | None
    settled_at: datetime | None
    returned_by: str | None
    returned_reference: str | None
    returned_at: datetime | None
    created_at: datetime
    version: int
