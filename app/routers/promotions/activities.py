"""Landing pages of activities."""

from typing import Annotated

from fastapi import Path, Request, Response

from app.core.errors import InvalidReference, NotFound
from app.routers.catalog.browse import ChannelDep
from app.routers.catalog.cached import MemoryDep
from app.routers.catalog.offered import answer, product_list
from app.routers.declared import Router
from app.routers.deps import KeysetDep, ReaderDep
from app.routers.etags import UNCHANGED
from app.routers.identity import ShopperDep
from app.routers.problems import problems
from app.schemas.activities import ActivityHeadOut, ActivityOut
from app.services import catalog, promotions

router = Router(prefix="/activities", tags=["promotions"])


@router.get(
    "/{code}",
    response_model=ActivityOut,
    responses=UNCHANGED | problems(NotFound, InvalidReference),
)
async def get_activity(
    request: Request,
    code: Annotated[str, Path(max_length=64, description="Code of the promotion.")],
    page: KeysetDep,
    channel: ChannelDep,
    session: ReaderDep,
    memory: MemoryDep,
    shopper: ShopperDep,
) -> Response:
    """A promotion that was started, and a page of the products it looks at.

    Each product carries what one piece costs the caller, as in the product list. A bundle looks at
    what it is made of.
    """
    where = await catalog.channel(session, channel)
    found = await promotions.activity(session, code, channel=where)
    cursor_sort = f"activity:{found.promotion_id}:{where.code}"
    after = page.after(cursor_sort)
    query = catalog.ListingQuery(
        channel=where.code,
        limit=page.limit,
        goods=found.goods,
        last_id=after.id if after else None,
    )
    products = await product_list(session, memory, query, cursor_sort=cursor_sort, shopper=shopper)
    head = ActivityHeadOut.model_validate(found)
    # The clock alone is no news: a client counts down from when it got its answer.
    tag = catalog.tag_of((head.model_dump_json(exclude={"at"}) + products).encode())
    body = f'{{"activity":{head.model_dump_json()},"products":{products}}}'
    return answer(request, body.encode(), shopper, tag=tag)
