"""Where an order goes: a copy, for the address book may change."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.actor import Actor
from app.core.contacts import phone_of
from app.core.errors import InvalidReference, NotFound
from app.core.regions import with_region
from app.services import members

_FIELDS = (
    "recipient",
    "phone",
    "country",
    "province",
    "city",
    "district",
    "street",
    "postal_code",
    "region_code",
)


async def delivery_address(
    session: AsyncSession,
    address_id: UUID | None,
    address: Mapping[str, Any] | None,
    *,
    actor: Actor,
) -> dict[str, Any]:
    """The actor's own address by id, or the one given, with its phone number in E.164.

    One given has the code of its region if it is in China; that of the address book was checked
    when it was written. Raises `InvalidReference` for an address of somebody else, as for none,
    `InvalidContact` and `UnknownRegion`.
    """
    stored = None
    if address_id is not None:
        try:
            row = await members.get_address(session, address_id, member_id=actor.id)
        except NotFound:
            pass
        else:
            stored = {name: getattr(row, name) for name in _FIELDS}
    return chosen_address(address_id, address, stored)


def chosen_address(
    address_id: UUID | None, address: Mapping[str, Any] | None, stored: dict[str, Any] | None
) -> dict[str, Any]:
    """As `delivery_address`; `stored` is what was found under the id, if anything was."""
    if address_id is not None:
        if stored is None:
            raise InvalidReference("No such address", field="address_id")
        return stored
    if address is None:
        raise InvalidReference("Say where it goes", field="address")
    given = {name: address.get(name) for name in _FIELDS}
    return with_region(given | {"phone": phone_of(address["phone"], address["country"])})
