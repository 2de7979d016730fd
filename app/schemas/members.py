"""Request and response shapes of members."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from app.core.contacts import Contact, contact_of
from app.core.enums.members import CodePurpose, MemberKind, MemberStatus
from app.schemas.base import Code, Input, Name, Output, SafeStr, Version
from app.schemas.payments.storefront import BalanceOut
from app.schemas.tokens import Email, NewPassword, Password, Phone

OneTimeCode = Annotated[str, Field(pattern=r"^[0-9]{6}$", examples=["482913"])]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1.", examples=["CN"])]
Street = Annotated[SafeStr, Field(min_length=1, max_length=500)]
Short = Annotated[SafeStr, Field(min_length=1, max_length=16)]
Locale = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$", max_length=16)]


class ContactIn(Input):
    """Either `email` or `phone`."""

    email: Email | None = None
    phone: Phone | None = None

    def contact(self) -> Contact:
        return contact_of(email=self.email, phone=self.phone)


class RegisterIn(ContactIn):
    password: NewPassword
    code: OneTimeCode | None = Field(
        default=None,
        description="A code of purpose `register`; a shop may require it to prove the address.",
    )


class LoginIn(Input):
    login: Annotated[SafeStr, Field(min_length=1, max_length=320)] = Field(
        description="The e-mail address or phone number."
    )
    password: Password


class RequestCodeIn(ContactIn):
    purpose: CodePurpose


class CodeLoginIn(ContactIn):
    code: OneTimeCode


class ResetPasswordIn(ContactIn):
    code: OneTimeCode
    password: NewPassword


class MeOut(Output):
    id: UUID
    kind: MemberKind
    email: str | None
    phone: str | None
    name: str | None
    tier: str | None
    locale: str | None
    created_at: datetime
    version: Version


class MyselfOut(MeOut):
    points: int = Field(description="Points you can spend now.")
    balances: list[BalanceOut] = Field(description="Money in your account, by currency.")


class MePatch(Input):
    """Fields left out stay as they are."""

    name: Name | None = None
    locale: Locale | None = None


class AddressIn(Input):
    recipient: Name
    phone: Phone
    country: Country
    province: Name
    city: Name
    district: Name | None = None
    street: Street
    postal_code: Short | None = None
    region_code: Short | None = Field(
        default=None, description="Administrative division, GB/T 2260 in China."
    )
    label: Name | None = None
    is_default: bool = False

    def fields(self) -> dict[str, Any]:
        return self.model_dump()


# A factory, so that the contract shows no default for a field that may not be empty.
_LEFT_OUT: Any = Field(default_factory=str)


class AddressPatch(Input):
    """Fields left out stay as they are; null clears one that may be empty."""

    recipient: Name = _LEFT_OUT
    phone: Phone = _LEFT_OUT
    country: Country = _LEFT_OUT
    province: Name = _LEFT_OUT
    city: Name = _LEFT_OUT
    district: Name | None = None
    street: Street = _LEFT_OUT
    postal_code: Short | None = None
    region_code: Short | None = None
    label: Name | None = None
    is_default: bool = False

    def fields(self) -> dict[str, Any]:
        return self.model_dump(exclude_unset=True)


class AddressOut(Output):
    id: UUID
    recipient: str
    phone: str
    country: str
    province: str
    city: str
    district: str | None
    street: str
    postal_code: str | None
    region_code: str | None
    label: str | None
    is_default: bool
    version: Version


class AddressesOut(Output):
    items: list[AddressOut]


class TierIn(Input):
    tier: Code | None = Field(
        description="As price lists and conditions name it; null: none.", examples=["vip"]
    )


class AdminMemberOut(MeOut):
    status: MemberStatus
