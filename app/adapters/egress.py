"""Connecting to addresses others name: resolved once, checked, and to that very address.

Names are resolved in threads of our own, since a slow name server would else keep those everybody
shares. Connections are not kept: another name may share the address, and must not be taken for it.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from ipaddress import ip_address
from typing import TypeAlias

import httpx
from typing_extensions import override

from app.core.enums.webhooks import AttemptError
from app.core.security.egress import Address, AddressNotAllowed, Egress, Target
from app.services.webhooks.ports import NotReached, WebhookPort

Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[Address]]]
"""Every address of a name. Raises `OSError`."""


class GuardedClient(WebhookPort):
    """Posts and reads the status: no redirect is followed, no proxy of the environment asked."""

    def __init__(
        self,
        egress: Egress,
        *,
        timeout_seconds: float,
        parallel: int,
        resolve: Resolve | None = None,
        verify: ssl.SSLContext | None = None,
    ) -> None:
        self._egress, self._timeout = egress, timeout_seconds
        self._threads = ThreadPoolExecutor(parallel, thread_name_prefix="resolve")
        self._resolve = resolve or self._look_up
        self._verify, self._parallel = verify, parallel

    @cached_property
    def _client(self) -> httpx.AsyncClient:
        """Made by who sends: the certificates it trusts take 8 MiB, and the API sends nothing."""
        return httpx.AsyncClient(
            timeout=self._timeout,
            verify=True if self._verify is None else self._verify,
            trust_env=False,
            limits=httpx.Limits(max_connections=self._parallel, max_keepalive_connections=0),
            headers={"user-agent": "stoa", "accept-encoding": "identity"},
        )

    @override
    async def aclose(self) -> None:
        if "_client" in vars(self):
            await self._client.aclose()
        self._threads.shutdown(wait=False, cancel_futures=True)

    @override
    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        try:
            target = self._egress.check(url)
            async with asyncio.timeout(self._timeout):
                address = await self._address_of(target)
                return await self._status(target, address, headers, body)
        except AddressNotAllowed as error:
            raise NotReached(AttemptError.FORBIDDEN_ADDRESS) from error
        except (TimeoutError, httpx.TimeoutException) as error:
            raise NotReached(AttemptError.TIMEOUT) from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise NotReached(AttemptError.UNREACHABLE) from error

    async def _address_of(self, target: Target) -> Address:
        """One of the addresses of the name; if any of them is inside, none of them is used."""
        try:
            found = await self._resolve(target.host, target.port)
        except (OSError, UnicodeError) as error:
            raise NotReached(AttemptError.UNRESOLVED) from error
        if not found:
            raise NotReached(AttemptError.UNRESOLVED)
        if not all(self._egress.reaches(each) for each in found):
            raise NotReached(AttemptError.FORBIDDEN_ADDRESS)
        return found[0]

    async def _status(
        self, target: Target, address: Address, headers: Mapping[str, str], body: bytes
    ) -> int:
        host = f"[{address}]" if address.version == 6 else str(address)  # noqa: PLR2004 - IPv6
        request = self._client.build_request(
            "POST",
            f"{target.scheme}://{host}:{target.port}{target.path}",
            headers={**headers, "host": target.authority},
            content=body,
            extensions={"sni_hostname": target.host},
        )
        answer = await self._client.send(request, stream=True)
        await answer.aclose()
        return answer.status_code

    async def _look_up(self, host: str, port: int) -> Sequence[Address]:
        look_up = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, look_up)
        return [ip_address(str(each[4][0]).partition("%")[0]) for each in found]
