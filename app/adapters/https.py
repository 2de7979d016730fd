"""Asking a remote party: whole answers of a bounded size, or none."""

from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from app.services.payments.ports import GatewayUnreachable

MAX_BYTES = 512 * 1_024
"""No answer of a gateway is larger unless there is a file in it; what is larger is none."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` have their names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def client(
    base_url: str, timeout_seconds: float, *, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """Verifies certificates, follows no redirect."""
    return httpx.AsyncClient(
        base_url=base_url,
        timeout=timeout_seconds,
        transport=transport,
        headers={"user-agent": "stoa", "accept-encoding": "identity"},
    )


async def exchange(
    client: httpx.AsyncClient, request: httpx.Request, *, limit_bytes: int = MAX_BYTES
) -> Answer:
    """Send and read. Raises `GatewayUnreachable` for whatever is not an answer."""
    try:
        answer = await client.send(request, stream=True)
        try:
            body = await _read(answer, limit_bytes)
        finally:
            await answer.aclose()
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        raise GatewayUnreachable("The gateway did not answer", retry_after_seconds=5) from error
    return Answer(answer.status_code, {k.lower(): v for k, v in answer.headers.items()}, body)


async def _read(answer: httpx.Response, limit_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in answer.aiter_raw():
        body += chunk
        if len(body) > limit_bytes:
            raise GatewayUnreachable("The gateway answered too much", retry_after_seconds=5)
    return bytes(body)
