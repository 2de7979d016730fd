"""Requests per second and latencies of the main endpoints at one, eight and 32 connections."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from app.core.settings import TokenSettings
from bench.client import all_of, measure
from bench.figures import Figure
from bench.load import Job, Request
from bench.ordering import FOUR_TENDERS, request
from bench.seed import Shopper

CONNECTIONS = (1, 8, 32)


@dataclass(frozen=True, slots=True)
class Loaded:
    """An endpoint's figures by number of connections."""

    name: str
    figures: dict[int, Figure]


def repeated(name: str, port: int, requests: Sequence[Request], *, seconds: float) -> Loaded:
    """Requests that change nothing, again and again."""
    return Loaded(
        name,
        {
            connections: measure(Job(port, connections, list(requests), seconds))
            for connections in CONNECTIONS
        },
    )


def orders(
    port: int, shoppers: Iterator[Shopper], settings: TokenSettings, *, counts: Sequence[int]
) -> Loaded:
    """Orders with four tenders, each once."""
    figures = {}
    for connections, count in zip(CONNECTIONS, counts, strict=True):
        requests = [request(each, FOUR_TENDERS, settings) for each in islice(shoppers, count)]
        figures[connections] = all_of(port, requests, connections=connections)
    return Loaded(FOUR_TENDERS.name, figures)


def cart_requests(shoppers: Sequence[Shopper], settings: TokenSettings) -> list[Request]:
    return [
        Request(f"/api/v1/carts/{each.cart_id}", headers=_bearer(each, settings))
        for each in shoppers
    ]


def quote_requests(shoppers: Sequence[Shopper], settings: TokenSettings) -> list[Request]:
    return [
        Request(
            f"/api/v1/carts/{each.cart_id}/quote",
            "POST",
            _bearer(each, settings),
            f'{{"address_id":"{each.address_id}"}}',
        )
        for each in shoppers
    ]


def _bearer(shopper: Shopper, settings: TokenSettings) -> dict[str, str]:
    return {"authorization": f"Bearer {shopper.token(settings)}"}
