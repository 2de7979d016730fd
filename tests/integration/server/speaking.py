"""Bytes over a socket, for what no HTTP client would send."""

import asyncio
from typing import TypeAlias

Address: TypeAlias = tuple[str, int]
PATIENCE_SECONDS = 30


async def said_to(address: Address, *pieces: bytes, pause: float = 0) -> bytes:
    """Send the pieces and return everything until the server hangs up."""
    reader, writer = await asyncio.open_connection(*address)
    try:
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(pause)
        return await asyncio.wait_for(reader.read(), PATIENCE_SECONDS)
    except ConnectionError:
        return b""
    finally:
        writer.transport.abort()


def request(path: str, *headers: str, method: str = "GET", body: bytes = b"") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: shop", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


async def is_alive(address: Address) -> bool:
    answer = await said_to(address, request("/healthz", "Connection: close"))
    return answer.startswith(b"HTTP/1.1 200")
