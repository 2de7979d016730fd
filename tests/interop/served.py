"""A simulator behind a real port, for libraries that bring their own HTTP client."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import uvicorn


@asynccontextmanager
async def served(transport: httpx.AsyncBaseTransport) -> AsyncIterator[str]:
    """The address on the loopback interface at which `transport` answers."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        url = httpx.URL(
            scheme="http",
            host="127.0.0.1",
            path=scope["path"],
            query=scope["query_string"] or None,  # an empty one would be a question mark
        )
        request = httpx.Request(scope["method"], url, headers=scope["headers"], content=body)
        answer = await transport.handle_async_request(request)
        content = await answer.aread()
        # The server counts the bytes itself.
        headers = [each for each in answer.headers.raw if each[0].lower() != b"content-length"]
        start = {"type": "http.response.start", "status": answer.status_code, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": content})

    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        config = uvicorn.Config(app, log_level="critical", lifespan="off", ws="none")
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve(sockets=[door]))
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
        server.should_exit = True
        await task
