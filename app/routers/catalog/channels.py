"""Channels and tax rates, as staff handle them."""

from http import HTTPStatus
from uuid import UUID

from fastapi import Response

from app.core.errors import AlreadyExists, InvalidReference, NotFound, StaleVersion
from app.routers.catalog.callers import Reader, Writer
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.catalog.taxonomy import (
    ChannelIn,
    ChannelOut,
    ChannelPatch,
    TaxRatesIn,
    TaxRatesOut,
)
from app.services import catalog

router = Router(prefix="/channels", tags=["catalog"])

EDITS = problems(NotFound, StaleVersion, PreconditionRequired)


@router.get("")
async def list_channels(actor: Reader, page: PageDep, session: ReaderDep) -> Page[ChannelOut]:
    """Channels, newest first."""
    found = await catalog.list_channels(session, after=page.after, limit=page.limit)
    return Page[ChannelOut].model_validate(found)


@router.post(
    "", status_code=HTTPStatus.CREATED, responses=problems(AlreadyExists, InvalidReference)
)
async def create_channel(
    body: ChannelIn, actor: Writer, session: SessionDep, response: Response
) -> ChannelOut:
    """Open a channel. Its code and currency stay as they are."""
    row = await catalog.create_channel(session, body.model_dump(), actor=actor)
    put_etag(response, row.version)
    return ChannelOut.model_validate(row)


@router.get("/{channel_id}", responses=problems(NotFound))
async def get_channel(
    channel_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> ChannelOut:
    """One channel."""
    row = await catalog.get_channel(session, channel_id)
    put_etag(response, row.version)
    return ChannelOut.model_validate(row)


@router.patch("/{channel_id}", responses=EDITS | problems(InvalidReference))
async def edit_channel(
    channel_id: UUID,
    body: ChannelPatch,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> ChannelOut:
    """Change a channel, close or reopen it.

    Another tax mode is that of what is priced from now on: orders keep the one they were placed
    with.
    """
    row = await catalog.edit_channel(
        session, channel_id, body.changes(), version=version, actor=actor
    )
    put_etag(response, row.version)
    return ChannelOut.model_validate(row)


@router.post("/{channel_id}/make-default", responses=EDITS)
async def make_default_channel(
    channel_id: UUID,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> ChannelOut:
    """Let it answer requests that name no channel."""
    row = await catalog.make_default(session, channel_id, version=version, actor=actor)
    put_etag(response, row.version)
    return ChannelOut.model_validate(row)


@router.get("/{channel_id}/tax-rates", responses=problems(NotFound))
async def list_tax_rates(channel_id: UUID, actor: Reader, session: ReaderDep) -> TaxRatesOut:
    """Tax rates of the channel by tax class. A class without a rate is not taxed."""
    await catalog.get_channel(session, channel_id)
    return TaxRatesOut(rates=await catalog.tax_rates(session, channel_id))


@router.put("/{channel_id}/tax-rates", responses=EDITS)
async def set_tax_rates(
    channel_id: UUID,
    body: TaxRatesIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> TaxRatesOut:
    """Replace the tax rates of the channel; `If-Match` is the channel's version."""
    row = await catalog.set_tax_rates(session, channel_id, body.rates, version=version, actor=actor)
    put_etag(response, row.version)
    return TaxRatesOut(rates=await catalog.tax_rates(session, channel_id))
