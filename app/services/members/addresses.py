"""The address book of a member."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.contacts import phone_of
from app.core.errors import NotFound, StaleVersion
from app.core.ids import new_id
from app.core.regions import with_region
from app.models.members import Address
from app.repositories.members import AddressRepository, MemberRepository
from app.services.members.errors import TooManyAddresses

MAX_ADDRESSES = 50
_REGION = ("country", "province", "city", "district", "region_code")


async def list_addresses(session: AsyncSession, member_id: UUID) -> Sequence[Address]:
    """The default first, then the newest."""
    return await AddressRepository(session).of(member_id)


async def get_address(session: AsyncSession, address_id: UUID, *, member_id: UUID) -> Address:
    """Raises `NotFound` for an address of somebody else, as for none."""
    row = await AddressRepository(session).get(member_id, address_id)
    if row is None:
        raise NotFound("No such address")
    return row


async def add_address(session: AsyncSession, member_id: UUID, fields: Mapping[str, Any]) -> Address:
    """Add an address; the first one becomes the default. `phone` is stored in E.164.

    One in China gets the code of its region. Raises `InvalidContact`, `UnknownRegion` and, beyond
    fifty, `TooManyAddresses`.
    """
    fields = with_region(fields)
    addresses = await _locked(session, member_id)
    known = await addresses.count(member_id)
    if known >= MAX_ADDRESSES:
        raise TooManyAddresses("Delete an address first", limit=MAX_ADDRESSES)
    is_default = fields.get("is_default", False) or known == 0
    if is_default:
        await addresses.clear_default(member_id)
    phone = phone_of(fields["phone"], fields["country"])
    values = {**fields, "phone": phone, "is_default": is_default}
    row = addresses.add(Address(id=new_id(), member_id=member_id, **values))
    await session.flush()
    await session.refresh(row)
    return row


async def edit_address(
    session: AsyncSession,
    address_id: UUID,
    fields: Mapping[str, Any],
    *,
    member_id: UUID,
    version: int | None,
) -> Address:
    """Change the fields given. A default stays one until another address becomes it.

    The region is checked when a part of it changes, and its code follows the names unless it is
    given too. Raises `NotFound`, `InvalidContact`, `UnknownRegion` and, where `version` is given,
    `StaleVersion`.
    """
    addresses = await _locked(session, member_id)
    row = await get_address(session, address_id, member_id=member_id)
    _require(row, version)
    values = dict(fields)
    if "phone" in values:
        values["phone"] = phone_of(values["phone"], values.get("country", row.country))
    if not values.keys().isdisjoint(_REGION):
        region = {name: getattr(row, name) for name in _REGION} | {"region_code": None}
        values |= with_region(region | {n: values[n] for n in _REGION if n in values})
    is_default = values.pop("is_default", False)
    if is_default and not row.is_default:
        await addresses.clear_default(member_id)
        row.is_default = True
    for field, value in values.items():
        setattr(row, field, value)
    row.version += 1
    row.updated_at = func.now()
    await session.flush()
    await session.refresh(row)
    return row


async def delete_address(
    session: AsyncSession, address_id: UUID, *, member_id: UUID, version: int | None
) -> None:
    """Orders keep their own copy of where they went. Raises `NotFound` and `StaleVersion`."""
    addresses = await _locked(session, member_id)
    row = await get_address(session, address_id, member_id=member_id)
    _require(row, version)
    await addresses.remove(row)


async def _locked(session: AsyncSession, member_id: UUID) -> AddressRepository:
    """The address book, with the member's row locked: the limit and the one default hold."""
    await MemberRepository(session).get(member_id, lock=True)
    return AddressRepository(session)


def _require(row: Address, version: int | None) -> None:
    if version is not None and row.version != version:
        raise StaleVersion("Load the address again", current_version=row.version)
