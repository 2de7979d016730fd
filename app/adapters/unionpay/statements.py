"""The file of a clearing day: a zip, deflated once more, in base64, in an answer."""

import base64
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

from app.adapters.unionpay import codes, wire
from app.adapters.unionpay.client import Client
from app.core import clock
from app.core.gateway_settings import UnionPayAccount
from app.services.payments.ports import (
    Compression,
    GatewayRefused,
    GatewayUnreachable,
    Statement,
    StatementKind,
    StatementMissing,
)

_LIMIT_BYTES = 200_000_000
_CHUNK = 64 * 1_024
_SECONDS = 60


@asynccontextmanager
async def statement(
    client: Client, account: UnionPayAccount, day: date, kind: StatementKind
) -> AsyncIterator[Statement]:
    """The zip of a clearing day, which ends at eleven in the evening. It has no year.

    Raises `StatementMissing`, also for `funds`, of which UnionPay has no file.
    """
    if kind is not StatementKind.TRADES:
        raise StatementMissing("UnionPay tells of payments and refunds only")
    found = await client.ask(
        account.file_url,
        {
            "txnType": "76",
            "txnSubType": "01",
            "bizType": "000000",
            "fileType": "00",
            "txnTime": wire.stamp(clock.now()),
            "settleDate": day.strftime("%m%d"),
        },
        limit_bytes=_LIMIT_BYTES,
        timeout_seconds=_SECONDS,
    )
    code = codes.code_of(found)
    if code == codes.NO_FILE:
        raise StatementMissing("There is no such file, or not yet", day=day.isoformat())
    if code not in codes.DONE:
        raise GatewayRefused("The gateway gives no file", reason=code)
    try:
        packed = base64.b64decode(found.get("fileContent", ""), validate=True)
    except ValueError as error:
        raise GatewayUnreachable("The file cannot be read") from error
    yield Statement(
        chunks=_inflated(packed),
        compression=Compression.ZIP,
        filename=f"unionpay_{account.mer_id}_{day.isoformat()}.zip",
    )


async def _inflated(packed: bytes) -> AsyncIterator[bytes]:
    """Piece by piece, and not more than anybody would want to store."""
    inflater, rest, seen = zlib.decompressobj(), packed, 0
    try:
        while rest and not inflater.eof:
            piece = inflater.decompress(rest, _CHUNK)
            rest = inflater.unconsumed_tail
            seen += len(piece)
            if seen > _LIMIT_BYTES:
                raise GatewayUnreachable("The file is too large", limit_bytes=_LIMIT_BYTES)
            yield piece
    except zlib.error as error:
        raise GatewayUnreachable("The file cannot be read") from error
    if not inflater.eof:
        raise GatewayUnreachable("The file broke off")
