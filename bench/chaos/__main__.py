"""`python -m bench.chaos`: kill the API during checkouts, then audit what is left."""

import argparse
import asyncio
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from random import Random

import httpx
from rich.console import Console

from bench.chaos.checks import Verdict, drain, judge
from bench.chaos.planted import PLANTED, corrupt
from bench.chaos.shoppers import Buyer
from bench.chaos.tally import Tally
from bench.chaos.victims import Victims
from bench.preparation import TOKEN_SECONDS
from bench.processes import end_cleanly_on_sigterm
from bench.seed import Shop, make_shop
from bench.server import Database, audit, fresh_database

console = Console(width=None if sys.stdout.isatty() else 120)
SPUS, MEMBERS = 250, 240
TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Run:
    kills: int
    seed: int
    buyers: int
    workers: int
    planted: str | None


def arguments() -> Run:
    parser = argparse.ArgumentParser(prog="python -m bench.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=25, help="SIGKILLs of the whole API")
    parser.add_argument("--seed", type=int, default=1, help="of every lot that is drawn")
    parser.add_argument("--buyers", type=int, default=12, help="checkouts at a time")
    parser.add_argument("--workers", type=int, default=2, help="processes of the API")
    parser.add_argument(
        "--planted", choices=PLANTED, help="a fault the run must find: shows that it can fail"
    )
    return Run(**vars(parser.parse_args()))


def main() -> None:
    run = arguments()
    end_cleanly_on_sigterm()
    with fresh_database() as database, tempfile.TemporaryDirectory() as folder:
        shop = asyncio.run(
            make_shop(database, spus=SPUS, buyers=MEMBERS, browsers=0, seed=run.seed)
        )
        victims = Victims(_environment(database), Path(folder), run.workers)
        victims.environment["HTTP__PUBLIC_URL"] = f"http://127.0.0.1:{victims.port}"
        try:
            tally, verdict = asyncio.run(_kill_and_judge(run, database, shop, victims))
        finally:
            victims.stop()
        if run.planted == "corruption":
            asyncio.run(corrupt(database))
        broken = audit(database)
    _show(run, victims, tally, verdict, broken)
    if verdict.breaches or broken:
        raise SystemExit(1)


async def _kill_and_judge(
    run: Run, database: Database, shop: Shop, victims: Victims
) -> tuple[Tally, Verdict]:
    tally, stop = Tally(), asyncio.Event()
    base = f"http://127.0.0.1:{victims.port}"
    await victims.start()
    async with httpx.AsyncClient(base_url=base, timeout=TIMEOUT_SECONDS) as client:
        buying = [
            asyncio.create_task(each.buy_until(stop))
            for each in _buyers(run, database, shop, client, tally)
        ]
        killing = asyncio.create_task(
            victims.kill_often(
                Random(run.seed), kills=run.kills, progress=lambda: len(tally.orders)
            )
        )
        done, _ = await asyncio.wait([killing, *buying], return_when="FIRST_COMPLETED")
        for each in done:
            each.result()  # a shopper who stops by itself has failed
        stop.set()
        await asyncio.gather(*buying)
        undrained = await drain(database)
        return tally, await judge(database, client, tally, undrained=undrained)


def _buyers(
    run: Run, database: Database, shop: Shop, client: httpx.AsyncClient, tally: Tally
) -> list[Buyer]:
    tokens = database.settings().tokens.model_copy(update={"access_seconds": TOKEN_SECONDS})
    return [
        Buyer(
            client,
            shop.buyers[number :: run.buyers],
            shop.catalog,
            tokens,
            tally,
            Random(run.seed * 1_000 + number),
            renews_keys=run.planted == "renewed-keys",
        )
        for number in range(run.buyers)
    ]


def _environment(database: Database) -> dict[str, str]:
    """Of a service that asks its gateway soon, so that the end need not be waited for long."""
    return {
        "DATABASE__URL": database.url,
        "TOKENS__ACCESS_SECONDS": str(TOKEN_SECONDS),
        "HTTP__RATE_LIMITS_ENABLED": "false",
        "PAYMENTS__QUERY_AFTER_SECONDS": "2",
        "LOG_LEVEL": "warning",
    }


def _show(run: Run, victims: Victims, tally: Tally, verdict: Verdict, broken: str) -> None:
    paid = sum(each.is_paid for each in tally.orders)
    cancelled = sum(each.is_cancelled for each in tally.orders)
    console.print(
        f"seed {run.seed}: {victims.kills} kills of the API, of the worker {victims.worker_kills}"
    )
    console.print(f"orders acknowledged {len(tally.orders)}, paid {paid}, cancelled {cancelled}")
    console.print(
        f"lost {verdict.lost}, doubled {verdict.doubled}, unknown {verdict.unknown}, "
        f"replayed otherwise {verdict.replayed_otherwise}"
    )
    console.print(
        f"requests repeated {tally.retries}, longest gap between acknowledgements "
        f"{tally.longest_gap_seconds:.2f} s"
    )
    console.print(f"gateway's books less ours: {verdict.books_off_by_minor}")
    console.print(f"refused: {tally.refused or 'nothing'}")
    console.print(f"shop audit: {broken or 'clean'}", markup=False)
    for breach in verdict.breaches:
        console.print(f"[red]BREACH[/] {breach}")


if __name__ == "__main__":
    main()
