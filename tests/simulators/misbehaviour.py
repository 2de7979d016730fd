"""What a simulator does wrong when it is told to."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import httpx
from typing_extensions import override

Handler: TypeAlias = Callable[[httpx.Request], Awaitable[httpx.Response]]


@dataclass
class Wire(httpx.AsyncBaseTransport):
    """A network with one machine on it; answers can be read as a stream."""

    handler: Handler

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        answer = await self.handler(request)
        return httpx.Response(
            answer.status_code,
            headers=answer.headers,
            stream=httpx.ByteStream(await answer.aread()),
        )


@dataclass
class Misbehaviour:
    """By the name of a call: `dead` never arrives, `lost` is carried out and not answered.

    `html`, `huge` and `slow` answer with a page, rightly but with a megabyte of blanks, and after a
    minute; `unsigned` leaves the signature out, `forged` signs with another key; `silly` breaks
    the answer off.
    """

    plan: dict[str, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    watch: Callable[[], None] = lambda: None

    async def around(self, name: str, answer: Callable[[str], httpx.Response]) -> httpx.Response:
        """What the caller gets to see of `answer`, which is told how to be wrong."""
        self.calls.append(name)
        self.watch()
        wrong = self.plan.get(name, "")
        if wrong == "dead":
            raise httpx.ConnectError("no route")
        response = answer(wrong)
        if wrong == "lost":
            raise httpx.ReadTimeout("the answer is lost")
        if wrong == "html":
            return httpx.Response(200, html="<html><body>系统维护中</body></html>")
        if wrong == "huge":
            return httpx.Response(200, content=response.content + b" " * 1_000_000)
        if wrong == "broken":
            return httpx.Response(502, html="<html>bad gateway</html>")
        if wrong in {"slow", "late"}:
            await asyncio.sleep(60 if wrong == "slow" else 0.5)
        if wrong == "silly":
            return httpx.Response(200, content=response.content[:-20])
        return response
