"""Batches of coupons, as staff open, export and end them."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from uuid import UUID

from fastapi import Response
from fastapi.responses import StreamingResponse

from app.core.db import unit_of_work
from app.core.enums.promotions import CouponBatchKind, CouponBatchState
from app.core.errors import AlreadyExists, InvalidReference, NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, Resources, ResourcesDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.idempotency import OnceDep
from app.routers.pages import page_of
from app.routers.problems import problems
from app.routers.promotions.admin import Reader, Writer
from app.schemas.base import Page
from app.schemas.coupon_batches import BatchDetailOut, BatchPut, CouponBatchIn, CouponBatchOut
from app.schemas.promotion_reviews import ReasonIn
from app.services import promotions, system

router = Router(prefix="/coupon-batches", tags=["promotions"])

CSV = {
    "content": {"text/csv": {"schema": {"type": "string"}}},
    "description": "`number,code,tag`, a line each.",
}


@router.get("")
async def list_coupon_batches(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    promotion_id: UUID | None = None,
    kind: CouponBatchKind | None = None,
    state: CouponBatchState | None = None,
) -> Page[CouponBatchOut]:
    """Batches, newest first."""
    wanted = promotions.BatchFilter(promotion_id, kind, state)
    rows = await promotions.list_batches(session, wanted, after=page.after, limit=page.limit + 1)
    return page_of(rows, page.limit, CouponBatchOut)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    response_model=CouponBatchOut,
    responses=problems(
        NotFound,
        AlreadyExists,
        InvalidReference,
        promotions.InvalidPromotion,
        promotions.IllegalPromotionStatus,
        system.IdempotencyInProgress,
        system.IdempotencyKeyReused,
    ),
)
async def open_coupon_batch(
    body: CouponBatchIn, actor: Writer, once: OnceDep, session: SessionDep
) -> Response:
    """Offer coupons of a promotion. Codes and targeted coupons are made in the background.

    Their batch is `making` until then, `made` says how far.
    """

    async def work() -> tuple[int, CouponBatchOut]:
        row = await promotions.open_batch(session, body.command(), actor=actor)
        await session.refresh(row)
        return HTTPStatus.CREATED, CouponBatchOut.model_validate(row)

    return await once(session, actor, work)


@router.get("/{batch_id}", responses=problems(NotFound))
async def get_coupon_batch(
    batch_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> BatchDetailOut:
    """One batch, and what became of its coupons."""
    row, counts = await promotions.get_batch(session, batch_id)
    put_etag(response, row.version)
    return BatchDetailOut.with_counts(row, counts)


@router.put(
    "/{batch_id}",
    responses=problems(NotFound, StaleVersion, PreconditionRequired, promotions.InvalidPromotion),
)
async def edit_coupon_batch(
    batch_id: UUID,
    body: BatchPut,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> CouponBatchOut:
    """Correct name, tag, window and limits; a total cannot fall below what was given."""
    row = await promotions.edit_batch(session, batch_id, body.terms(), version=version, actor=actor)
    put_etag(response, row.version)
    return CouponBatchOut.model_validate(row)


@router.post("/{batch_id}/freeze", responses=problems(NotFound, promotions.IllegalBatchState))
async def freeze_coupon_batch(batch_id: UUID, actor: Writer, session: SessionDep) -> CouponBatchOut:
    """Give nothing more of it for now. Coupons members have stay good."""
    row = await promotions.freeze_batch(session, batch_id, is_frozen=True, actor=actor)
    return CouponBatchOut.model_validate(row)


@router.post("/{batch_id}/thaw", responses=problems(NotFound, promotions.IllegalBatchState))
async def thaw_coupon_batch(batch_id: UUID, actor: Writer, session: SessionDep) -> CouponBatchOut:
    """Go on with a frozen batch where it was."""
    row = await promotions.freeze_batch(session, batch_id, is_frozen=False, actor=actor)
    return CouponBatchOut.model_validate(row)


@router.post("/{batch_id}/void", responses=problems(NotFound))
async def void_coupon_batch(
    batch_id: UUID, body: ReasonIn, actor: Writer, session: SessionDep
) -> CouponBatchOut:
    """End it for good: its codes, and every coupon of it that no order holds.

    Of a large batch the last coupons end within minutes.
    """
    row = await promotions.void_batch(session, batch_id, reason=body.reason, actor=actor)
    return CouponBatchOut.model_validate(row)


@router.post(
    "/{batch_id}/export",
    response_class=StreamingResponse,
    responses=problems(NotFound, promotions.IllegalBatchState, promotions.ExportRunning)
    | {HTTPStatus.OK.value: CSV},
)
async def export_coupon_codes(
    batch_id: UUID, actor: Writer, resources: ResourcesDep, session: SessionDep
) -> Response:
    """The codes of a batch as CSV, once: only hashes of them are kept.

    Broken off, it may be asked for again five minutes later; once it was sent whole, never.
    """
    pepper = resources.settings.secrets.pepper
    export = await promotions.begin_export(session, batch_id, actor=actor, pepper=pepper)
    return StreamingResponse(
        _codes(resources, export),
        media_type="text/csv; charset=utf-8",
        headers={
            "content-disposition": f'attachment; filename="coupons-{batch_id}.csv"',
            "cache-control": "no-store",
        },
    )


async def _codes(resources: Resources, export: promotions.Export) -> AsyncIterator[bytes]:
    for block in export.blocks(resources.settings.secrets.pepper):
        yield block
    async with unit_of_work(resources.sessions) as session:
        await promotions.finish_export(session, export.batch_id)
