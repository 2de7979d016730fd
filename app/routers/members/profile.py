"""A shopper's own profile and addresses."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Request, Response

from app.core.contacts import InvalidContact
from app.core.errors import NotFound, StaleVersion
from app.core.regions import UnknownRegion
from app.routers.declared import Router
from app.routers.deps import ReaderDep, SessionDep
from app.routers.etags import expected_version, put_etag
from app.routers.identity import MemberDep, SignedInDep
from app.routers.problems import problems
from app.schemas.members import (
    AddressesOut,
    AddressIn,
    AddressOut,
    AddressPatch,
    MeOut,
    MePatch,
    MyselfOut,
)
from app.schemas.payments.storefront import BalanceOut
from app.services import members, payments

router = Router(prefix="/me", tags=["me"])


async def seen_version(
    request: Request,
    if_match: Annotated[
        str | None, Header(description="The `ETag` you have seen, if you wish it checked.")
    ] = None,
) -> int | None:
    """A shopper edits what is theirs alone, so the header is checked only where it is sent."""
    return None if if_match is None else await expected_version(request, if_match)


SeenVersionDep = Annotated[int | None, Depends(seen_version)]


@router.get("")
async def get_me(actor: MemberDep, session: ReaderDep, response: Response) -> MyselfOut:
    """Who you are and what you have; a guest is told so by `kind`."""
    row = await members.get_member(session, actor.id)
    points = await payments.read_points(session, actor.id, limit=0)
    balances = await payments.read_balances(session, actor.id)
    put_etag(response, row.version)
    return MyselfOut(
        **MeOut.model_validate(row).model_dump(),
        points=points.available,
        balances=[BalanceOut.model_validate(each) for each in balances],
    )


@router.patch("", responses=problems(StaleVersion))
async def edit_me(
    body: MePatch,
    actor: SignedInDep,
    version: SeenVersionDep,
    session: SessionDep,
    response: Response,
) -> MeOut:
    """Change your name or language."""
    command = members.EditProfile(version=version, name=body.name, locale=body.locale)
    row = await members.edit_profile(session, actor.id, command)
    put_etag(response, row.version)
    return MeOut.model_validate(row)


@router.get("/addresses")
async def list_addresses(actor: SignedInDep, session: ReaderDep) -> AddressesOut:
    """Your addresses, the default one first, then the newest."""
    rows = await members.list_addresses(session, actor.id)
    return AddressesOut(items=[AddressOut.model_validate(row) for row in rows])


@router.post(
    "/addresses",
    status_code=HTTPStatus.CREATED,
    responses=problems(InvalidContact, UnknownRegion, members.TooManyAddresses),
)
async def add_address(
    body: AddressIn, actor: SignedInDep, session: SessionDep, response: Response
) -> AddressOut:
    """Add an address, fifty at most. The first one becomes the default.

    In China province, city and district must exist (`/regions` lists them) and `region_code`, which
    is found if it is left out, must be theirs: `unknown-region` says what would fit.
    """
    row = await members.add_address(session, actor.id, body.fields())
    put_etag(response, row.version)
    return AddressOut.model_validate(row)


@router.get("/addresses/{address_id}", responses=problems(NotFound))
async def get_address(
    address_id: UUID, actor: SignedInDep, session: ReaderDep, response: Response
) -> AddressOut:
    """One of your addresses."""
    row = await members.get_address(session, address_id, member_id=actor.id)
    put_etag(response, row.version)
    return AddressOut.model_validate(row)


@router.patch(
    "/addresses/{address_id}",
    responses=problems(NotFound, InvalidContact, UnknownRegion, StaleVersion),
)
async def edit_address(
    address_id: UUID,
    body: AddressPatch,
    actor: SignedInDep,
    version: SeenVersionDep,
    session: SessionDep,
    response: Response,
) -> AddressOut:
    """Change an address. Making it the default takes that from the one before."""
    row = await members.edit_address(
        session, address_id, body.fields(), member_id=actor.id, version=version
    )
    put_etag(response, row.version)
    return AddressOut.model_validate(row)


@router.delete(
    "/addresses/{address_id}",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(NotFound, StaleVersion),
)
async def delete_address(
    address_id: UUID, actor: SignedInDep, version: SeenVersionDep, session: SessionDep
) -> None:
    """Remove an address; orders keep their own copy of where they went."""
    await members.delete_address(session, address_id, member_id=actor.id, version=version)
