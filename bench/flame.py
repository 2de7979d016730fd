"""`python -m bench.flame [list page cart quote order]`: where a process spends its time.

For each a flame graph of one API process under load, `bench/results/flame-NAME.svg`. py-spy looks
at its stack from outside, 250 times a second, while it has the interpreter's lock. What PostgreSQL
does meanwhile is not in it.
"""

import argparse
import asyncio
import signal
import subprocess
import tempfile
from pathlib import Path
from random import Random

from bench import grid
from bench.__main__ import serve
from bench.client import UnexpectedAnswer, all_of, measure
from bench.load import Job, Request
from bench.ordering import FOUR_TENDERS, request
from bench.preparation import TOKEN_SECONDS
from bench.processes import Running, end_cleanly_on_sigterm, tree
from bench.reading import CONNECTIONS, list_request, page_requests
from bench.report import RESULTS
from bench.seed import Shop, make_shop
from bench.server import Database, fresh_database

SPUS, BROWSERS, ORDERS, FIRST, RATE = 2_000, 300, 1_500, 100, 250
NAMES = ("list", "page", "cart", "quote", "order")


def requests_of(database: Database, shop: Shop) -> dict[str, list[Request]]:
    """What is asked again and again; orders are each placed once."""
    tokens = database.settings().tokens.model_copy(update={"access_seconds": TOKEN_SECONDS})
    products = [each.spu_id for each in shop.catalog.products]
    return {
        "list": [list_request()],
        "page": page_requests(products, Random(2)),
        "cart": grid.cart_requests(shop.browsers, tokens),
        "quote": grid.quote_requests(shop.browsers, tokens),
        "order": [request(each, FOUR_TENDERS, tokens) for each in shop.buyers],
    }


def drawn(service: Running, name: str, asked: list[Request], seconds: int) -> Path:
    """Ask and look at once; some are asked before, so that what is done once is done."""

    def ask(some: list[Request], for_seconds: float) -> None:
        if name == "order":
            all_of(service.port, some, connections=CONNECTIONS)
        else:
            measure(Job(service.port, CONNECTIONS, some, for_seconds))

    first, rest = (asked[:FIRST], asked[FIRST:]) if name == "order" else (asked, asked)
    ask(first, 2)
    target = RESULTS.parent / f"flame-{name}.svg"
    target.parent.mkdir(exist_ok=True)
    serving = str(tree(service.process.pid)[-1])
    looking = subprocess.Popen(
        ["py-spy", "record", "--pid", serving, "--gil", "--rate", str(RATE), "--output", target],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        ask(rest, seconds)
    finally:
        looking.send_signal(signal.SIGINT)  # then it writes what it saw
        said = looking.communicate()[1]
    if looking.returncode:
        raise UnexpectedAnswer(said)
    return target


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.flame", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], help="all of them by default")
    parser.add_argument("--seconds", type=int, default=15, help="of load")
    given = parser.parse_args()
    end_cleanly_on_sigterm()
    with fresh_database() as database, tempfile.TemporaryDirectory() as folder:
        shop = asyncio.run(make_shop(database, spus=SPUS, buyers=ORDERS, browsers=BROWSERS))
        asked = requests_of(database, shop)
        with serve(database, Path(folder), workers=1) as service:
            for name in given.names or NAMES:
                print(drawn(service, name, asked[name], given.seconds), flush=True)


if __name__ == "__main__":
    main()
