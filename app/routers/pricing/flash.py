"""Flash sessions, as shoppers see them."""

from fastapi import Response

from app.core.errors import InvalidReference
from app.core.json import dump_bytes
from app.routers.catalog.browse import ChannelDep
from app.routers.declared import Router
from app.routers.deps import ReaderDep
from app.routers.problems import problems
from app.schemas.flash import ShownFlashSessionsOut
from app.services import catalog, pricing

router = Router(prefix="/flash-sessions", tags=["pricing"])


@router.get("", response_model=ShownFlashSessionsOut, responses=problems(InvalidReference))
async def list_flash_sessions(channel: ChannelDep, session: ReaderDep) -> Response:
    """Sessions that run or are to come, soonest first, as they stand this moment.

    An offer is `held` while the last of it is with buyers who have not paid yet: some may come
    back. Order from a session by naming it as `flash_session_id`.
    """
    shown = await pricing.shown_flash_sessions(session, await catalog.channel(session, channel))
    return Response(dump_bytes({"items": shown}), media_type="application/json")
