"""What holds stock, and the proof that it is all accounted for, as staff see it."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Response, Security

from app.core.actor import Actor
from app.core.enums.inventory import FindingState
from app.core.enums.scopes import Scope
from app.core.errors import NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.identity import get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.stock_proofs import ExplainIn, FindingOut, OccupationOut, ProveIn, StockProofOut
from app.services import inventory

router = Router(prefix="/stock", tags=["inventory"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.INVENTORY_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.INVENTORY_WRITE])]


@router.get("/occupation")
async def list_occupation(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    sku_id: UUID,
    warehouse_id: UUID | None = None,
) -> Page[OccupationOut]:
    """Which documents hold pieces of a SKU, newest first: promises, and transfers on their way."""
    wanted = inventory.proof.OccupationFilter(sku_id, warehouse_id)
    rows = await inventory.proof.list_occupation(
        session, wanted, after=page.after, limit=page.limit + 1
    )
    items = [OccupationOut.model_validate(dict(row)) for row in rows[: page.limit]]
    return Page(items=items, next_after=str(items[-1].id) if len(rows) > page.limit else None)


@router.post("/proofs", status_code=HTTPStatus.CREATED)
async def prove_stock(body: ProveIn, actor: Writer, session: SessionDep) -> StockProofOut:
    """Compare stock with its movements and promises now, as it is done every night."""
    return StockProofOut.model_validate(await inventory.proof.prove(session, whole=body.is_whole))


@router.get("/proofs")
async def list_proofs(actor: Reader, page: PageDep, session: ReaderDep) -> Page[StockProofOut]:
    """Runs of the proof, newest first."""
    rows = await inventory.proof.list_proofs(session, after=page.after, limit=page.limit + 1)
    return page_of(rows, page.limit, StockProofOut)


@router.get("/findings")
async def list_findings(
    actor: Reader, page: PageDep, session: ReaderDep, state: FindingState | None = None
) -> Page[FindingOut]:
    """Counts that do not agree, newest first; without `state` those that are not resolved."""
    rows = await inventory.proof.list_findings(
        session, state=state, after=page.after, limit=page.limit + 1
    )
    return page_of(rows, page.limit, FindingOut)


@router.post(
    "/findings/{finding_id}/explain",
    responses=problems(
        NotFound, StaleVersion, PreconditionRequired, inventory.IllegalStockTransition
    ),
)
async def explain_finding(
    finding_id: UUID,
    body: ExplainIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> FindingOut:
    """Say where a difference comes from. It is resolved by the proof, when the counts agree."""
    row = await inventory.proof.explain(
        session, finding_id, version=version, note=body.note, actor=actor
    )
    put_etag(response, row.version)
    return FindingOut.model_validate(row)
