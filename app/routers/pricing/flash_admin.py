"""Flash sessions, as operators keep them."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import Query, Response, Security

from app.core.actor import Actor
from app.core.enums.pricing import FlashState
from app.core.enums.scopes import Scope
from app.core.errors import AlreadyExists, InvalidReference, NotFound, StaleVersion
from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep, SessionDep
from app.routers.etags import PreconditionRequired, VersionDep, put_etag
from app.routers.identity import get_staff
from app.routers.pages import page_of
from app.routers.problems import problems
from app.schemas.base import Page
from app.schemas.flash import FlashSessionCardOut, FlashSessionIn, FlashSessionOut, FlashSessionPut
from app.services import pricing

router = Router(prefix="/flash-sessions", tags=["pricing"])

Reader = Annotated[Actor, Security(get_staff, scopes=[Scope.PRICING_READ])]
Writer = Annotated[Actor, Security(get_staff, scopes=[Scope.PRICING_WRITE])]


@router.get("")
async def list_flash_sessions(
    actor: Reader,
    page: PageDep,
    session: ReaderDep,
    state: Annotated[FlashState | None, Query(description="Null: all of them.")] = None,
) -> Page[FlashSessionCardOut]:
    """Flash sessions, newest first."""
    rows = await pricing.list_flash_sessions(
        session, state=state, after=page.after, limit=page.limit + 1
    )
    return page_of(rows, page.limit, FlashSessionCardOut)


@router.post(
    "",
    status_code=HTTPStatus.CREATED,
    responses=problems(
        AlreadyExists, InvalidReference, pricing.InvalidPriceList, pricing.UnknownSkus
    ),
)
async def create_flash_session(
    body: FlashSessionIn, actor: Writer, session: SessionDep, response: Response
) -> FlashSessionOut:
    """Prepare a session. It sells nothing until it is activated."""
    view = await pricing.create_flash_session(
        session,
        body.terms(),
        body.offers(),
        code=body.code,
        currency=body.currency,
        actor=actor,
    )
    return _answer(response, view)


@router.get("/{flash_session_id}", responses=problems(NotFound))
async def get_flash_session(
    flash_session_id: UUID, actor: Reader, session: ReaderDep, response: Response
) -> FlashSessionOut:
    """One session with what was sold of each offer."""
    return _answer(response, await pricing.get_flash_session(session, flash_session_id))


@router.put(
    "/{flash_session_id}",
    responses=problems(
        NotFound,
        StaleVersion,
        PreconditionRequired,
        InvalidReference,
        pricing.InvalidPriceList,
        pricing.UnknownSkus,
        pricing.BelowSold,
    ),
)
async def edit_flash_session(
    flash_session_id: UUID,
    body: FlashSessionPut,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> FlashSessionOut:
    """Replace everything about a session but its code and currency, while it runs too.

    What was sold stays sold: a quota cannot go below it, nor can such an offer be left out.
    """
    view = await pricing.edit_flash_session(
        session, flash_session_id, body.terms(), body.offers(), version=version, actor=actor
    )
    return _answer(response, view)


@router.post(
    "/{flash_session_id}/activate",
    responses=problems(NotFound, StaleVersion, PreconditionRequired, pricing.InvalidPriceList),
)
async def activate_flash_session(
    flash_session_id: UUID,
    version: VersionDep,
    actor: Writer,
    session: SessionDep,
    response: Response,
) -> FlashSessionOut:
    """Let it sell in its window: `scheduled` before, `running` in it."""
    view = await pricing.activate_flash_session(
        session, flash_session_id, version=version, actor=actor
    )
    return _answer(response, view)


@router.post("/{flash_session_id}/stop", responses=problems(NotFound))
async def stop_flash_session(
    flash_session_id: UUID, actor: Writer, session: SessionDep, response: Response
) -> FlashSessionOut:
    """Sell nothing more of it, at once and whatever its version. Orders placed before stand."""
    return _answer(
        response, await pricing.stop_flash_session(session, flash_session_id, actor=actor)
    )


def _answer(response: Response, view: pricing.FlashView) -> FlashSessionOut:
    put_etag(response, view.session.version)
    return FlashSessionOut.of(view)
