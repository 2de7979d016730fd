"""Statements of Alipay: an address that is good for half a minute, behind it a zip of GBK CSVs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

import httpx

from app.adapters.alipay.client import Client
from app.services.payments.ports import (
    Compression,
    GatewayRefused,
    GatewayUnreachable,
    Statement,
    StatementKind,
    StatementMissing,
)

_METHOD = "alipay.data.dataservice.bill.downloadurl.query"
_TYPES = {StatementKind.TRADES: "trade", StatementKind.FUNDS: "signcustomer"}
_MISSING = "BILL_NOT_EXIST"
_CHUNK = 64 * 1_024


@asynccontextmanager
async def statement(
    client: Client, http: httpx.AsyncClient, day: date, kind: StatementKind
) -> AsyncIterator[Statement]:
    """The zip of a day in Beijing as it is; raises `StatementMissing` and `GatewayUnreachable`."""
    answer = await client.call(_METHOD, {"bill_type": _TYPES[kind], "bill_date": day.isoformat()})
    url = answer.text("bill_download_url")
    if not answer.is_success or not url:
        if _MISSING in answer.reason.upper().replace("-", "_"):
            raise StatementMissing("There is no such statement, or not yet", day=day.isoformat())
        raise GatewayRefused("The gateway gives no statement", reason=answer.reason)
    try:
        async with http.stream("GET", url) as file:
            if file.status_code != HTTPStatus.OK:
                raise GatewayUnreachable("The statement cannot be fetched")
            yield Statement(
                chunks=_whole(file), compression=Compression.ZIP, filename=_name(url, day, kind)
            )
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise GatewayUnreachable("The statement cannot be fetched") from error


async def _whole(file: httpx.Response) -> AsyncIterator[bytes]:
    """The file as it is. A zip ends with its own table, so one that breaks off cannot be read."""
    try:
        async for chunk in file.aiter_raw(_CHUNK):
            yield chunk
    except (httpx.HTTPError, OSError) as error:
        raise GatewayUnreachable("The statement broke off") from error


def _name(url: str, day: date, kind: StatementKind) -> str:
    """What Alipay calls the file, where its address says it in a way that is safe to repeat."""
    told = parse_qs(urlsplit(url).query).get("downloadFileName", [""])[0]
    is_safe = told.endswith(".zip") and told.replace("_", "").replace(".", "").isalnum()
    return told if is_safe and ".." not in told else f"alipay_{kind}_{day.isoformat()}.zip"
