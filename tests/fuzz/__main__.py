"""`python -m tests.fuzz`: very many bad requests, none of which may be answered out of contract.

A demo shop with orders in every state is asked by who may do everything there, and by others: with
what the schema of each operation allows, with what it forbids, with one nasty value in an
otherwise good request, with cursors nobody gave, and with odd headers and bodies. Ids are those of
things there are, as far as answers have told them. An answer must have a status, a type, a body
and a problem the documents name, must come in time, and never be a 500. The worker does what they
lead to, and everything `shop audit` proves must hold.
"""

import argparse
import asyncio
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from random import Random

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation

from app.core.logging import configure_logging
from tests.conftest import TEMPLATE, database_at, make_template, start_server
from tests.fuzz.books import look_into_books
from tests.fuzz.contract import OPENAPI
from tests.fuzz.ground import lay_ground, load_shop, look_round, make_callers
from tests.fuzz.known import Known
from tests.fuzz.making import SHARES, Planned
from tests.fuzz.sending import Sender
from tests.fuzz.serving import Headers, serving, without_limits
from tests.fuzz.tally import Tally

MADE_OF_SCHEMA = 8
"""Cases the schema of an operation makes at most, each for several requests."""

AGAIN = 500
"""After so many cases the worker works, the books are audited, and the shop is looked at again."""

UNPUBLISHED_EVERY = 40
"""As often something is sent to an address that is in no document."""

EARLIER = {"POST": -0.25, "DELETE": 0.3}
"""Things are made before they are worked on, and taken away after."""

ENDS_SESSIONS = ("/auth/", "/sessions", "/account")

tell = partial(print, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="part of an operation's path")
    parser.add_argument("--part", default="1/1", help="2/4: the second quarter of the operations")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    configure_logging("error")  # a 500 is told with where it comes from
    tally = Tally()
    at, _, parts = asked.part.partition("/")
    chosen = operations(asked.only)
    cases = asked.cases // int(parts)
    chosen = chosen[int(at) - 1 :: int(parts)]
    try:
        fuzz(chosen, cases, asked.seed, tally)
    finally:  # also of a run that is stopped
        tally.print_to(tell)
    return bool(tally.times)


def operations(part: str) -> list[tuple[str, APIOperation]]:
    found = []
    for audience in ("storefront", "admin", "merchant"):
        document = schemathesis.openapi.from_path(OPENAPI / f"{audience}.json")
        found += [(audience, each.ok()) for each in document.get_all_operations()]
    return [each for each in found if part in each[1].path]


def fuzz(chosen: list[tuple[str, APIOperation]], cases: int, begin: int, tally: Tally) -> None:
    lots = Random(begin)  # noqa: S311 - guards nothing
    with ExitStack() as running:
        server = start_server(running)
        make_template(server)
        url = database_at(server, TEMPLATE)
        load_shop(url)
        people = asyncio.run(lay_ground(url, lots))

        def renew() -> Mapping[str, Headers]:
            return asyncio.run(make_callers(url, people))

        known = Known(lots)
        settings = without_limits(url)
        address = running.enter_context(serving(settings))
        sender = Sender(address, known, lots, tally, renew)
        asyncio.run(look_round(url, known))
        readable = _read_all(sender)
        planned = _plan(chosen, cases, begin, lots, readable)
        tell(f"{len(planned)} requests to {len(chosen)} operations")
        asyncio.run(look_into_books(settings, tally, 0))
        for number, each in enumerate(planned, 1):
            sender.send(each)
            if number % UNPUBLISHED_EVERY == 0:
                sender.send_unpublished()
            if number % AGAIN == 0 or number == len(planned):
                asyncio.run(look_into_books(settings, tally, number))
                asyncio.run(look_round(url, known))
                tell(f"{number} sent, {tally.statuses[500]} answered 500, {len(tally.times)} found")
                tally.print_new(tell)


def _read_all(sender: Sender) -> set[tuple[str, str]]:
    """Read everything there is to read, what has the fewest parameters first."""
    readable = [
        (audience, each.path) for audience, each in operations("") if each.method.upper() == "GET"
    ]
    for audience, path in sorted(readable, key=lambda each: each[1].count("{")):
        sender.look(audience, path)
    return set(readable)


def _plan(
    chosen: list[tuple[str, APIOperation]],
    cases: int,
    begin: int,
    lots: Random,
    readable: set[tuple[str, str]],
) -> list[Planned]:
    """All requests in the order they go out, which is chance but for what has to come first."""
    timed: list[tuple[float, Planned]] = []
    for number, (audience, operation) in enumerate(chosen):
        share = cases * (number + 1) // len(chosen) - cases * number // len(chosen)
        can_read = (audience, operation.path) in readable
        for kind, case in _cases(operation, share, begin, lots):
            time = lots.random() + EARLIER.get(operation.method.upper(), 0)
            if any(part in operation.path for part in ENDS_SESSIONS):
                time += 1
            timed.append((time, Planned(audience, kind, operation, case, can_read)))
    return [each for _, each in sorted(timed, key=lambda each: each[0])]


def _cases(
    operation: APIOperation, share: int, begin: int, lots: Random
) -> Iterator[tuple[str, schemathesis.Case]]:
    kinds = dict(SHARES)
    if all(each.name != "after" for each in operation.query):
        del kinds["cursor"]
    drawn = lots.choices(list(kinds), weights=list(kinds.values()), k=share)
    bad = drawn.count("forbidden")
    allowed = made(operation, GenerationMode.POSITIVE, min(share - bad, MADE_OF_SCHEMA), begin)
    forbidden = made(operation, GenerationMode.NEGATIVE, bad, begin)
    for kind in drawn:
        pool = forbidden if kind == "forbidden" else allowed
        if pool or allowed:
            yield (kind if pool else "nasty"), lots.choice(pool or allowed)


def made(
    operation: APIOperation, mode: GenerationMode, cases: int, begin: int
) -> list[schemathesis.Case]:
    """What the schema allows or forbids; none where it can forbid nothing."""
    found: list[schemathesis.Case] = []
    if cases < 1:
        return found

    @seed(f"{begin}:{operation.label}")
    @settings(
        max_examples=cases,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def each(case: schemathesis.Case) -> None:
        found.append(case)

    try:
        each()
    except Exception as error:
        if "Unsatisfiable" not in type(error).__name__ and mode is GenerationMode.POSITIVE:
            raise
    return found


if __name__ == "__main__":
    sys.exit(main())
