"""Where the faults happen: a server of the run's own, a shop on it, and its processes."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import httpx

from app.cli.database import upgrade
from bench.chaos.checks import Verdict, drain, judge
from bench.chaos.planted import corrupt
from bench.chaos.shoppers import Buyer
from bench.chaos.tally import Tally
from bench.chaos.victims import Victims
from bench.postgres import Postgres
from bench.preparation import TOKEN_SECONDS
from bench.seed import Shop, make_shop
from bench.server import Database, audit, run

SPUS, MEMBERS = 250, 240
TIMEOUT_SECONDS = 5.0
ERRORS, ERROR_LENGTH = ('"unhandled"', '"internal-error"'), 3_000
TEMPLATE, USED = "stoa_chaos_seed", "stoa_chaos"


@dataclass(frozen=True, slots=True)
class Options:
    """`kills` and `losses` are how often; every lot is drawn from `seed`."""

    seed: int
    buyers: int
    workers: int
    kills: int
    losses: int
    planted: str | None = None
    points: int | None = None
    use_cases: Sequence[str] = ()


@dataclass(slots=True)
class Field:
    """One shop that is broken in one way; another way begins with the same shop anew."""

    options: Options
    server: Postgres
    shop: Shop
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    audited: str = ""
    is_shopping: bool = False

    @property
    def database(self) -> Database:
        return Database(self.server.url(USED))

    def sandbox_url(self, port: int) -> str:
        """The sandbox's own way to its books."""
        return self.server.url(USED, port=port)

    def lots(self, what: int = 0) -> Random:
        return Random(self.options.seed * 1_000_003 + what)

    def victims(
        self, *, database_port: int | None = None, public_port: int | None = None
    ) -> Victims:
        """The API and the worker, reaching the database and being reached through those ports."""
        made = Victims(dict(self.environment), self.folder, self.options.workers)
        made.environment |= {
            "DATABASE__URL": self.server.url(USED, port=database_port),
            "TOKENS__ACCESS_SECONDS": str(TOKEN_SECONDS),
            "HTTP__RATE_LIMITS_ENABLED": "false",
            "HTTP__PUBLIC_URL": f"http://127.0.0.1:{public_port or made.port}",
            "PAYMENTS__QUERY_AFTER_SECONDS": "2",
            "LOG_LEVEL": "warning",
        } | self.environment
        return made

    async def renew(self) -> None:
        """The shop as it was before anybody did anything."""
        self.tally, self.is_shopping = Tally(), False
        self.environment, self.audited = {}, ""
        for each in self._logs:
            each.unlink(missing_ok=True)
        await run(
            Database(self.server.url("postgres")),
            f"DROP DATABASE IF EXISTS {USED} WITH (FORCE)",
            f"CREATE DATABASE {USED} TEMPLATE {TEMPLATE}",
        )

    @asynccontextmanager
    async def shopping(self, port: int) -> AsyncIterator[httpx.AsyncClient]:
        """Buyers at work until the block ends; one that stops by itself is an error."""
        stop = asyncio.Event()
        tokens = self.database.settings().tokens
        tokens = tokens.model_copy(update={"access_seconds": TOKEN_SECONDS})
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", timeout=TIMEOUT_SECONDS
        ) as client:
            buying = [
                asyncio.create_task(
                    Buyer(
                        client,
                        self.shop.buyers[number :: self.options.buyers],
                        self.shop.catalog,
                        tokens,
                        self.tally,
                        self.lots(number + 1),
                        renews_keys=self.options.planted == "renewed-keys",
                    ).buy_until(stop)
                )
                for number in range(self.options.buyers)
            ]
            self.tally.begin()
            self.is_shopping = True
            try:
                yield client
            except BaseException:
                for each in buying:
                    each.cancel()
                raise
            stop.set()
            await asyncio.gather(*buying)
            self.is_shopping = False

    async def judge(self, port: int) -> Verdict:
        """When everything is repaired: wait for what waits, ask for everything again, audit.

        Whoever still shops has orders nobody was told of yet.
        """
        if self.is_shopping:
            raise RuntimeError("Shoppers are still at work")
        undrained = await drain(self.database)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
            verdict = await judge(self.database, client, self.tally, undrained=undrained)
        self.tally.differing += self._errors_of_ours()
        if self.options.planted == "corruption":
            await corrupt(self.database)
        self.audited = await asyncio.to_thread(audit, self.database)
        return verdict

    @property
    def _logs(self) -> tuple[Path, Path]:
        return self.folder / "api.log", self.folder / "preloaded.log"

    def _errors_of_ours(self) -> list[str]:
        """What the API logged of requests that failed in a way it does not know."""
        written = [each.read_text() for each in self._logs if each.exists()]
        lines = [line for text in written for line in text.splitlines()]
        return [each[:ERROR_LENGTH] for each in lines if any(name in each for name in ERRORS)]


@contextmanager
def field_of(options: Options) -> Iterator[Field]:
    """A server with a migrated, filled shop; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="stoa-chaos-"))
    folder.chmod(0o755)
    server = Postgres(folder / "data")
    try:
        server.create()
        server.start()
        asyncio.run(run(Database(server.url("postgres")), f"CREATE DATABASE {TEMPLATE}"))
        seed = Database(server.url(TEMPLATE))
        upgrade(seed.settings())
        shop = asyncio.run(
            make_shop(seed, spus=SPUS, buyers=MEMBERS, browsers=0, seed=options.seed)
        )
        yield Field(options, server, shop, folder)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
