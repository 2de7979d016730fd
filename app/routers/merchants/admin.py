"""Merchants and their API keys, as staff handle them."""

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core import clock
from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import AlreadyExists, NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.identity import KeyringDep, get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.merchants import (
    ApiKeyIn,
    ApiKeyOut,
    MerchantIn,
    MerchantOut,
    MerchantPatch,
    NewApiKeyOut,
    RotateApiKeyIn,
)
from app.services import merchants, system

router = Router(prefix="/merchants", tags=["merchants"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.MERCHANTS_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.MERCHANTS_WRITE])]


@router.get("")
async def list_merchants(actor: Reader, page: PageDep, session: ReaderDep) -> Page[MerchantOut]:
    """Merchants, newest first; the platform is one of them."""
    rows = await merchants.list_merchants(session, after=page.after, limit=page.limit)
    return page_of(rows, page.limit, MerchantOut)


@router.post("", status_code=HTTPStatus.CREATED, responses=problems(AlreadyExists))
async def create_merchant(
    body: MerchantIn, actor: Writer, session: SessionDep, response: Response
) -> MerchantOut:
    """Let a merchant sell here."""
    row = await merchants.create_merchant(session, code=body.code, name=body.name, actor=actor)
    put_etag(response, row.version)
    return MerchantOut.model_validate(row)


@router.get("/{merchant_id}", responses=problems(NotFound))
async def get_merchant(
    merchant_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> MerchantOut:
    """One merchant."""
    row = await merchants.get_merchant(session, merchant_id)
    put_etag(response, row.version)
    return MerchantOut.model_validate(row)


@router.patch(
    "/{merchant_id}",
    responses=problems(
        NotFound, StaleVersion, PreconditionRequired, merchants.PlatformMerchantProtected
    ),
)
async def edit_merchant(
    merchant_id: UUID,
    body: MerchantPatch,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> MerchantOut:
    """Rename a merchant, close or reopen it."""
    command = merchants.EditMerchant(version=version, name=body.name, is_active=body.is_active)
    row = await merchants.edit_merchant(session, merchant_id, command, actor=actor)
    put_etag(response, row.version)
    return MerchantOut.model_validate(row)


@router.get("/{merchant_id}/api-keys")
async def list_api_keys(
    merchant_id: UUID, actor: Reader, page: PageDep, session: ReaderDep
) -> Page[ApiKeyOut]:
    """Keys of a merchant, newest first, ended ones too. The keys themselves are not kept."""
    rows = await merchants.list_keys(session, merchant_id, after=page.after, limit=page.limit)
    return page_of(rows, page.limit, ApiKeyOut)


@router.post(
    "/{merchant_id}/api-keys",
    status_code=HTTPStatus.CREATED,
    responses=problems(
        NotFound,
        merchants.ScopeNotGrantable,
        merchants.TooManyApiKeys,
        system.PrivilegeEscalation,
    ),
)
async def create_api_key(
    merchant_id: UUID, body: ApiKeyIn, actor: Writer, keyring: KeyringDep, session: SessionDep
) -> NewApiKeyOut:
    """Make a key. It is in this answer and nowhere else."""
    command = merchants.CreateApiKey(
        merchant_id=merchant_id,
        name=body.name,
        scopes=frozenset(body.scopes),
        ip_allow=tuple(body.ip_allow),
        expires_at=body.expires_at,
    )
    row, key = await merchants.create_key(session, command, keyring, actor=actor)
    return NewApiKeyOut(**ApiKeyOut.model_validate(row).model_dump(), key=key)


@router.post(
    "/{merchant_id}/api-keys/{api_key_id}/rotate",
    status_code=HTTPStatus.CREATED,
    responses=problems(NotFound, merchants.TooManyApiKeys, system.PrivilegeEscalation),
)
async def rotate_api_key(
    merchant_id: UUID,
    api_key_id: UUID,
    body: RotateApiKeyIn,
    actor: Writer,
    keyring: KeyringDep,
    session: SessionDep,
) -> NewApiKeyOut:
    """Make a key with the rights of an old one, which works on for the time given."""
    row, key = await merchants.rotate_key(
        session,
        merchant_id,
        api_key_id,
        keyring,
        old_expires_at=clock.now() + timedelta(seconds=body.old_expires_in_seconds),
        actor=actor,
    )
    return NewApiKeyOut(**ApiKeyOut.model_validate(row).model_dump(), key=key)


@router.post(
    "/{merchant_id}/api-keys/{api_key_id}/revoke",
    status_code=HTTPStatus.NO_CONTENT,
    responses=problems(NotFound),
)
async def revoke_api_key(
    merchant_id: UUID, api_key_id: UUID, actor: Writer, session: SessionDep
) -> None:
    """End a key at once."""
    await merchants.revoke_key(session, merchant_id, api_key_id, actor=actor)
