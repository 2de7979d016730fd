"""Shapes of balances that are paid out or frozen."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from app.core.enums.payments import WithdrawalState
from app.core.money import MAX_MINOR
from app.schemas.base import Input, MinorUnits, Name, Output, SafeStr
from app.schemas.payments.money import MoneyCurrency

Reason = Annotated[SafeStr, Field(min_length=1, max_length=500)]


class WithdrawalIn(Input):
    currency: MoneyCurrency = "CNY"
    amount_minor: Annotated[int, Field(ge=1, le=MAX_MINOR)]
    payee: Annotated[Name, Field(description="Whose account it is.", examples=["林晓"])]
    account: Annotated[
        str,
        StringConstraints(min_length=8, max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9 -]*$"),
        Field(
            description="The account's number; kept encrypted.", examples=["6222 0000 0000 1234"]
        ),
    ]


class WithdrawalOut(Output):
    id: UUID
    currency: str
    amount_minor: MinorUnits
    payee: str
    account_tail: str = Field(description="The last characters of the account's number.")
    state: WithdrawalState
    reason: str | None = Field(description="Why it was rejected.")
    reference: str | None = Field(description="The bank's, once it is paid.")
    created_at: datetime
    updated_at: datetime


class AdminWithdrawalOut(WithdrawalOut):
    member_id: UUID
    approved_by: str | None
    paid_by: str | None
    version: int


class WithdrawalAccountOut(Output):
    payee: str
    account: str


class RejectWithdrawalIn(Input):
    reason: Reason


class PayWithdrawalIn(Input):
    reference: Annotated[
        SafeStr, Field(min_length=1, max_length=128, description="The bank's, of the transfer.")
    ]


class FreezeBalanceIn(Input):
    reason: Reason


class BalanceFreezeOut(Output):
    member_id: UUID
    reason: str
    frozen_by: str
    frozen_at: datetime


class WithdrawableOut(Output):
    """Money of your own is spent first; what was given to you buys goods and is not paid out."""

    currency: str
    own_minor: int = Field(description="Your own money, with what orders hold of it.")
    given_minor: int = Field(description="What was given to you and is not spent.")
    owed_minor: MinorUnits = Field(
        description="Spent by you of top-ups that your bank took back. Your next top-ups pay it."
    )
    withdrawable_minor: MinorUnits
    is_frozen: bool
