"""Templates: activities set up without code."""

from http import HTTPStatus
from uuid import UUID

from fastapi import Response

from app.core.errors import AlreadyExists, InvalidReference, NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.pages import page_of
from app.routers.problems import problems
from app.routers.promotions.admin import Reader, Writer, answer
from app.schemas.base import Page
from app.schemas.promotion_templates import (
    BuiltinTemplateOut,
    BuiltinTemplatesOut,
    InstantiateIn,
    TemplateIn,
    TemplateOut,
    TemplatePut,
)
from app.schemas.promotions import PromotionOut
from app.services import promotions

router = Router(prefix="/promotion-templates", tags=["promotions"])


@router.get("")
async def list_promotion_templates(
    actor: Reader, page: PageDep, session: ReaderDep, is_active: bool | None = None
) -> Page[TemplateOut]:
    """The shop's own templates, newest first."""
    rows = await promotions.list_templates(
        session, is_active=is_active, after=page.after, limit=page.limit + 1
    )
    return page_of(rows, page.limit, TemplateOut)


@router.get("/builtin")
async def list_builtin_promotion_templates(actor: Reader) -> BuiltinTemplatesOut:
    """The templates that come with the shop, activities first, then kinds of coupons."""
    return BuiltinTemplatesOut(
        items=[BuiltinTemplateOut.model_validate(each) for each in promotions.BUILTIN]
    )


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses=problems(AlreadyExists, promotions.InvalidPromotion),
)
async def create_promotion_template(
    body: TemplateIn, actor: Writer, session: SessionDep, response: Response
) -> TemplateOut:
    """Keep a template of your own. Its example has to make a promotion that works."""
    row = await promotions.create_template(session, body.template(), code=body.code, actor=actor)
    await session.refresh(row)
    put_etag(response, row.version)
    return TemplateOut.model_validate(row)


@router.get("/{template_id}", responses=problems(NotFound))
async def get_promotion_template(
    template_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> BuiltinTemplateOut | TemplateOut:
    """One template, built in or your own."""
    row = await promotions.get_template(session, template_id)
    if isinstance(row, promotions.Template):
        return BuiltinTemplateOut.model_validate(row)
    put_etag(response, row.version)
    return TemplateOut.model_validate(row)


@router.put(
    "/{template_id}",
    responses=problems(NotFound, StaleVersion, PreconditionRequired, promotions.InvalidPromotion),
)
async def edit_promotion_template(
    template_id: UUID,
    body: TemplatePut,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> TemplateOut:
    """Replace a template of your own. Promotions made from it stay what they are."""
    row = await promotions.edit_template(
        session, template_id, body.template(), version=version, actor=actor
    )
    put_etag(response, row.version)
    return TemplateOut.model_validate(row)


@router.post(
    "/{template_id}/instantiate",
    status_code=HTTPStatus.CREATED,
    responses=problems(NotFound, AlreadyExists, InvalidReference, promotions.InvalidPromotion),
)
async def instantiate_promotion_template(
    template_id: UUID,
    body: InstantiateIn,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> PromotionOut:
    """Draft a promotion from a template. What is wrong points into `/parameters`."""
    view = await promotions.instantiate(
        session, template_id, body.promotion(), body.parameters, actor=actor
    )
    return answer(response, view)
