"""Bills: asked for by day, fetched from where the platform says, compared with their digest."""

import hashlib
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from urllib.parse import urlsplit

import httpx

from app.adapters.wechatpay.client import Client, Refusal
from app.services.payments.ports import (
    Compression,
    GatewayRefused,
    GatewayUnreachable,
    Statement,
    StatementKind,
    StatementMissing,
)

_PATHS = {
    StatementKind.TRADES: "/v3/bill/tradebill?bill_date={day}&bill_type=ALL&tar_type=GZIP",
    StatementKind.FUNDS: "/v3/bill/fundflowbill?bill_date={day}&account_type=BASIC&tar_type=GZIP",
}
_MISSING = frozenset({"NO_STATEMENT_EXIST", "STATEMENT_CREATING"})
_CHUNK = 64 * 1_024
_GZIP = 31
"""Window bits that make zlib read gzip."""


@asynccontextmanager
async def statement(
    client: Client, host: str, day: date, kind: StatementKind
) -> AsyncIterator[Statement]:
    """The bill of a day in Beijing: payments and refunds, or every move of the basic account."""
    try:
        told = await client.get(_PATHS[kind].format(day=day.isoformat()))
    except Refusal as refusal:
        if refusal.code in _MISSING:
            raise StatementMissing("There is no such bill, or not yet", day=str(day)) from refusal
        raise GatewayRefused(str(refusal)) from refusal
    url = urlsplit(str(told["download_url"]))
    if url.netloc != host:  # our signature belongs to nobody else
        raise GatewayUnreachable("The bill is said to be somewhere else")
    answer = await client.stream(client.request("GET", f"{url.path}?{url.query}"))
    try:
        if answer.status_code != httpx.codes.OK:
            raise GatewayUnreachable("The bill cannot be fetched")
        yield Statement(
            chunks=_compared(answer, str(told["hash_type"]), str(told["hash_value"])),
            compression=Compression.GZIP,
            filename=f"wechatpay-{kind}-{day}.csv.gz",
        )
    finally:
        await answer.aclose()


async def _compared(answer: httpx.Response, hash_type: str, expected: str) -> AsyncIterator[bytes]:
    """The file as it is; its digest is of what is in it. Memory stays flat."""
    if hash_type != "SHA1":
        raise GatewayUnreachable(f"The digest is a {hash_type}")
    digest, inflater = hashlib.sha1(usedforsecurity=False), zlib.decompressobj(_GZIP)
    try:
        async for chunk in answer.aiter_raw(_CHUNK):
            rest = chunk
            while rest and not inflater.eof:
                digest.update(inflater.decompress(rest, _CHUNK))
                rest = inflater.unconsumed_tail
            yield chunk
        digest.update(inflater.flush())
    except (zlib.error, httpx.HTTPError, OSError) as error:
        raise GatewayUnreachable("The bill broke off") from error
    if not inflater.eof or digest.hexdigest() != expected.lower():
        raise GatewayUnreachable("The bill is not what its digest says")
