"""`shop worker`: delivers events and runs jobs."""

import asyncio

from app.cli.build import resources
from app.cli.checking import checked
from app.core.logging import configure_logging
from app.core.settings import Settings
from app.worker.main import work


def worker() -> None:
    """Deliver events and run jobs. Needs DATABASE__URL."""
    settings = Settings()
    checked(settings)
    configure_logging(settings.log_level)

    async def main() -> None:
        async with resources(settings) as made:
            await work(made)

    asyncio.run(main())
