"""Purchase limits, as staff keep them."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor
from app.core.enums.scopes import Scope
from app.core.errors import InvalidReference, NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.identity import get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.purchase_limits import PurchaseLimitIn, PurchaseLimitOut, PurchaseLimitPut
from app.services import pricing

router = Router(prefix="/purchase-limits", tags=["pricing"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.PRICING_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.PRICING_WRITE])]


@router.get("")
async def list_purchase_limits(
    actor: Reader, page: PageDep, session: ReaderDep
) -> Page[PurchaseLimitOut]:
    """Purchase limits, newest first."""
    rows = await pricing.list_purchase_limits(session, after=page.after, limit=page.limit + 1)
    return page_of(rows, page.limit, PurchaseLimitOut)


@router.post("", status_code=HTTPStatus.CREATED, responses=problems(InvalidReference))
async def create_purchase_limit(
    body: PurchaseLimitIn, actor: Writer, session: SessionDep, response: Response
) -> PurchaseLimitOut:
    """Limit how many pieces one member may order in a period. Orders placed before do not count."""
    row = await pricing.create_purchase_limit(
        session, body.terms(), sku_id=body.sku_id, spu_id=body.spu_id, actor=actor
    )
    put_etag(response, row.version)
    return PurchaseLimitOut.model_validate(row)


@router.get("/{purchase_limit_id}", responses=problems(NotFound))
async def get_purchase_limit(
    purchase_limit_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> PurchaseLimitOut:
    """One purchase limit."""
    row = await pricing.get_purchase_limit(session, purchase_limit_id)
    put_etag(response, row.version)
    return PurchaseLimitOut.model_validate(row)


@router.put(
    "/{purchase_limit_id}", responses=problems(NotFound, StaleVersion, PreconditionRequired)
)
async def edit_purchase_limit(
    purchase_limit_id: UUID,
    body: PurchaseLimitPut,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> PurchaseLimitOut:
    """Replace everything about a limit but its goods; `is_active` ends it. Counts stay."""
    row = await pricing.edit_purchase_limit(
        session, purchase_limit_id, body.terms(), version=version, actor=actor
    )
    put_etag(response, row.version)
    return PurchaseLimitOut.model_validate(row)
