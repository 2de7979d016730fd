"""The catalog as shoppers browse it. Everything here is public and the same for everybody."""

from dataclasses import replace
from typing import Annotated

from fastapi import Path, Request, Response

from app.core.errors import InvalidReference, NotFound
from app.core.json import dump_bytes
from app.routers.catalog.browse import BrowsingDep, ChannelDep, named
from app.routers.catalog.cached import CatalogMemory, MemoryDep
from app.routers.declared import Router
from app.routers.deps import Position, ReaderDep
from app.routers.etags import UNCHANGED, not_modified
from app.routers.problems import problems
from app.schemas.catalog.storefront import (
    ProductListOut,
    ProductPageOut,
    ShopBrandOut,
    ShopBrandsOut,
    ShopCategoriesOut,
)
from app.services import catalog, promotions

router = Router(tags=["catalog"])

CATEGORY_HEADERS = {"cache-control": f"public, max-age={catalog.LIFE_SECONDS}"}
PRODUCT_HEADERS = {"cache-control": "public, max-age=10", "vary": "X-Channel"}


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
) -> Response:
    """Products on sale with a price in the channel.

    `attr.<code>=<value>` narrows by a descriptive attribute or an option value. A cursor is good
    for the sort and filters it came from.
    """
    query = wanted.query
    if wanted.category is not None:
        query = replace(query, categories=await memory.branch(session, wanted.category))
    page = await catalog.browse(session, query)
    after = None
    if page.last_id is not None:
        after = Position(wanted.cursor_sort, page.last_key, page.last_id).encode()
    body = b"".join((b'{"items":', page.items.encode(), b',"next_after":', dump_bytes(after), b"}"))
    return _json(request, body, catalog.tag_of(body), PRODUCT_HEADERS)


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
) -> Response:
    """Everything a product page shows, at a guest's prices.

    Promotions are told of, not applied, and may be 10 seconds old; a quote decides.
    """
    view = await catalog.product_page(session, named(product), channel=channel)
    told = await _promotions(session, view, memory)
    body = b"".join((view.body.encode().rstrip()[:-1], b',"promotions":', told, b"}"))
    return _json(request, body, catalog.tag_of(body), PRODUCT_HEADERS)


async def _promotions(
    session: ReaderDep, view: catalog.ProductView, memory: CatalogMemory
) -> bytes:
    key = (view.channel.id, view.spu_id)
    if (known := memory.promotions.get(key)) is not None:
        return known
    found = await promotions.touching(session, [view.spu_id], channel=view.channel)
    return memory.promotions.put(key, dump_bytes(found.get(view.spu_id, ())))


def _json(request: Request, body: bytes, tag: str, headers: dict[str, str]) -> Response:
    unchanged = not_modified(request, tag)
    if unchanged is not None:
        unchanged.headers.update(headers)
        return unchanged
    return Response(body, media_type="application/json", headers={"etag": f'"{tag}"', **headers})
