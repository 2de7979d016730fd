"""What counts as the answer to a request that is sent once more."""

import httpx
import pytest

from bench.chaos import checks
from bench.chaos.checks import asked_again
from bench.chaos.tally import Told

TOLD = Told("/orders", {"idempotency-key": "k"}, {}, 201, {"id": "a"})
PROBLEM = {"content-type": "application/problem+json"}


def problem(status: int, slug: str) -> httpx.Response:
    return httpx.Response(status, headers=PROBLEM, json={"type": f"/problems/{slug}"})


async def asked(*answers: httpx.Response | httpx.TransportError) -> httpx.Response | None:
    left = list(answers)

    def answer(_: httpx.Request) -> httpx.Response:
        each = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(each, httpx.TransportError):
            raise each
        return each

    transport = httpx.MockTransport(answer)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await asked_again(client, TOLD)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def sleep(_: float) -> None:
        return

    monkeypatch.setattr(checks.asyncio, "sleep", sleep)


@pytest.mark.parametrize(
    "first",
    [
        problem(409, "idempotency-in-progress"),
        problem(409, "busy"),
        problem(503, "database-unavailable"),
        httpx.ConnectError("refused"),
    ],
)
async def test_what_says_no_more_than_later_is_asked_again(
    first: httpx.Response | httpx.TransportError,
) -> None:
    answer = await asked(first, httpx.Response(201, json={"id": "a"}))
    assert answer is not None
    assert answer.status_code == 201


async def test_a_refusal_is_an_answer() -> None:
    answer = await asked(problem(409, "cart-already-ordered"), httpx.Response(201, json={}))
    assert answer is not None
    assert answer.status_code == 409


async def test_what_stays_silent_gives_none() -> None:
    assert await asked(httpx.ConnectError("refused")) is None
