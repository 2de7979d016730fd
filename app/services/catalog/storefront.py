"""What shoppers read: the product list and the product page, as JSON from the database."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from app.core.errors import InvalidReference, NotFound
from app.models.catalog import Brand
from app.repositories.catalog.facets import FacetRepository
from app.repositories.catalog.listing import ListingPage, ListingQuery, ListingRepository
from app.repositories.catalog.offer_state import NOTHING_WATCHED, OfferState, Watched
from app.repositories.catalog.page import PageRepository
from app.repositories.catalog.rows import Rows
from app.services.catalog.channels import ChannelFacts

MAX_BRANDS = 2_000


@dataclass(frozen=True, slots=True)
class ProductView:
    """`body` is the JSON object of a product page but for its SKUs, which are `skus`.

    They are JSON in order of `sku_ids`. `key` and `state` say what its offers depend on; without a
    price there is no key.
    """

    channel: ChannelFacts
    spu_id: UUID
    body: str
    sku_ids: Sequence[UUID]
    skus: Sequence[str]
    key: str | None
    state: OfferState


async def browse(session: AsyncSession, wanted: ListingQuery) -> ListingPage:
    """One page of products on sale. One statement. Raises `InvalidReference` for the channel."""
    page = await ListingRepository(session).page(wanted)
    if page is None:
        raise InvalidReference("No such channel", field="channel")
    return page


async def count_facets(session: AsyncSession, wanted: ListingQuery) -> str:
    """What narrows a list further, as JSON. One statement. Raises as `browse`."""
    found = await FacetRepository(session).count(wanted)
    if found is None:
        raise InvalidReference("No such channel", field="channel")
    return found


async def product_page(
    session: AsyncSession,
    named: UUID | str,
    *,
    channel: str | None,
    watched: Watched = NOTHING_WATCHED,
) -> ProductView:
    """A product on sale by id or slug, with all a page shows of it. One statement.

    Prices are those of a guest. Raises `NotFound`, and `InvalidReference` for the channel.
    """
    found = await PageRepository(session).product(named, channel, watched)
    if found is None:
        raise InvalidReference("No such channel", field="channel")
    if found.spu_id is None or found.body is None:
        raise NotFound("No such product")
    row = found.channel
    facts = ChannelFacts(row.id, row.code, row.currency, row.country, row.tax_mode, is_active=True)
    return ProductView(
        facts, found.spu_id, found.body, found.sku_ids, found.skus, found.key, found.state
    )


async def active_brands(session: AsyncSession) -> Sequence[Brand]:
    """Brands in order of initial and name; at most `MAX_BRANDS`."""
    return await Rows(session, Brand).first(
        Brand.is_active.is_(True), order=(Brand.initial, Brand.name), limit=MAX_BRANDS
    )


def tag_of(body: bytes) -> str:
    """The ETag of a body."""
    return hashlib.blake2b(body, digest_size=12).hexdigest()
