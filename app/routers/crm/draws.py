"""What a member drew."""

from app.routers.declared import Router
from app.routers.deps import PageDep, ReaderDep
from app.routers.identity import SignedInDep
from app.routers.pages import page_of
from app.schemas.base import Page
from app.schemas.lotteries import DrawOut
from app.services import crm

router = Router(prefix="/me/lottery-draws", tags=["me"])


@router.get("")
async def list_my_draws(page: PageDep, member: SignedInDep, session: ReaderDep) -> Page[DrawOut]:
    """Your draws in lotteries, newest first."""
    rows = await crm.list_my_draws(session, member.id, after=page.after, limit=page.limit + 1)
    return page_of(rows, page.limit, DrawOut)
