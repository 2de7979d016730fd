"""Connections nobody should be able to keep, confuse or use up."""

import asyncio

import pytest
from sqlalchemy import text

from tests.integration.server.conftest import MOST_CONNECTIONS
from tests.integration.server.speaking import PATIENCE_SECONDS, is_alive, request, said_to

JSON = "Content-Type: application/json"
LOGIN = "/api/v1/auth/login"
LEFT_OPEN = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND state LIKE 'idle in transaction%' AND pid <> pg_backend_pid()"
)


@pytest.mark.parametrize(
    "pieces",
    [
        [],
        [b"GET /heal"],
        [b"GET /healthz HTTP/1.1\r\n", *[b"X: y\r\n"] * 20],
        [request(LOGIN, JSON, "Content-Length: 100", method="POST", body=b"{")],
        [
            request(LOGIN, JSON, "Transfer-Encoding: chunked", method="POST"),
            *[b"1\r\n \r\n"] * 20,
        ],
        [request("/healthz"), b"GET /heal"],
    ],
    ids=["silence", "half a line", "slow headers", "half a body", "slow body", "the second"],
)
async def test_f1_who_is_slow_is_hung_up_on(served, pieces):
    """Within the time for a head or a body, however often a byte comes."""
    began = asyncio.get_running_loop().time()
    await said_to(served, *pieces, pause=0.1)
    assert asyncio.get_running_loop().time() - began < 10
    assert await is_alive(served)


async def test_f1_a_long_body_that_comes_has_its_time(served):
    """Nothing is cut off that arrives as fast as it has to: each piece brings a second with it."""
    head = request(LOGIN, JSON, "Connection: close", "Content-Length: 160000", method="POST")
    piece = b" " * 20_000
    answer = await said_to(served, head + piece, *[piece] * 7, pause=0.2)
    assert answer.startswith(b"HTTP/1.1 4")


async def test_f2_idle_connections_are_sent_away_and_leave(served):
    """Beyond the limit 503; a moment later the idle ones are gone."""
    idle, answer = [], b""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while b" 503 " not in answer:  # on a slow machine the first are gone before the last come
            opened = (asyncio.open_connection(*served) for _ in range(MOST_CONNECTIONS + 5))
            idle += await asyncio.gather(*opened)
            answer = await said_to(served, request("/healthz", "Connection: close"))
        await asyncio.gather(*(reader.read() for reader, _ in idle))
    assert await is_alive(served)
    for _, writer in idle:
        writer.close()


async def test_f3_who_asks_and_hangs_up_leaves_nothing_behind(served, beside):
    """The connections of the pool come back, and none is left in a transaction."""

    async def ask_and_leave() -> None:
        _, writer = await asyncio.open_connection(*served)
        writer.write(request("/api/v1/products?limit=100"))
        await writer.drain()
        writer.transport.abort()

    for _ in range(6):
        await asyncio.gather(*(ask_and_leave() for _ in range(30)))
    # What is still at work is done sooner or later; what was left open is so for good.
    async with asyncio.timeout(PATIENCE_SECONDS), beside.connect() as connection:
        whole = request("/api/v1/products", "Connection: close")
        while not (await said_to(served, whole)).startswith(b"HTTP/1.1 200"):
            pass
        while await connection.scalar(LEFT_OPEN):
            await connection.rollback()
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    "sent",
    [
        request("/healthz", "Content-Length: 5", "Transfer-Encoding: chunked", body=b"0\r\n\r\n"),
        request("/healthz", "Content-Length: 1", "Content-Length: 2", body=b"xx"),
        request("/healthz", "Content-Length: -1"),
        request("/healthz", "Transfer-Encoding: chunked, identity", method="POST"),
        b"GET /healthz HTTP/1.1\r\n\r\n",
        request("/healthz", "Host: evil.example"),
        request("/healthz", "X: " + "y" * 2_000_000),
        request("/healthz", *[f"X-{n}: {'y' * 50}" for n in range(3_000)]),
        request("/healthz", "X: a\x00b"),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
    ],
    ids=[
        *("both lengths", "two lengths", "less than nothing", "unknown coding", "no host"),
        *("two hosts", "a huge header", "very many headers", "a nul", "another protocol"),
    ],
)
async def test_d33_what_two_could_read_differently_is_refused(served, sent):
    answer = await said_to(served, sent)
    assert not answer or answer.startswith(b"HTTP/1.1 400"), answer[:200]
    assert await is_alive(served)


@pytest.mark.parametrize(
    "sent",
    [
        request("/api/v1/products", "Connection: close", "Range: bytes=" + "0-1," * 12_000),
        request(
            LOGIN,
            "Connection: close",
            "Content-Type: application/x-www-form-urlencoded",
            "Content-Length: 500000",
            method="POST",
            body=b"a=b&" * 125_000,
        ),
        request(
            LOGIN,
            "Connection: close",
            "Content-Type: multipart/form-data; boundary=x",
            "Content-Length: 400000",
            method="POST",
            body=b"--x\r\n\r\n\r\n" * 44_444 + b"xxxx",
        ),
    ],
    ids=["ranges", "a form", "parts"],
)
async def test_d32_ranges_and_forms_cost_nothing(served, sent):
    """No endpoint reads ranges or forms: they are left alone or are another type."""
    answer = await said_to(served, sent)
    assert answer.split(b" ")[1] in {b"200", b"415"}, answer[:200]
