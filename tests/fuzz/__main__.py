"""`python -m tests.fuzz`: very many bad requests, none of which may be answered out of contract.

Each operation of the three documents is asked by who may call it and by nobody in particular:
with what its schema allows, with what it forbids, and with one nasty value in an otherwise good
request. An answer must have a status, a type and a body the documents name, and never be a 500.
"""

import argparse
import asyncio
import logging
import sys
import warnings
from contextlib import ExitStack
from functools import partial
from random import Random
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation

from tests.conftest import TEMPLATE, database_at, make_template, start_server
from tests.fuzz.contract import CHECKS, OPENAPI
from tests.fuzz.nasty import a_nasty_value, with_one_nasty
from tests.fuzz.serving import Target, make_callers, serving, without_limits
from tests.fuzz.tally import Tally

NO_HTTP = "Invalid HTTP request received."
KINDS = ("allowed", "forbidden", "nasty")
NOBODY_EVERY = 4
"""One case in so many is sent by nobody in particular."""

tell = partial(print, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="part of an operation's path")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable()
    tally = Tally()
    try:
        fuzz_all(asked.cases, asked.seed, asked.only, tally)
    finally:  # also of a run that is stopped
        tally.print_to(tell)
    return bool(tally.times)


def fuzz_all(cases: int, begin: int, part: str, tally: Tally) -> None:
    with ExitStack() as running:
        server = start_server(running)
        make_template(server)
        url = database_at(server, TEMPLATE)
        callers = asyncio.run(make_callers(url))
        address = running.enter_context(serving(without_limits(url)))
        chosen = operations(part)
        for number, (audience, operation) in enumerate(chosen):
            todo = cases * (number + 1) // len(chosen) - cases * number // len(chosen)
            fuzz(operation, Target(address, callers), audience, todo, begin, tally)
            if number % 50 == 49:
                tell(f"{number + 1} of {len(chosen)} operations, {tally.cases.total()} cases")


def operations(part: str) -> list[tuple[str, APIOperation]]:
    """All of them, those that end a caller's session last."""
    found = []
    for audience in ("storefront", "admin", "merchant"):
        document = schemathesis.openapi.from_path(OPENAPI / f"{audience}.json")
        found += [(audience, each.ok()) for each in document.get_all_operations()]
    chosen = [each for each in found if part in each[1].path]
    return sorted(chosen, key=lambda each: "logout" in each[1].path)


def fuzz(
    operation: APIOperation, target: Target, audience: str, cases: int, begin: int, tally: Tally
) -> None:
    lots = Random(f"{begin}:{operation.label}")  # noqa: S311 - guards nothing
    session = requests.Session()
    sent = 0

    def send(case: schemathesis.Case, kind: str) -> None:
        nonlocal sent
        caller = "nobody" if sent % NOBODY_EVERY == NOBODY_EVERY - 1 else audience
        sent += 1
        if kind == "nasty":
            spoil(case, lots)
        headers = target.headers.get(caller, {})
        try:
            answer = case.call(base_url=target.url, headers=headers, session=session)
        except (requests.RequestException, UnicodeError, ValueError) as error:
            if isinstance(error, requests.ConnectionError):
                tally.found(operation.label, "no answer", repr(error))
            return  # what no client can even send
        if answer.text == NO_HTTP:  # the server's own word, before there is a request
            return
        tally.sent(caller, kind, answer.status_code)
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as failures:
            for each in failures.exceptions:
                told = f"{caller}, {kind}: {case.as_curl_command()}\n{answer.text}\n{each}"
                tally.found(operation.label, f"{answer.status_code} {type(each).__name__}", told)

    for kind, share in zip(KINDS, _shares(cases), strict=True):
        mode = GenerationMode.NEGATIVE if kind == "forbidden" else GenerationMode.POSITIVE
        run(operation, mode, share, f"{begin}:{kind}", partial(send, kind=kind))


def _shares(cases: int) -> tuple[int, int, int]:
    allowed, forbidden = cases // 5, cases * 2 // 5
    return allowed, forbidden, cases - allowed - forbidden


def run(operation: APIOperation, mode: GenerationMode, cases: int, begin: str, send: Any) -> None:
    if cases < 1:
        return
    try:
        strategy = operation.as_strategy(generation_mode=mode)
    except Exception:  # noqa: BLE001 - nothing about this operation can be forbidden
        return

    @seed(begin)
    @settings(
        max_examples=cases,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def each(case: schemathesis.Case) -> None:
        send(case)

    try:
        each()
    except Exception as error:
        if "Unsatisfiable" not in type(error).__name__:
            raise


def spoil(case: schemathesis.Case, lots: Random) -> None:
    """Put one nasty value into the request."""
    parts = [name for name in ("query", "headers", "path_parameters") if getattr(case, name)]
    has_body = isinstance(case.body, dict | list)
    if has_body and (not parts or lots.random() < 0.7):
        case.body = with_one_nasty(case.body, lots)
    elif parts:
        holder = getattr(case, lots.choice(parts))
        # An empty part of a path would be another path.
        holder[lots.choice(list(holder))] = str(a_nasty_value(lots)) or " "


if __name__ == "__main__":
    sys.exit(main())
