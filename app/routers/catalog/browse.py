"""What a shopper's query string asks of the product list."""

import hashlib
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import Depends, Header, Query, Request
from fastapi.exceptions import RequestValidationError

from app.core.money import MAX_MINOR
from app.routers.deps import KeysetDep
from app.routers.solving import reads_all
from app.schemas.catalog.storefront import ProductSort
from app.services.catalog import ListingQuery

PREFIX = "attr."
MAX_ATTRIBUTES = 10
MAX_TEXT = 200
MAX_WORDS = 8

ChannelCode = Annotated[
    str | None,
    Query(max_length=64, description="Code of the channel; else `X-Channel`, else the default."),
]
ChannelHeader = Annotated[str | None, Header(alias="X-Channel", max_length=64)]
Named = Annotated[str | None, Query(min_length=1, max_length=MAX_TEXT)]
MinorBound = Annotated[
    int | None,
    Query(
        ge=0,
        le=MAX_MINOR,
        description="Of `min_price_minor`: what a guest pays for one piece before promotions.",
    ),
]
SORTED_BY = (
    "`price` and `-price` go by `min_price_minor`, what a guest pays for one piece before"
    " promotions: what promotions and a member's own prices make of it is in `offer`, by which no"
    " list is sorted or filtered."
)


async def get_channel(channel: ChannelCode = None, x_channel: ChannelHeader = None) -> str | None:
    return channel or x_channel


ChannelDep = Annotated[str | None, Depends(get_channel)]


def named(text: str) -> UUID | str:
    """An id when it reads like one, else a slug."""
    try:
        found = UUID(text)
    except ValueError:
        return text
    return found if str(found) == text.lower() else text


@reads_all(PREFIX)
async def get_attributes(request: Request) -> dict[str, str]:
    """Filters `attr.<code>=<value>`, at most ten, each code once."""
    found: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if not name.startswith(PREFIX):
            continue
        code = name.removeprefix(PREFIX)
        if code in found:
            raise _refused(name, "repeated")
        if not 0 < len(code) <= MAX_TEXT or not 0 < len(value) <= MAX_TEXT:
            raise _refused(name, "attribute_length")
        found[code] = value
    if len(found) > MAX_ATTRIBUTES:
        raise _refused(PREFIX, "too_many_attributes")
    return found


@dataclass(frozen=True, slots=True)
class Browsing:
    """The list wanted but for the category, which the tree knows; `cursor_sort` is its cursors'."""

    query: ListingQuery
    category: UUID | str | None
    cursor_sort: str


async def get_browsing(
    page: KeysetDep,
    channel: ChannelDep,
    attributes: Annotated[dict[str, str], Depends(get_attributes)],
    *,
    q: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=MAX_TEXT,
            description="Words, all of which are in the name, the subtitle or the keywords.",
        ),
    ] = None,
    brand: Annotated[Named, Query(description="Id or slug.")] = None,
    tag: Annotated[Named, Query(description="Code.")] = None,
    sort: Annotated[ProductSort, Query(description=SORTED_BY)] = ProductSort.NEWEST,
    min_price_minor: MinorBound = None,
    max_price_minor: MinorBound = None,
    category: Annotated[Named, Query(description="Id or slug; all below it counts too.")] = None,
) -> Browsing:
    """A cursor holds for one sort and one set of filters."""
    words = tuple((q or "").lower().split())
    if len(words) > MAX_WORDS or "\x00" in (q or ""):
        raise _refused("q", "too_many_words")
    filters = [channel, words, category, brand, tag, min_price_minor, max_price_minor, attributes]
    digest = hashlib.blake2b(orjson.dumps(filters, option=orjson.OPT_SORT_KEYS), digest_size=8)
    cursor_sort = f"{sort.value}:{digest.hexdigest()}"
    bound = page.after(cursor_sort)
    query = ListingQuery(
        channel=channel,
        sort=sort.value,
        limit=page.limit,
        brand=named(brand) if brand else None,
        tag=tag,
        min_price_minor=min_price_minor,
        max_price_minor=max_price_minor,
        attributes=attributes,
        words=words,
        last_key=_key(bound.key, sort) if bound else None,
        last_id=bound.id if bound else None,
    )
    return Browsing(query, named(category) if category else None, cursor_sort)


BrowsingDep = Annotated[Browsing, Depends(get_browsing)]


def _key(key: int | str | None, sort: ProductSort) -> int | str | None:
    """A key of the type the sort compares; what else a cursor may hold was not made here."""
    match sort:
        case ProductSort.NEWEST:
            fits = key is None
        case ProductSort.NAME:
            fits = isinstance(key, str)
        case _:
            fits = isinstance(key, int)
    if not fits:
        raise _refused("after", "unknown_cursor")
    return key


def _refused(name: str, kind: str) -> RequestValidationError:
    return RequestValidationError(
        [{"type": kind, "loc": ("query", name[:64]), "msg": "This filter cannot be used"}]
    )
