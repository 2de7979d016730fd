"""What is done regularly with stock."""

from app.adapters.resources import Resources
from app.core.db import unit_of_work
from app.services import inventory

ROUNDS = 20


async def free_stock(resources: Resources) -> None:
    """Take back holds that nobody paid for in time; closing their orders is another job's."""
    limit = resources.settings.worker.batch
    for _ in range(ROUNDS):
        async with unit_of_work(resources.sessions) as session:
            if await inventory.sweep(session, limit=limit) < limit:
                return


async def prove_stock(resources: Resources) -> None:
    """Compare stock with its movements and promises."""
    async with unit_of_work(resources.sessions) as session:
        await inventory.proof.prove(session)


async def count_sales(resources: Resources) -> None:
    """How fast stock sells."""
    async with unit_of_work(resources.sessions) as session:
        await inventory.alerts.count_sales(session, resources.settings.inventory)


async def watch_stock(resources: Resources) -> None:
    """Tell once of each SKU that runs low, lasts too long, or does not sell."""
    for _ in range(ROUNDS):
        async with unit_of_work(resources.sessions) as session:
            done = await inventory.alerts.watch(session, resources.settings.inventory)
        if done < inventory.alerts.AT_ONCE:
            return


async def take_off_sale(resources: Resources) -> None:
    """Freeze what has expired, and what became free of batches that are kept back."""
    await inventory.batches.take_off_sale(
        resources.sessions, limit=ROUNDS * resources.settings.worker.batch
    )
