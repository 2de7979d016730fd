"""How a request is sent: signed, again where that is safe, and a refusal raised."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from random import uniform
from time import sleep
from typing import Any, Generic, Self, TypeVar
from urllib.parse import quote
from uuid import uuid4

import httpx
from typing_extensions import override

from stoa_client.problems import Problem, retry_after_seconds
from stoa_client.sessions import InMemory, Session, Tokens, TokenStore

T = TypeVar("T")
KEY = "idempotency-key"
AMBIGUOUS = frozenset({502, 503, 504})
"""Statuses of work that may have been done and its answer lost."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What an operation answered.

    Send `etag` as `if_match` with the next change. `is_replayed` when the work was done for an
    earlier request with the same key.
    """

    data: T
    etag: str | None
    is_replayed: bool
    headers: httpx.Headers


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a request is sent that may be sent again, and how long it waits for that."""

    attempts: int = 4
    max_wait_seconds: float = 10.0
    first_wait_seconds: float = 0.2
    sleep: Callable[[float], None] = sleep

    def wait(self, attempt: int) -> float:
        """The wait after attempt number `attempt` when nothing says how long."""
        longest = self.first_wait_seconds * 2.0 ** (attempt - 1)
        return longest * uniform(0.5, 1.0)  # noqa: S311 - it spreads callers, no secret


def new_key() -> str:
    """A new Idempotency-Key; keep it with what you are about to do to survive a crash."""
    return uuid4().hex


class Client:
    """Sends requests; the modules made from the contracts say which."""

    def __init__(
        self,
        base_url: str,
        *,
        language: str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_seconds: float = 30.0,
        retry: Retry = Retry(),
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        spoken = {"Accept-Language": language} if language else {}
        self._http = httpx.Client(
            base_url=base_url,
            headers={**spoken, **(headers or {})},
            timeout=timeout_seconds,
            transport=transport,
        )
        self._retry = retry

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def call(
        self,
        verb: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str | None] | None = None,
        body: Any = None,
        is_keyed: bool = False,
    ) -> Answer[Any]:
        """The answer of an operation. Raises `Problem`, or what `httpx` raises of connections."""
        sent = {name: value for name, value in (headers or {}).items() if value is not None}
        if is_keyed:
            sent.setdefault(KEY, new_key())
        asked = {name: value for name, value in (query or {}).items() if value is not None}
        request = self._http.build_request(verb, path, params=asked, headers=sent, json=body)
        answer = self._send(request)
        if not answer.is_success:
            raise Problem(answer)
        return Answer(
            _data(answer),
            answer.headers.get("etag"),
            answer.headers.get("idempotency-replayed") == "true",
            answer.headers,
        )

    def _send(self, request: httpx.Request) -> httpx.Response:
        is_safe = request.method == "GET" or KEY in request.headers
        attempt = 1
        while True:
            is_last = attempt >= self._retry.attempts
            try:
                answer = self._http.send(request)
            except httpx.TransportError:
                if is_last or not is_safe:
                    raise
                wait: float | None = self._retry.wait(attempt)
            else:
                wait = None if is_last else self._wait(answer, attempt, is_safe=is_safe)
                if wait is None:
                    return answer
            self._retry.sleep(wait or 0.0)
            attempt += 1

    def _wait(self, answer: httpx.Response, attempt: int, *, is_safe: bool) -> float | None:
        """Seconds until the request is sent again; None when the answer is final."""
        asked = retry_after_seconds(answer)
        is_refused = answer.status_code == HTTPStatus.TOO_MANY_REQUESTS and asked is not None
        if not is_refused and not (is_safe and answer.status_code in AMBIGUOUS):
            return None
        wait = self._retry.wait(attempt) if asked is None else asked
        return wait if wait <= self._retry.max_wait_seconds else None


class SignedIn(Client):
    """A client of people who sign in; `session` keeps their tokens."""

    refresh_path: str

    def __init__(self, base_url: str, *, tokens: TokenStore | None = None, **options: Any) -> None:
        super().__init__(base_url, **options)
        self.session = Session(tokens or InMemory(), self._refresh)

    @override
    def _send(self, request: httpx.Request) -> httpx.Response:
        tokens = self.session.tokens
        if tokens is None or request.url.path == self.refresh_path:
            return super()._send(request)
        token = tokens["access_token"]
        request.headers["Authorization"] = f"Bearer {token}"
        answer = super()._send(request)
        # Another token would not make a password right, and each try counts.
        if answer.status_code != HTTPStatus.UNAUTHORIZED or Problem(answer).slug == "login-refused":
            return answer
        renewed = self.session.renew(token)
        if renewed is None:
            return answer
        request.headers["Authorization"] = f"Bearer {renewed}"
        return super()._send(request)

    def _refresh(self, token: str) -> Tokens | None:
        try:
            found: Answer[Tokens] = self.call(
                "POST", self.refresh_path, body={"refresh_token": token}
            )
        except Problem as problem:
            if problem.status == HTTPStatus.UNAUTHORIZED:
                return None
            raise
        return found.data


class Keyed(Client):
    """A client of systems that hold an API key, `sk_live_…`."""

    def __init__(self, base_url: str, api_key: str, **options: Any) -> None:
        headers = {**(options.pop("headers", None) or {}), "Authorization": f"Bearer {api_key}"}
        super().__init__(base_url, headers=headers, **options)


def path_of(template: str, **parts: object) -> str:
    """The path of `template` with `parts` in it, escaped."""
    return template.format(**{name: quote(str(value), safe="") for name, value in parts.items()})


def _data(answer: httpx.Response) -> Any:
    if not answer.content:
        return None
    kind = answer.headers.get("content-type", "")
    return answer.json() if kind.startswith("application/json") else answer.content
