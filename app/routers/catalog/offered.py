"""Products with their offers, as lists and pages send them."""

from dataclasses import replace

from fastapi import Request, Response

from app.core.actor import Actor
from app.core.json import dump
from app.routers.catalog.cached import CatalogMemory
from app.routers.deps import Position, ReaderDep
from app.routers.etags import not_modified
from app.services import catalog

# An offer is right only now: whoever keeps an answer asks before showing it again.
PUBLIC_HEADERS = {"cache-control": "public, no-cache", "vary": "X-Channel, Authorization"}
PRIVATE_HEADERS = PUBLIC_HEADERS | {"cache-control": "private, no-cache"}


async def product_list(
    session: ReaderDep,
    memory: CatalogMemory,
    query: catalog.ListingQuery,
    *,
    cursor_sort: str,
    shopper: Actor | None,
) -> str:
    """One page of products as JSON, each with what one piece costs the caller.

    A cursor to go on holds for `cursor_sort`.
    """
    page, edition = await memory.offers.read(
        session, lambda watched: catalog.browse(session, replace(query, watched=watched))
    )
    offers = await memory.offers.offers(
        session, edition, page.state, page.keys, member_id=shopper.id if shopper else None
    )
    items = ",".join(
        [
            f'{item[:-1]},"offer":{each.card}}}'
            for item, each in zip(page.items, offers, strict=True)
        ]
    )
    after = None
    if page.last_id is not None:
        after = Position(cursor_sort, page.last_key, page.last_id).encode()
    return f'{{"items":[{items}],"next_after":{dump(after)}}}'


def answer(
    request: Request, body: bytes, shopper: Actor | None, *, tag: str | None = None
) -> Response:
    """The body, or a 304 to who holds it; a member's is for nobody else.

    `tag` is the body's own unless it holds something that is always new.
    """
    return json_response(
        request,
        body,
        tag or catalog.tag_of(body),
        PUBLIC_HEADERS if shopper is None else PRIVATE_HEADERS,
    )


def json_response(request: Request, body: bytes, tag: str, headers: dict[str, str]) -> Response:
    unchanged = not_modified(request, tag)
    if unchanged is not None:
        unchanged.headers.update(headers)
        return unchanged
    return Response(body, media_type="application/json", headers={"etag": f'"{tag}"', **headers})
