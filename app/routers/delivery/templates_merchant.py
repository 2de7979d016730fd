"""Freight templates, as merchants' own systems keep their own."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor, WrongAudience
from app.core.enums.scopes import Scope
from app.core.errors import AlreadyExists, InvalidReference, NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.identity import get_merchant
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.delivery.templates import (
    FreightTemplateOut,
    FreightTemplatePut,
    OwnFreightTemplateIn,
)
from app.services import delivery

router = Router(prefix="/freight-templates", tags=["delivery"])

Reader = Annotated[Actor, Security(get_merchant, scopes=[Scope.ORDERS_READ])]
Writer = Annotated[Actor, Security(get_merchant, scopes=[Scope.ORDERS_WRITE])]


@router.get("")
async def list_freight_templates(
    actor: Reader, page: PageDep, session: ReaderDep
) -> Page[FreightTemplateOut]:
    """Your freight templates, oldest first."""
    rows = await delivery.templates.page(
        session, merchant_id=_merchant(actor), after=page.after, limit=page.limit + 1
    )
    items = [FreightTemplateOut.model_validate(row) for row in rows[: page.limit]]
    return Page(items=items, next_after=str(items[-1].id) if len(rows) > page.limit else None)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses=problems(AlreadyExists, InvalidReference),
)
async def create_freight_template(
    body: OwnFreightTemplateIn, actor: Writer, session: SessionDep, response: Response
) -> FreightTemplateOut:
    """Let a method cost something where you sell. The next quote asks for it."""
    values = {"merchant_id": str(_merchant(actor)), **body.values()}
    row = await delivery.templates.create(session, values, actor=actor)
    put_etag(response, row.version)
    return FreightTemplateOut.model_validate(row)


@router.get("/{freight_template_id}", responses=problems(NotFound))
async def get_freight_template(
    freight_template_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> FreightTemplateOut:
    """One of your own."""
    row = await delivery.templates.get(session, freight_template_id, merchant_id=_merchant(actor))
    put_etag(response, row.version)
    return FreightTemplateOut.model_validate(row)


@router.put(
    "/{freight_template_id}",
    responses=problems(
        NotFound, AlreadyExists, InvalidReference, StaleVersion, PreconditionRequired
    ),
)
async def edit_freight_template(
    freight_template_id: UUID,
    body: FreightTemplatePut,
    actor: Writer,
    version: VersionDep,
    session: SessionDep,
    response: Response,
) -> FreightTemplateOut:
    """Replace what one of your own says; the next quote goes by it, orders keep what they have."""
    _merchant(actor)
    row = await delivery.templates.edit(
        session, freight_template_id, body.values(), version=version, actor=actor
    )
    put_etag(response, row.version)
    return FreightTemplateOut.model_validate(row)


def _merchant(actor: Actor) -> UUID:
    if actor.merchant_id is None:
        raise WrongAudience("The caller is no merchant")
    return actor.merchant_id
