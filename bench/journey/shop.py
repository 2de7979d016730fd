"""The grocer's shop: the goods of its baskets, stocked, and the year before as orders."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.cli.imports.past_orders import BATCH, land_past
from app.cli.imports.running import Report, Step, run_import
from app.cli.imports.volume import BATCH as PRODUCTS
from app.cli.imports.volume import VolumeSteps
from app.cli.imports.volume_data import category_paths, shelf_prices
from app.core.db import Sessions, unit_of_work
from app.services import catalog
from app.services.catalog.imports import Notes
from bench.journey.year import Basket, Year, buyer

SOURCE, CHANNEL = "completejourney", "grocer"
PIECES = 1_000_000


async def open_shop(sessions: Sessions, year: Year, names: Iterable[int]) -> Report:
    """Bring in the products named, with categories, shelf prices and a million pieces of each."""
    async with unit_of_work(sessions) as session:
        await catalog.ensure_default_channel(session)
    wanted = set(names)
    rows = [row for name, row in year.products.items() if name in wanted]
    batches = [rows[at : at + PRODUCTS] for at in range(0, len(rows), PRODUCTS)]
    paths = category_paths(year.data)
    levels = [[path for path in paths if len(path) == depth] for depth in (1, 2, 3)]
    steps = VolumeSteps(year.data, shelf_prices(year.data), PIECES)
    return await run_import(
        sessions,
        SOURCE,
        (
            Step("shop", 1, [None], steps.shop),
            Step("categories", len(levels), levels, steps.categories),
            Step("products", len(batches), batches, steps.products),
        ),
    )


async def bring_in(sessions: Sessions, baskets: Iterator[Basket], total: int) -> Report:
    """Baskets become orders of the past, through the importer that merchants use."""

    def batches() -> Iterator[Sequence[Basket]]:
        while batch := list(islice(baskets, BATCH)):
            yield batch

    async def land(session: AsyncSession, batch: Sequence[Basket], notes: Notes) -> None:
        past = [each.past() for each in batch]
        buyers = {each.household: buyer(each.household) for each in batch}
        await land_past(session, SOURCE, CHANNEL, past, buyers.values(), notes)

    step = Step("orders", -(-total // BATCH), batches(), land)
    return await run_import(sessions, f"{SOURCE}-orders", [step])


async def welcome(sessions: Sessions, households: Iterable[int]) -> None:
    """Households become members, those that are not yet."""
    async with unit_of_work(sessions) as session:
        await land_past(session, SOURCE, CHANNEL, [], map(buyer, households), Notes())


async def people(sessions: Sessions) -> dict[int, UUID]:
    """Members by household."""
    statement = "SELECT external_id, entity_id FROM external_refs WHERE source = :s AND kind = :k"
    async with unit_of_work(sessions) as session:
        rows = await session.execute(text(statement), {"s": SOURCE, "k": "member"})
        return {int(row.external_id): row.entity_id for row in rows}
