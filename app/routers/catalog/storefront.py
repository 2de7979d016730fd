"""The catalog as shoppers browse it: public, with a member's own offers for who has signed in."""

from dataclasses import replace
from typing import Annotated

from fastapi import Path, Request, Response

from app.core.actor import Actor
from app.core.errors import InvalidReference, NotFound
from app.core.json import dump
from app.routers.catalog.browse import BrowsingDep, ChannelDep, named
from app.routers.catalog.cached import MemoryDep
from app.routers.declared import Router
from app.routers.deps import Position, ReaderDep
from app.routers.etags import UNCHANGED, not_modified
from app.routers.identity import ShopperDep
from app.routers.problems import problems
from app.schemas.catalog.storefront import (
    ProductListOut,
    ProductPageOut,
    ShopBrandOut,
    ShopBrandsOut,
    ShopCategoriesOut,
)
from app.services import catalog

router = Router(tags=["catalog"])

CATEGORY_HEADERS = {"cache-control": f"public, max-age={catalog.LIFE_SECONDS}"}
# An offer is right only now: whoever keeps an answer asks before showing it again.
PUBLIC_HEADERS = {"cache-control": "public, no-cache", "vary": "X-Channel, Authorization"}
PRIVATE_HEADERS = PUBLIC_HEADERS | {"cache-control": "private, no-cache"}


@router.get("/categories", response_model=ShopCategoriesOut, responses=UNCHANGED)
async def list_categories(request: Request, session: ReaderDep, memory: MemoryDep) -> Response:
    """The category tree. It may be up to 30 seconds old."""
    tree = await memory.tree(session)
    return _json(request, tree.body, tree.tag, CATEGORY_HEADERS)


@router.get("/brands", response_model=ShopBrandsOut, responses=UNCHANGED)
async def list_brands(request: Request, session: ReaderDep) -> Response:
    """Brands in order of their initial."""
    rows = await catalog.active_brands(session)
    shown = ShopBrandsOut(items=[ShopBrandOut.model_validate(row) for row in rows])
    body = shown.model_dump_json().encode()
    return _json(request, body, catalog.tag_of(body), CATEGORY_HEADERS)


@router.get(
    "/products", response_model=ProductListOut, responses=UNCHANGED | problems(InvalidReference)
)
async def list_products(
    request: Request,
    wanted: BrowsingDep,
    session: ReaderDep,
    memory: MemoryDep,
    shopper: ShopperDep,
) -> Response:
    """Products on sale with a price in the channel, each with what one piece costs the caller.

    `offer` is of this moment: prices, promotions and what is left of either as of the answer. Send
    a member's token for the prices of their tier. Sorts and price filters go by the range.

    `attr.<code>=<value>` narrows by a descriptive attribute or an option value. A cursor is good
    for the sort and filters it came from.
    """
    query = wanted.query
    if wanted.category is not None:
        query = replace(query, categories=await memory.branch(session, wanted.category))
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
        after = Position(wanted.cursor_sort, page.last_key, page.last_id).encode()
    body = f'{{"items":[{items}],"next_after":{dump(after)}}}'.encode()
    return _json(request, body, catalog.tag_of(body), _headers(shopper))


@router.get(
    "/products/{product}",
    response_model=ProductPageOut,
    responses=UNCHANGED | problems(NotFound, InvalidReference),
)
async def get_product(
    request: Request,
    product: Annotated[str, Path(max_length=200, description="Id or slug.")],
    channel: ChannelDep,
    session: ReaderDep,
    memory: MemoryDep,
    shopper: ShopperDep,
) -> Response:
    """Everything a product page shows, promotions and what one piece costs with them included.

    `price_minor` of a SKU is a guest's before promotions; its `offer` is the caller's after them.
    A quote decides.
    """
    view, edition = await memory.offers.read(
        session,
        lambda watched: catalog.product_page(
            session, named(product), channel=channel, watched=watched
        ),
    )
    key = view.key or str(view.spu_id)
    [offers] = await memory.offers.offers(
        session, edition, view.state, [key], member_id=shopper.id if shopper else None
    )
    skus = ",".join(
        [
            f'{sku[:-1]},"offer":{offers.by_sku.get(sku_id, "null")}}}'
            for sku_id, sku in zip(view.sku_ids, view.skus, strict=True)
        ]
    )
    told = f',"skus":[{skus}],"promotions":{offers.touching}}}'
    body = (view.body.rstrip()[:-1] + told).encode()
    return _json(request, body, catalog.tag_of(body), _headers(shopper))


def _headers(shopper: Actor | None) -> dict[str, str]:
    return PUBLIC_HEADERS if shopper is None else PRIVATE_HEADERS


def _json(request: Request, body: bytes, tag: str, headers: dict[str, str]) -> Response:
    unchanged = not_modified(request, tag)
    if unchanged is not None:
        unchanged.headers.update(headers)
        return unchanged
    return Response(body, media_type="application/json", headers={"etag": f'"{tag}"', **headers})
