"""The moves of a promotion: submitted, approved or sent back, started, ended."""

from uuid import UUID

from fastapi import Response

from app.core.actor import SecondPersonNeeded
from app.core.errors import NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import ReaderDep, ResourcesDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep
from app.routers.problems import problems
from app.routers.promotions.admin import Reader, Writer, answer
from app.schemas.promotion_reviews import (
    ActivatedPromotionOut,
    PromotionVersionOut,
    PromotionVersionsOut,
    ReasonIn,
    RemarkOut,
)
from app.schemas.promotions import PromotionOut
from app.services import promotions

router = Router(prefix="/promotions", tags=["promotions"])

MOVED = problems(NotFound, StaleVersion, PreconditionRequired, promotions.IllegalPromotionStatus)


@router.post("/{promotion_id}/submit", responses=MOVED)
async def submit_promotion(
    promotion_id: UUID,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> PromotionOut:
    """Ask for approval of a draft."""
    view = await promotions.submit(session, promotion_id, version=version, actor=actor)
    return answer(response, view)


@router.post("/{promotion_id}/approve", responses=MOVED | problems(SecondPersonNeeded))
async def approve_promotion(
    promotion_id: UUID,
    version: VersionDep,
    actor: Writer,
    resources: ResourcesDep,
    session: SessionDep,
    response: Response,
) -> PromotionOut:
    """Freeze the terms as the next numbered version.

    Where two people must see a promotion, it has to be submitted, and whoever drafted or last
    edited it cannot approve it.
    """
    view = await promotions.approve(
        session,
        promotion_id,
        version=version,
        actor=actor,
        needs_four_eyes=resources.settings.needs_four_eyes,
    )
    return answer(response, view)


@router.post("/{promotion_id}/reject", responses=MOVED)
async def reject_promotion(
    promotion_id: UUID,
    body: ReasonIn,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> PromotionOut:
    """Send what was submitted back to be drafted, and say why."""
    view = await promotions.reject(
        session, promotion_id, reason=body.reason, version=version, actor=actor
    )
    return answer(response, view)


@router.post("/{promotion_id}/reopen", responses=MOVED)
async def reopen_promotion(
    promotion_id: UUID,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> PromotionOut:
    """Make a submitted or approved promotion a draft again."""
    view = await promotions.reopen(session, promotion_id, version=version, actor=actor)
    return answer(response, view)


@router.post(
    "/{promotion_id}/activate",
    responses=MOVED | problems(promotions.InvalidPromotion),
)
async def activate_promotion(
    promotion_id: UUID,
    version: VersionDep,
    actor: Writer,
    resources: ResourcesDep,
    session: SessionDep,
    response: Response,
) -> ActivatedPromotionOut:
    """Let an approved promotion run inside its window, and hear what to look at twice."""
    activated = await promotions.activate(
        session,
        promotion_id,
        version=version,
        actor=actor,
        joint_discount_bps=resources.settings.promotions.joint_discount_bps,
    )
    return ActivatedPromotionOut(
        promotion=answer(response, activated.view),
        remarks=[RemarkOut.model_validate(each) for each in activated.remarks],
    )


@router.post("/{promotion_id}/end", responses=MOVED)
async def end_promotion(
    promotion_id: UUID,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> PromotionOut:
    """Stop a promotion for good. Orders placed with it keep what they were promised."""
    view = await promotions.end(session, promotion_id, version=version, actor=actor)
    return answer(response, view)


@router.post(
    "/{promotion_id}/stop", responses=problems(NotFound, promotions.IllegalPromotionStatus)
)
async def stop_promotion(
    promotion_id: UUID, body: ReasonIn, actor: Writer, session: SessionDep, response: Response
) -> PromotionOut:
    """End a promotion at once, without `If-Match`; stopping it again changes nothing.

    The next quote is without it. What unpaid orders have reserved of it stays theirs.
    """
    view = await promotions.stop(session, promotion_id, reason=body.reason, actor=actor)
    return answer(response, view)


@router.post(
    "/{promotion_id}/archive", responses=problems(NotFound, promotions.IllegalPromotionStatus)
)
async def archive_promotion(
    promotion_id: UUID, actor: Writer, session: SessionDep, response: Response
) -> PromotionOut:
    """Put a draft, or a promotion that is over, out of the lists; again changes nothing."""
    view = await promotions.archive(session, promotion_id, is_archived=True, actor=actor)
    return answer(response, view)


@router.post("/{promotion_id}/unarchive", responses=problems(NotFound))
async def unarchive_promotion(
    promotion_id: UUID, actor: Writer, session: SessionDep, response: Response
) -> PromotionOut:
    """Take a promotion back into the lists."""
    view = await promotions.archive(session, promotion_id, is_archived=False, actor=actor)
    return answer(response, view)


@router.get("/{promotion_id}/versions", responses=problems(NotFound))
async def list_promotion_versions(
    promotion_id: UUID, actor: Reader, session: ReaderDep
) -> PromotionVersionsOut:
    """The terms as they were approved, the latest first.

    A started promotion never changes, so all orders that used it did on its `approved_number`.
    """
    rows = await promotions.list_versions(session, promotion_id)
    return PromotionVersionsOut(items=[PromotionVersionOut.model_validate(each) for each in rows])
