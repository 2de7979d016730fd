"""The catalog as shoppers browse it: public, with a member's own offers for who has signed in."""

from dataclasses import replace
from typing import Annotated

from fastapi import Path, Request, Response

from app.core.errors import InvalidReference, NotFound
from app.routers.catalog.browse import BrowsingDep, ChannelDep, named
from app.routers.catalog.cached import MemoryDep
from app.routers.catalog.offered import answer, json_response, product_list
from app.routers.declared import Router
from app.routers.deps import ReaderDep
from app.routers.etags import UNCHANGED
from app.routers.identity import ShopperDep
from app.routers.problems import problems
from app.schemas.catalog.facets import FacetsOut
from app.schemas.catalog.storefront import (
    ProductListOut,
    ProductPageOut,
    ShopBrandOut,
    ShopBrandsOut,
    ShopCategoriesOut,
)
from app.services import catalog

router = Router(tags=["catalog"])

FACET_HEADERS = {"cache-control": "public, max-age=10", "vary": "X-Channel"}
CATEGORY_HEADERS = {"cache-control": f"public, max-age={catalog.LIFE_SECONDS}"}


@router.get("/categories", response_model=ShopCategoriesOut, responses=UNCHANGED)
async def list_categories(request: Request, session: ReaderDep, memory: MemoryDep) -> Response:
    """The category tree. It may be up to 30 seconds old."""
    tree = await memory.tree(session)
    return json_response(request, tree.body, tree.tag, CATEGORY_HEADERS)


@router.get("/brands", response_model=ShopBrandsOut, responses=UNCHANGED)
async def list_brands(request: Request, session: ReaderDep) -> Response:
    """Brands in order of their initial."""
    rows = await catalog.active_brands(session)
    shown = ShopBrandsOut(items=[ShopBrandOut.model_validate(row) for row in rows])
    body = shown.model_dump_json().encode()
    return json_response(request, body, catalog.tag_of(body), CATEGORY_HEADERS)


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
    a member's token for the prices of their tier. Sorting and filtering by price go by
    `min_price_minor`, the guest's price before promotions, and so may disagree with `offer`.

    `attr.<code>=<value>` narrows by a descriptive attribute or an option value. A cursor is good
    for the sort and filters it came from.
    """
    query = wanted.query
    if wanted.category is not None:
        query = replace(query, categories=await memory.branch(session, wanted.category))
    body = await product_list(
        session, memory, query, cursor_sort=wanted.cursor_sort, shopper=shopper
    )
    return answer(request, body.encode(), shopper)


@router.get("/facets", response_model=FacetsOut, responses=UNCHANGED | problems(InvalidReference))
async def list_facets(
    request: Request, wanted: BrowsingDep, session: ReaderDep, memory: MemoryDep
) -> Response:
    """By what the product list with the same filters can be narrowed further, with counts.

    What is filtered by leaves its own facet whole: with one brand chosen the other brands are still
    told, each with how many products it would show instead. Prices are `min_price_minor`.
    """
    query = wanted.query
    if wanted.category is not None:
        query = replace(query, categories=await memory.branch(session, wanted.category))
    body = (await catalog.count_facets(session, query)).encode()
    return json_response(request, body, catalog.tag_of(body), FACET_HEADERS)


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
    return answer(request, body, shopper)
